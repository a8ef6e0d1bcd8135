"""Pieces, merges, and words that a corpus never held."""

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tinytales.errors import MissingError
from tinytales.inside.pieces import boxes, cut, merges, spaced_words, unknown_words
from tinytales.inside.vocabularies import Vocabulary, find_vocabulary
from tinytales.storage.shelf import MODELS
from tinytales.tokenizer.token_files import TokenFile, write_tokens
from tinytales.tokenizer.tokenizer import Tokenizer
from tinytales.tokenizer.train import train_tokenizer

STORIES = [f"The cat and the {name} played. Once upon a time, it's a {name} again!" for name in ("dog", "fox", "hen")]


@pytest.fixture(scope="module")
def vocabulary(tmp_path_factory: pytest.TempPathFactory) -> Vocabulary:
    folder = tmp_path_factory.mktemp("tokens")
    tokenizer = train_tokenizer(STORIES * 5, 300)
    write_tokens(folder, tokenizer, {"train": STORIES * 5, "valid": STORIES})
    return Vocabulary("small", tokenizer, folder)


@given(text=st.text())
def test_the_pieces_are_the_text(vocabulary: Vocabulary, text: str) -> None:
    found = cut(text, vocabulary)
    assert b"".join(token.data for token in found.tokens) == text.encode()
    assert found.bytes == len(text.encode())
    for width in (40, 100):
        lines = list(boxes(found, width))
        assert all(cell_len(line) <= width for line in lines)
        assert all("\x1b" not in line for line in lines)


@given(word=st.one_of(st.from_regex(r"\A ?[a-zA-Z]{1,12}\Z"), st.sampled_from([" played", " Once", "é", " again"])))
def test_merges_end_where_encoding_does(vocabulary: Vocabulary, word: str) -> None:
    tokenizer = vocabulary.tokenizer
    steps = merges(word, tokenizer)
    parts = steps[-1].parts if steps else tuple(bytes([byte]) for byte in word.encode())
    assert list(parts) == [tokenizer.token_bytes(token) for token in tokenizer.encode(word)]
    assert [step.token for step in steps] == sorted(step.token for step in steps)
    for before, after in pairwise(steps):
        assert len(after.parts) < len(before.parts)


def test_words_that_no_story_held(vocabulary: Vocabulary) -> None:
    found = cut("The Dragon and the cat", vocabulary)
    assert found.unknown_words == ("dragon",)
    assert b"".join(token.data for token in found.tokens if token.unknown).strip() == b"Dragon"
    assert any("═" in line for line in boxes(found, 80))
    assert not any("═" in line for line in boxes(cut("the cat", vocabulary), 80))
    assert unknown_words("play it's", vocabulary.stories("train")) == ("play",)


def test_without_its_stories_a_vocabulary_is_enough(vocabulary: Vocabulary) -> None:
    found = cut("The dragon", Vocabulary("alone", vocabulary.tokenizer, None))
    assert found.unknown_words is None


def test_stories_are_those_of_the_token_file(vocabulary: Vocabulary) -> None:
    assert vocabulary.tokens is not None
    for split in ("train", "valid"):
        file = TokenFile.open(vocabulary.tokens, split)
        expected = [vocabulary.tokenizer.decode(story.tolist()) for story in file.stories()]
        assert list(vocabulary.stories(split)) == expected
    (vocabulary.tokens / "odd.bin").write_bytes(b"\x01")
    with pytest.raises(MissingError, match="damaged"):
        list(vocabulary.stories("odd"))
    with pytest.raises(MissingError, match="missing"):
        list(vocabulary.stories("none"))


def test_words_come_with_their_spaces() -> None:
    assert spaced_words("A cat, a cat: don't!") == ["A", " cat", " a", " don", "t"]


def test_vocabularies_of_models_and_of_token_folders(trained_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TINYTALES_HOME", str(trained_home))
    model = find_vocabulary("demo")
    assert model.tokens == trained_home / "tokens" / "demo"
    monkeypatch.setattr(type(MODELS), "find", _nothing)
    folder = find_vocabulary("demo")
    assert (folder.name, folder.tokens) == ("demo", model.tokens)
    assert isinstance(folder.tokenizer, Tokenizer)
    with pytest.raises(MissingError):
        find_vocabulary("none")


def _nothing(*_: object) -> Path:
    raise MissingError("none", "none")
