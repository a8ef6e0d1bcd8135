import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.command import run
from tinytales.errors import MissingError, TinytalesError, UsageError
from tinytales.exchange.bring import bring
from tinytales.model.about import about
from tinytales.storage import manifest


@pytest.fixture
def foreign(small_model: Path, tmp_path: Path) -> Path:
    """A model of which nothing says that this project made it, among files that are no part of a model."""
    folder = tmp_path / "foreign"
    shutil.copytree(small_model, folder)
    (folder / "run.toml").unlink()
    (folder / "evil.py").write_text("raise SystemExit")
    (folder / "LICENSE").write_text("free")
    return folder


def test_a_foreign_model_is_copied_and_told_with(home: Path, foreign: Path) -> None:
    result = run(home, "models", "import", str(foreign), "--name", "theirs")
    assert result.returncode == 0, result.stderr
    folder = home / "models" / "theirs"
    assert result.stdout == f"{folder}\n"
    assert {path.name for path in folder.iterdir()} == {
        "LICENSE", "config.json", "generation_config.json", "model.safetensors", "run.toml", "tokenizer.json",
        "tokenizer_config.json",
    }  # fmt: skip
    assert manifest.read(folder, "model", "run.toml").facts["architecture"] == "Qwen3ForCausalLM"
    assert run(home, "tell", "x", "-m", "theirs", "--max-tokens", "3").returncode == 0


def test_a_model_of_this_project_keeps_its_record(home: Path, small_model: Path) -> None:
    first, second = bring(small_model, "tiny"), bring(small_model, "tiny")
    assert (first.name, second.name) == ("tiny", "tiny-2")
    assert about(first).bits_per_byte == 3.25
    assert (first / "run.toml").read_bytes() == (small_model / "run.toml").read_bytes()


def another_architecture(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    config["architectures"] = ["GPT2LMHeadModel"]
    (folder / "config.json").write_text(json.dumps(config))


def pickled(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


def in_parts(folder: Path) -> None:
    (folder / "model.safetensors.index.json").write_text("{}")


def truncated(folder: Path) -> None:
    os.truncate(folder / "model.safetensors", 1000)


def without_tokenizer(folder: Path) -> None:
    (folder / "tokenizer.json").unlink()


def another_tokenizer(folder: Path) -> None:
    (folder / "tokenizer.json").write_text("{}")


@pytest.mark.parametrize(
    ("spoil", "error", "what"),
    [
        (another_architecture, TinytalesError, "GPT2LMHeadModel"),
        (pickled, UsageError, "pickled"),
        (in_parts, UsageError, "several files"),
        (truncated, MissingError, "model.safetensors"),
        (without_tokenizer, MissingError, "tokenizer.json is missing"),
        (another_tokenizer, MissingError, "tokenizer.json"),
    ],
)
def test_what_cant_tell_is_refused_by_name_and_leaves_nothing(
    home: Path, foreign: Path, spoil: Callable[[Path], None], error: type[Exception], what: str
) -> None:
    spoil(foreign)
    with pytest.raises(error, match=what) as caught:
        bring(foreign, "theirs")
    assert ".tmp" not in str(caught.value)
    assert not list((home / "models").glob("*"))
    assert not list((home / "models").glob(".*"))


def test_our_own_model_that_was_changed_since_is_refused(home: Path, small_model: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(small_model, tmp_path / "copy")
    data = bytearray((copy / "model.safetensors").read_bytes())
    data[-1] ^= 1
    (copy / "model.safetensors").write_bytes(data)
    with pytest.raises(MissingError, match=r"model\.safetensors is damaged"):
        bring(copy, "copy")
    assert not (home / "models" / "copy").exists()
