"""Looking into a finished corpus: which words it uses how often, how long its stories are, some of them at random."""

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tinytales._native import WordCounts
from tinytales.corpus.corpus import Corpus
from tinytales.corpus.shards import COLUMNS, SPLITS, Split
from tinytales.corpus.story import Story
from tinytales.errors import MissingError

BIN = 50  # words: how fine lengths are told apart
_ROWS = 4_096


@dataclass(frozen=True)
class Survey:
    """What a corpus is made of, both splits together.

    Attributes:
        stories: how many.
        words: running words.
        bytes: of UTF-8 text.
        frequencies: words in lower case with how often each is used, the most frequent first.
        lengths: first number of words of a bin of `BIN` → how many stories are that long, in order and without gaps.
        longest: words of the longest story.
    """

    stories: int
    words: int
    bytes: int
    frequencies: Sequence[tuple[str, int]]
    lengths: dict[int, int]
    longest: int


def survey(corpus: Corpus, advance: Callable[[float], None] = lambda _: None) -> Survey:
    """Read a whole corpus; `advance` is told how many stories have been read since it was told before.

    Raises:
        MissingError: a shard is damaged.
    """
    import numpy as np
    import pyarrow.compute

    counts = WordCounts()
    lengths: Counter[int] = Counter()
    stories = size = words = longest = 0
    for split in SPLITS:
        for path in corpus.shards(split):
            for batch in _batches(path, ["text"]):
                texts = batch.column("text")
                offsets = np.frombuffer(texts.buffers()[1], np.int32)[texts.offset : texts.offset + len(texts) + 1]
                data = texts.buffers()[2].to_pybytes()[offsets[0] : offsets[-1]]
                counts.add((offsets - offsets[0]).tobytes(), data, b"\1" * len(texts))
                split_texts = pyarrow.compute.utf8_split_whitespace(pyarrow.compute.utf8_trim_whitespace(texts))
                in_words = pyarrow.compute.list_value_length(split_texts).to_numpy(zero_copy_only=False)
                bins, found = np.unique(in_words // BIN * BIN, return_counts=True)
                lengths.update(dict(zip(bins.tolist(), found.tolist(), strict=True)))
                stories, size = stories + len(texts), size + len(data)
                words, longest = words + int(in_words.sum()), max(longest, int(in_words.max(initial=0)))
                advance(len(texts))
    steps = range(min(lengths, default=0), max(lengths, default=0) + 1, BIN)
    return Survey(stories, words, size, counts.sorted(), {step: lengths[step] for step in steps}, longest)


def sample(corpus: Corpus, split: Split, count: int, seed: int) -> list[Story]:
    """`count` stories of a split, or all if there are fewer, drawn by `seed`; only what is needed is read.

    Raises:
        MissingError: a shard is damaged.
    """
    import pyarrow.parquet

    groups: list[tuple[Path, int, int]] = []  # shard, row group in it, rows
    for path in corpus.shards(split):
        with _named(path):
            metadata = pyarrow.parquet.read_metadata(path)
            groups += [(path, index, metadata.row_group(index).num_rows) for index in range(metadata.num_row_groups)]
    total = sum(rows for _, _, rows in groups)
    wanted = random.Random(seed).sample(range(total), min(count, total))
    found: dict[int, Story] = {}
    first = 0
    for path, group, rows in groups:
        here = [index for index in wanted if first <= index < first + rows]
        if here:
            with _named(path), pyarrow.parquet.ParquetFile(path, page_checksum_verification=True) as file:
                table = file.read_row_group(group, columns=COLUMNS).take([index - first for index in here])
                for index, row in zip(here, table.to_pylist(), strict=True):
                    found[index] = Story(row["text"], tuple(row["words"]), tuple(row["features"]), row["summary"])
        first += rows
    return [found[index] for index in wanted]


def _batches(path: Path, columns: list[str]) -> Iterator[Any]:
    import pyarrow.parquet

    with _named(path), pyarrow.parquet.ParquetFile(path, page_checksum_verification=True) as file:
        yield from file.iter_batches(_ROWS, columns=columns)


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Turn errors of Arrow into one that names the file."""
    import pyarrow

    try:
        yield
    except (pyarrow.ArrowException, OSError, KeyError) as error:
        line = (str(error).splitlines() or ["unreadable"])[0]
        raise MissingError(f"{path} is damaged: {line}", "prepare the corpus again") from error
