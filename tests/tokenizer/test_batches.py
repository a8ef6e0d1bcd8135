"""Arrow columns read through their buffers, whatever they look like."""

import numpy as np
import pyarrow as pa
import pytest

from tests.tokenizer.stories import ODD_TEXTS, make_stories
from tinytales._native import Texts
from tinytales.errors import MissingError
from tinytales.tokenizer.batches import batches
from tinytales.tokenizer.tokenizer import Tokenizer
from tinytales.tokenizer.train import train_tokenizer

STORIES = [*ODD_TEXTS, *make_stories(200)]


def ids(tokenizer: Tokenizer, stories: object) -> list[int]:
    return [token for batch in batches(stories) for token in tokenizer.encode_stories(batch)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "column",
    [
        pa.array(STORIES),
        pa.array(STORIES, pa.large_string()),
        pa.array(STORIES).dictionary_encode(),
        pa.chunked_array([STORIES[:50], STORIES[50:50], STORIES[50:]]),
        pa.array(["before", None, *STORIES, "after"]).slice(2, len(STORIES)),
        pa.array(["before"] * 9 + STORIES, pa.large_string()).slice(9),
        pa.array([None, *STORIES[:3], None, None, *STORIES[3:], None]),
    ],
    ids=["string", "large", "dictionary", "chunked", "slice", "large slice", "nulls"],
)
def test_columns_are_as_good_as_strings(tokenizer: Tokenizer, column: pa.Array) -> None:
    assert ids(tokenizer, [column]) == ids(tokenizer, STORIES)


def test_strings_and_columns_keep_their_order(tokenizer: Tokenizer) -> None:
    mixed = ["one", pa.array(["two", "three"]), "four", pa.array(["five"])]
    assert ids(tokenizer, mixed) == ids(tokenizer, ["one", "two", "three", "four", "five"])
    assert ids(tokenizer, [pa.array([], pa.string()), pa.array([None], pa.string())]) == []


def test_a_tokenizer_can_be_trained_on_columns(tokenizer: Tokenizer) -> None:
    trained = train_tokenizer([pa.array(make_stories(200))], 400)
    assert [trained.token_bytes(token) for token in range(400)] == [
        tokenizer.token_bytes(token) for token in range(400)
    ]


@pytest.mark.parametrize(
    ("offsets", "valid", "first"),
    [
        ([0, 4], None, 0),
        ([-1, 2], None, 0),
        ([2, 1], None, 0),
        ([0, 1, 2], [1], 7),
        ([0, 1], [], 0),
        ([0, 1], [1], 2**63),
        ([0, 2**62], None, 0),
    ],
)
def test_damaged_columns_are_refused(offsets: list[int], valid: list[int] | None, first: int) -> None:
    data = np.frombuffer(b"abc", dtype=np.uint8)
    bits = None if valid is None else np.array(valid, dtype=np.uint8)
    with pytest.raises(ValueError, match="damaged"):
        Texts.from_column(data, np.array(offsets, dtype=np.int64), bits, first)


def test_columns_that_are_no_utf8_are_refused(tokenizer: Tokenizer) -> None:
    column = pa.Array.from_buffers(
        pa.string(), 1, [None, pa.py_buffer(np.array([0, 2], np.int32)), pa.py_buffer(b"\xff\xfe")]
    )
    with pytest.raises(MissingError, match="UTF-8"):
        ids(tokenizer, [column])
    with pytest.raises(MissingError, match="UTF-8"):
        train_tokenizer([column], 300)
    torn = pa.Array.from_buffers(
        pa.string(), 2, [None, pa.py_buffer(np.array([0, 1, 2], np.int32)), pa.py_buffer("é".encode())]
    )
    with pytest.raises(MissingError, match="UTF-8"):
        ids(tokenizer, [torn])
