"""Chunks: some thousand stories each, cleaned, in files of their own between reading and choosing.

A chunk is written whole or not at all and says how far into its source it goes, so that a preparation which was
interrupted goes on after the last one.
"""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

from tinytales._native import StoryCleaner
from tinytales.corpus.mojibake import repair, without_surrogates
from tinytales.corpus.settings import CorpusSettings
from tinytales.corpus.story import Story
from tinytales.errors import MissingError

CHUNK_STORIES = 4_096
CHUNK_CHARACTERS = 4 * 2**20

# In the order of their numbers in Rust; the first says that a story stays, and is not counted.
DROPS = ("", "empty", "fragment", "foreign", "too short", "too long", "cut off")
CHANGES = {1: "unicode", 2: "quotes", 4: "control characters", 8: "spaces"}


@dataclass(frozen=True)
class ChunkFacts:
    """What a chunk says of itself.

    Attributes:
        source: number of the source that its stories come from.
        read: how many stories of that source were read when it was full.
        stories: how many were read into it, and `bytes` how long they were.
        dropped: reason → how many of them were left out.
        changed: step → how many stories it changed.
    """

    source: int
    read: int
    stories: int
    bytes: int
    dropped: dict[str, int] = field(default_factory=dict)
    changed: dict[str, int] = field(default_factory=dict)


def gather(stories: Iterator[Story]) -> Iterator[list[Story]]:
    """Group stories into chunks."""
    chunk: list[Story] = []
    characters = 0
    for story in stories:
        chunk.append(story)
        characters += len(story.text)
        if len(chunk) == CHUNK_STORIES or characters >= CHUNK_CHARACTERS:
            yield chunk
            chunk, characters = [], 0
    if chunk:
        yield chunk


def make_cleaner(settings: CorpusSettings) -> StoryCleaner:
    """A cleaner that does what the settings say."""
    return StoryCleaner(
        quotes=settings.quotes,
        fragments=settings.fragments,
        min_ascii=settings.min_ascii,
        min_words=settings.min_words,
        max_words=settings.max_words,
        cut_off=settings.cut_off,
    )


def clean(stories: Sequence[Story], cleaner: StoryCleaner, mojibake: bool, source: int, read: int) -> bytes:
    """Clean stories and pack them, with their hashes and what is known about them, as one Arrow file."""
    import numpy as np
    import pyarrow

    texts = [without_surrogates(story.text) for story in stories]
    changed: Counter[str] = Counter()
    if mojibake:
        repaired = [repair(text) for text in texts]
        changed["mojibake"] = sum(one is not other and one != other for one, other in zip(texts, repaired, strict=True))
        texts = repaired
    offsets, data, hashes, reasons, changes = cleaner.clean(texts)
    dropped = Counter(DROPS[reason] for reason in reasons if reason)
    flags = np.frombuffer(changes, np.uint8)
    for flag, step in CHANGES.items():
        changed[step] = int(np.count_nonzero(flags & flag))
    kept = [story for story, reason in zip(stories, reasons, strict=True) if not reason]
    buffer = pyarrow.py_buffer
    columns = [
        pyarrow.Array.from_buffers(pyarrow.string(), len(kept), [None, buffer(offsets), buffer(data)]),
        pyarrow.Array.from_buffers(pyarrow.uint64(), len(kept), [None, buffer(hashes)]),
        _lists([story.words for story in kept]),
        _lists([story.features for story in kept]),
        pyarrow.array([story.summary for story in kept], pyarrow.string()),
    ]
    size = sum(len(text) if text.isascii() else len(text.encode()) for text in texts)
    facts = ChunkFacts(source, read, len(stories), size, dict(dropped), dict(+changed))
    schema = pyarrow.schema(
        [(name, column.type) for name, column in zip(_COLUMNS, columns, strict=True)],
        metadata={_FACTS: json.dumps(vars(facts))},
    )
    sink = pyarrow.BufferOutputStream()
    options = pyarrow.ipc.IpcWriteOptions(compression="lz4")
    with pyarrow.ipc.new_file(sink, schema, options=options) as writer:
        writer.write_batch(pyarrow.record_batch(columns, schema=schema))
    return bytes(sink.getvalue())


def _lists(values: Sequence[Sequence[str]]) -> Any:
    """Tuples of strings as an Arrow array of lists; several times faster than Arrow itself makes one of them."""
    import numpy as np
    import pyarrow

    offsets = np.cumsum([0, *map(len, values)], dtype=np.int32)
    return pyarrow.ListArray.from_arrays(offsets, pyarrow.array(chain.from_iterable(values), pyarrow.string()))


def read_facts(path: Path) -> ChunkFacts:
    """What the chunk at `path` says of itself.

    Raises:
        MissingError: it is damaged.
    """
    return ChunkFacts(**json.loads(_open(path).schema.metadata[_FACTS]))


def read(path: Path) -> Any:
    """The stories of the chunk at `path` as an Arrow record batch: `text`, `hash`, `words`, `features`, `summary`."""
    return _open(path).get_batch(0)


def texts_of(batch: Any) -> tuple[bytes, bytes]:
    """The text column of a record batch as offsets and data, as the Rust side takes it."""
    _, offsets, data = batch.column("text").buffers()
    return offsets.to_pybytes()[: 4 * (batch.num_rows + 1)], data.to_pybytes()


def _open(path: Path) -> Any:
    import pyarrow

    try:
        return pyarrow.ipc.open_file(pyarrow.memory_map(str(path)))
    except (pyarrow.ArrowException, OSError) as error:
        raise MissingError(f"{path} is damaged: {str(error).splitlines()[0]}", f"remove {path.parent}") from error


_COLUMNS = ("text", "hash", "words", "features", "summary")
_FACTS = b"facts"
