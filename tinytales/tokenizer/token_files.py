"""Token files: the stories of a split as one long line of ids, little-endian uint16.

`<|endoftext|>` stands before each story and after the last, so that the separators keep where stories begin. Knows
neither corpora nor manifests: stories come as strings, and whoever asked for the files seals their folder.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from tinytales._native import Texts
from tinytales.errors import MissingError, UsageError
from tinytales.machine import keep_memory, usable_cores
from tinytales.parallel import in_order
from tinytales.tokenizer.batches import Stories, batches
from tinytales.tokenizer.tokenizer import TOKENIZER_NAME, Tokenizer

Split = TypeVar("Split", bound=str)

_SCAN = 1 << 22  # tokens that are checked at once


@dataclass(frozen=True)
class SplitCounts:
    """What a split holds.

    Attributes:
        stories: how many.
        tokens: ids in its file, separators included.
        bytes: UTF-8 bytes of its stories.
    """

    stories: int
    tokens: int
    bytes: int


def write_tokens(
    folder: Path,
    tokenizer: Tokenizer,
    splits: Mapping[Split, Stories],
    *,
    advance: Callable[[int], None] = lambda stories: None,
) -> dict[Split, SplitCounts]:
    """Write `tokenizer.json` and one token file for each split into `folder`, which exists.

    Args:
        folder: see `storage.atomic.new_folder`.
        tokenizer: encodes the stories.
        splits: name of the split ("train", "valid") → its stories, taken a few megabytes at a time.
        advance: told the number of stories as they get done.

    Returns:
        What each split holds.

    Raises:
        UsageError: a split has no stories.
    """
    keep_memory()
    tokenizer.save(folder / TOKENIZER_NAME)
    return {name: _write_split(_path(folder, name), tokenizer, stories, advance) for name, stories in splits.items()}


def _write_split(path: Path, tokenizer: Tokenizer, stories: Stories, advance: Callable[[int], None]) -> SplitCounts:
    def encode(batch: Texts) -> tuple[Texts, NDArray[np.uint16]]:
        return batch, tokenizer.encode_stories(batch, threads=1)

    count, tokens, size = 0, 1, 0
    with path.open("xb") as file:
        # A thread for each batch, not several for one: none waits for another's half of it.
        for batch, ids in in_order(encode, batches(stories), usable_cores()):
            file.write(ids.astype("<u2", copy=False).data)
            count += len(batch)
            tokens += len(ids)
            size += batch.bytes
            advance(len(batch))
        file.write(np.array([tokenizer.end_of_text], dtype="<u2").data)
    if count == 0:
        raise UsageError(f"the {path.stem} split has no stories", "prepare a larger corpus")
    return SplitCounts(count, tokens, size)


@dataclass(frozen=True)
class TokenFile:
    """An opened token file.

    Attributes:
        tokens: all its ids, shape (n,), uint16, mapped from the disk.
        starts: the position of the `<|endoftext|>` before each story, ascending, int64; a story ends where the next
            one starts, the last at the closing `<|endoftext|>`, position n - 1.
        tokenizer: the one that made it.
    """

    tokens: NDArray[np.uint16]
    starts: NDArray[np.int64]
    tokenizer: Tokenizer

    @classmethod
    def open(cls, folder: Path, split: str) -> "TokenFile":
        """Open the token file of a split and check that its ids make sense.

        Raises:
            MissingError: it or the tokenizer is missing or damaged.
        """
        tokenizer = Tokenizer.load(folder / TOKENIZER_NAME)
        path = _path(folder, split)
        try:
            size = path.stat().st_size
        except FileNotFoundError:
            raise MissingError(f"{path} is missing", "make it: tinytales tokenize") from None
        if size % 2 or size < 4:
            raise MissingError(f"{path} is damaged: {size:,} bytes are no tokens of stories", _AGAIN)
        tokens = np.memmap(path, dtype="<u2", mode="r")
        separator = tokenizer.end_of_text
        found = []
        for first in range(0, len(tokens), _SCAN):
            part = tokens[first : first + _SCAN]
            if part.max() >= tokenizer.vocab_size:
                raise MissingError(f"{path} is damaged: it holds ids that {TOKENIZER_NAME} doesn't", _AGAIN)
            found.append(np.flatnonzero(part == separator) + first)
        separators = np.concatenate(found)
        if tokens[0] != separator or tokens[-1] != separator:
            raise MissingError(f"{path} is damaged: it doesn't begin and end with a separator", _AGAIN)
        return cls(tokens, separators[:-1], tokenizer)

    def stories(self) -> list[NDArray[np.uint16]]:
        """The ids of each story, without separators; views into `tokens`."""
        return [self.tokens[start + 1 : end] for start, end in pairwise([*self.starts, len(self.tokens) - 1])]

    @property
    def byte_lengths(self) -> NDArray[np.int64]:
        """The number of bytes that each token adds to a text, by id; 0 for special ones. Shape (vocab_size,)."""
        return self.tokenizer.byte_lengths


_AGAIN = "make it again: tinytales tokenize"


def _path(folder: Path, split: str) -> Path:
    return folder / f"{split}.bin"
