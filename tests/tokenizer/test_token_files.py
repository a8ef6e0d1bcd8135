from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow
import pytest

from tests.tokenizer.stories import ODD_TEXTS, make_stories
from tinytales.errors import MissingError, UsageError
from tinytales.tokenizer.token_files import SplitCounts, TokenFile, write_tokens
from tinytales.tokenizer.tokenizer import Tokenizer

STORIES = [*ODD_TEXTS, *make_stories(1500, seed=1)]


@pytest.fixture
def folder(tokenizer: Tokenizer, tmp_path: Path) -> Path:
    write_tokens(tmp_path, tokenizer, {"train": iter(STORIES), "valid": ["One.", "Two."]})
    return tmp_path


def test_stories_come_back(tokenizer: Tokenizer, folder: Path) -> None:
    opened = TokenFile.open(folder, "train")
    assert opened.tokens.dtype == np.uint16
    assert opened.starts.dtype == np.int64
    bounds = [*opened.starts, len(opened.tokens) - 1]
    stories = [tokenizer.decode(opened.tokens[start:end]) for start, end in pairwise(bounds)]
    assert stories == STORIES
    assert opened.byte_lengths[opened.tokens].sum() == sum(len(story.encode()) for story in STORIES)


def test_the_layout_is_little_endian_with_separators(tokenizer: Tokenizer, folder: Path) -> None:
    end = tokenizer.end_of_text
    expected = [end, *tokenizer.encode("One."), end, *tokenizer.encode("Two."), end]
    assert (folder / "valid.bin").read_bytes() == b"".join(token.to_bytes(2, "little") for token in expected)


def test_counts_and_progress(tokenizer: Tokenizer, tmp_path: Path) -> None:
    seen: list[int] = []
    counts = write_tokens(tmp_path, tokenizer, {"train": STORIES, "valid": ["é"]}, advance=seen.append)
    assert sum(seen) == len(STORIES) + 1
    assert counts["train"].stories == len(STORIES)
    assert counts["train"].bytes == sum(len(story.encode()) for story in STORIES)
    assert counts["train"].tokens * 2 == (tmp_path / "train.bin").stat().st_size
    assert counts["valid"] == SplitCounts(1, 2 + len(tokenizer.encode("é")), 2)


def test_many_batches_are_written_in_their_order(tokenizer: Tokenizer, tmp_path: Path) -> None:
    arrays = [pyarrow.array(STORIES[start : start + 100]) for start in range(0, len(STORIES), 100)]
    write_tokens(tmp_path, tokenizer, {"train": arrays, "valid": ["x"]})
    opened = TokenFile.open(tmp_path, "train")
    assert [tokenizer.decode(ids) for ids in opened.stories()] == STORIES


def test_a_split_without_stories_is_refused(tokenizer: Tokenizer, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="valid split has no stories"):
        write_tokens(tmp_path, tokenizer, {"train": ["x"], "valid": []})


def test_damage_is_named(tokenizer: Tokenizer, folder: Path) -> None:
    path = folder / "valid.bin"
    whole = path.read_bytes()
    for broken in (whole[:-1], whole[:-2], whole[2:], b"", whole[:2], whole[:4] + b"\xff\xff" + whole[6:]):
        path.write_bytes(broken)
        with pytest.raises(MissingError, match=r"valid\.bin is damaged"):
            TokenFile.open(folder, "valid")
    path.unlink()
    with pytest.raises(MissingError, match=r"valid\.bin is missing"):
        TokenFile.open(folder, "valid")
    (folder / "tokenizer.json").unlink()
    with pytest.raises(MissingError, match=r"tokenizer\.json is missing"):
        TokenFile.open(folder, "train")
