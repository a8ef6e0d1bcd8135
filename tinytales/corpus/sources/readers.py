"""Readers: a file's stories one after the other, without holding the file in memory."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tinytales.corpus.story import Story
from tinytales.errors import MissingError, UsageError

SEPARATOR = "<|endoftext|>"
COLUMN = "text"

_MAX_LINE = 16 * 2**20  # bytes; no story is that long, so that a longer line is not text
_PEEK = 4 * 2**20  # bytes in which a file with separators shows one
_LARGEST_COLUMN_BATCH = 1024  # rows


def read_text(path: Path) -> Iterator[Story]:
    """Stories between `<|endoftext|>` lines, or one a line in a file that has none at its beginning."""
    with path.open("rb") as file:
        separated = SEPARATOR.encode() in file.read(_PEEK)
    story: list[str] = []
    for _, line in _lines(path):
        if not separated:
            yield Story(line)
            continue
        *ended, rest = line.split(SEPARATOR)
        for text in ended:
            story.append(text)
            yield Story("".join(story))
            story.clear()
        story.append(rest)
    yield Story("".join(story))


def read_jsonl(path: Path) -> Iterator[Story]:
    """One JSON object a line, with the story under "text"."""
    for number, line in _lines(path):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise MissingError(f"{path}, line {number}: not JSON ({error})", "mend or remove the line") from error
        if not isinstance(row, dict) or COLUMN not in row:
            raise UsageError(f'{path}, line {number}: no "{COLUMN}"', f'each line must be like {{"{COLUMN}": "…"}}')
        yield _story(row, f"{path}, line {number}")


def read_parquet(path: Path) -> Iterator[Story]:
    """The column "text" of a Parquet file, and the columns that our own corpora have beside it."""
    import pyarrow
    import pyarrow.parquet

    try:
        file = pyarrow.parquet.ParquetFile(path)
        known = [name for name in (COLUMN, "words", "features", "summary") if name in file.schema_arrow.names]
        if COLUMN not in known:
            there = ", ".join(file.schema_arrow.names)
            raise UsageError(f'{path} has no column "{COLUMN}"', f"its columns are: {there}")
        row = 0
        for batch in file.iter_batches(_LARGEST_COLUMN_BATCH, columns=known):
            for values in batch.to_pylist():
                row += 1
                yield _story(values, f"{path}, row {row}")
    except (pyarrow.ArrowException, OSError) as error:
        raise MissingError(f"{path} is damaged: {str(error).splitlines()[0]}", "get the file again") from error


def _story(row: dict[str, Any], place: str) -> Story:
    text = row[COLUMN]
    if not isinstance(text, str):
        raise UsageError(f'{place}: "{COLUMN}" is not a text', "each story must be a string")
    words, features, summary = row.get("words"), row.get("features"), row.get("summary")
    return Story(
        text,
        tuple(map(str, words)) if isinstance(words, list) else (),
        tuple(map(str, features)) if isinstance(features, list) else (),
        summary if isinstance(summary, str) else "",
    )


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """The lines of a UTF-8 file with their numbers, line ends included."""
    with path.open("rb") as file:
        number = 0
        while line := file.readline(_MAX_LINE + 1):
            number += 1
            if len(line) > _MAX_LINE:
                raise MissingError(f"{path}, line {number}: longer than {_MAX_LINE:,} bytes", "is this a text file?")
            if b"\0" in line:
                raise MissingError(f"{path}, line {number}: not a text, it has zero bytes", "save it as UTF-8 text")
            try:
                yield number, line.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError as error:
                raise MissingError(
                    f"{path}, line {number}, byte {error.start + 1}: not UTF-8", "save it as UTF-8 text"
                ) from None
