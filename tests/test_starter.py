"""The starter, as it lies in the package: whole, small, and telling where nothing was trained."""

import sys
from pathlib import Path

import pytest

from benchmarks.exported import PROMPTS, compare, transformers
from tests.command import run
from tinytales import paths
from tinytales.inference.rust_engine import load_engine
from tinytales.model.about import about
from tinytales.storage import manifest
from tinytales.storage.shelf import MODELS, STARTER
from tinytales.tokenizer.tokenizer import Tokenizer

FOLDER = paths.package() / STARTER
LARGEST = 16_000_000  # bytes in the wheel


def test_it_is_a_whole_and_small_folder_in_bfloat16() -> None:
    record = manifest.read(FOLDER, "model", "run.toml")
    manifest.check_hashes(FOLDER, record)
    assert {path.name for path in FOLDER.iterdir()} == {"run.toml", *(entry.name for entry in record.files)}
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) <= LARGEST
    found = about(FOLDER)
    assert (found.dtype, found.architecture) == ("BF16", "Qwen3ForCausalLM")
    assert {"corpus", "tokens", "model"} <= record.lineage.keys()
    # Where it was made is nobody's business.
    assert "/" not in (FOLDER / "run.toml").read_text(encoding="utf-8")


def test_with_nothing_trained_it_tells(home: Path) -> None:
    one, same = (run(home, "tell", "Once upon a time", "--seed", "42") for _ in range(2))
    assert one.returncode == 0, one.stderr
    assert one.stderr == "starter tells, seed 42\n"
    assert one.stdout == same.stdout
    assert one.stdout.startswith("Once upon a time")
    assert len(one.stdout.split()) > 20
    assert not home.exists()


def test_with_nothing_trained_it_answers(home: Path) -> None:
    result = run(home, "chat", "Tell me a story about a cat and a boat.", "--seed", "1")
    assert result.returncode == 0, result.stderr
    assert "cat" in result.stdout
    assert "boat" in result.stdout
    assert not home.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminal")
def test_the_session_loads_it_too() -> None:
    from tinytales.tui.run import _load

    assert _load(None).name == STARTER


def test_a_story_is_likelier_than_its_words_in_another_order() -> None:
    engine, tokenizer = load_engine(FOLDER), Tokenizer.load(FOLDER / "tokenizer.json")

    def likelihood(text: str) -> float:
        return sum(engine.logprobs([tokenizer.end_of_text, *tokenizer.encode(text)]))

    for story in ("The little dog was very happy.", "She went to the park with her mom.", "They played all day."):
        assert likelihood(story) > likelihood(" ".join(reversed(story.split())))


def test_transformers_tells_the_same() -> None:
    found = compare(
        load_engine(FOLDER), Tokenizer.load(FOLDER / "tokenizer.json"), transformers(FOLDER), PROMPTS[:6], 30
    )
    assert not found.gaps, str(found)
    assert found.tokens > 100


def test_its_name_finds_it(home: Path) -> None:
    assert MODELS.find(STARTER) == MODELS.find(None) == FOLDER
