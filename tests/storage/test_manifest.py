import re
from pathlib import Path

import pytest

from tinytales.errors import MissingError
from tinytales.storage import manifest


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.bin").write_bytes(b"abc")
    (tmp_path / "b.bin").write_bytes(b"defg")
    manifest.seal(tmp_path, kind="corpus", name="mine", facts={"stories": 7}, lineage={"source": {"name": "x"}})
    return tmp_path


def test_what_is_sealed_is_read_back(folder: Path) -> None:
    found = manifest.read(folder, "corpus")
    assert (found.name, found.facts["stories"]) == ("mine", 7)
    assert [(entry.name, entry.bytes) for entry in found.files] == [("a.bin", 3), ("b.bin", 4)]
    assert found.as_parent() == {"source": {"name": "x"}, "corpus": {"name": "mine", "identity": found.identity}}
    manifest.check_hashes(folder, found)


def test_identity_is_of_the_contents(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("other")
    (other / "b.bin").write_bytes(b"defg")
    (other / "a.bin").write_bytes(b"abc")
    same = manifest.seal(other, kind="corpus", name="another", facts={})
    assert same.identity == manifest.read(folder, "corpus").identity
    (other / "a.bin").write_bytes(b"abd")
    assert manifest.seal(other, kind="corpus", name="another", facts={}).identity != same.identity


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda folder: (folder / "a.bin").unlink(), "a.bin is missing"),
        (lambda folder: (folder / "a.bin").write_bytes(b"ab"), "a.bin is damaged: 2 bytes, not 3"),
        (lambda folder: (folder / "manifest.toml").unlink(), "is not a corpus"),
        (lambda folder: (folder / "manifest.toml").write_text("kind = "), "manifest.toml is damaged"),
        (lambda folder: (folder / "manifest.toml").write_bytes(b"\xff\xfe"), "manifest.toml is damaged"),
        (lambda folder: (folder / "manifest.toml").write_text('format = 1\nkind = "corpus"'), "damaged"),
        (lambda folder: (folder / "manifest.toml").write_text('format = 2\nkind = "corpus"'), "newer than this"),
        (lambda folder: (folder / "manifest.toml").write_text('format = 1\nkind = "tokens"'), "holds a tokens"),
    ],
)
def test_damage_is_named(folder: Path, damage: object, message: str) -> None:
    damage(folder)  # type: ignore[operator]
    with pytest.raises(MissingError, match=re.escape(message)):
        manifest.read(folder, "corpus")


def test_changed_contents_are_found_by_their_hash(folder: Path) -> None:
    (folder / "a.bin").write_bytes(b"abd")
    found = manifest.read(folder, "corpus")
    with pytest.raises(MissingError, match=r"a\.bin is damaged"):
        manifest.check_hashes(folder, found)


def test_a_manifest_cant_point_outside_its_folder(folder: Path) -> None:
    path = folder / "manifest.toml"
    path.write_text(path.read_text().replace('"a.bin"', '"../a.bin"'))
    with pytest.raises(MissingError, match="outside"):
        manifest.read(folder, "corpus")
