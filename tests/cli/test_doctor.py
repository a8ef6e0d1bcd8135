import json
import os
import shutil
from contextlib import suppress
from pathlib import Path

import pytest

from tests.command import run as run_process
from tinytales import checkup, paths
from tinytales.cli.main import run
from tinytales.errors import MissingError
from tinytales.storage import manifest


@pytest.fixture(autouse=True)
def whole(home: Path, small_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with a model, and a package with a starter."""
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    monkeypatch.setattr(paths, "package", lambda: tmp_path / "package")
    shutil.copytree(small_model, tmp_path / "package" / "starter")
    return shutil.copytree(small_model, home / "models" / "tiny")


def findings(capsys: pytest.CaptureFixture[str]) -> dict[str, dict[str, str]]:
    capsys.readouterr()
    with suppress(MissingError):
        run(["doctor", "--json"])
    return {finding["name"]: finding for finding in json.loads(capsys.readouterr().out)}


def test_a_whole_installation_is_well(capsys: pytest.CaptureFixture[str]) -> None:
    run(["doctor"])
    out, err = capsys.readouterr()
    assert "all hashes right" in out
    assert "kernels" in out
    assert err.startswith("all is well")


def test_a_changed_byte_is_found_and_its_file_named(whole: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = whole / "model.safetensors"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    found = findings(capsys)["model tiny"]
    assert found["status"] == "damaged"
    assert str(path) in found["detail"]
    with pytest.raises(MissingError, match="model tiny"):
        run(["doctor"])


def test_each_kind_of_folder_is_looked_at(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for folder, kind in (("corpora", "corpus"), ("tokens", "tokens")):
        place = home / folder / "some"
        place.mkdir(parents=True)
        (place / "x.bin").write_bytes(b"12345")
        manifest.seal(place, kind=kind, name="some", facts={})
        (place / "x.bin").write_bytes(b"12346")
    (home / "stories").mkdir()
    (home / "stories" / "junk.jsonl").write_text("junk")
    found = findings(capsys)
    for name in ("corpus some", "token folder some", "story junk"):
        assert found[name]["status"] == "damaged"


@pytest.mark.parametrize(
    ("variable", "value", "name"),
    [("PYTHONDONTWRITEBYTECODE", "1", "start"), ("TINYTALES_KERNELS", "portable", "kernels")],
)
def test_what_makes_it_slow_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], variable: str, value: str, name: str
) -> None:
    monkeypatch.setenv(variable, value)
    assert variable in findings(capsys)[name]["detail"]
    run(["doctor"])
    assert "slower" in capsys.readouterr().err


def test_a_missing_starter_and_settings_that_cant_be_read_are_named(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(tmp_path / "package" / "starter")
    (home / "settings.toml").write_text("[")
    found = findings(capsys)
    assert found["starter"]["status"] == "missing"
    assert found["settings.toml"]["status"] == "damaged"


def test_the_kernels_named_are_those_that_load(whole: Path) -> None:
    (engine,) = [finding for finding in checkup.hardware() if finding.name == "engine"]
    named = engine.detail.split()[0]
    told = {
        kernels: run_process(
            whole.parents[1], "tell", "a", "-m", "tiny", "--max-tokens", "2", "--seed", "1", TINYTALES_KERNELS=kernels
        )
        for kernels in (named, "portable")
    }
    assert told[named].returncode == 0
    assert told[named].stdout == told["portable"].stdout


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="permissions don't hold for this user")
def test_a_home_that_cant_be_written_to(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home.chmod(0o500)
    try:
        assert findings(capsys)["home"]["status"] == "damaged"
    finally:
        home.chmod(0o700)
