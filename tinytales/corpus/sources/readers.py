"""Readers: a file's stories one after the other, without holding the file in memory."""

import codecs
import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from tinytales.corpus.sources.streams import MAX_LINE, open_bytes
from tinytales.corpus.story import Story
from tinytales.errors import MissingError, UsageError

SEPARATOR = "<|endoftext|>"

_PEEK = 4 * 2**20  # bytes in which a file with separators shows one
_BLOCK = 2**16  # characters
_BYTES = 2**17  # that are read at once where lines matter
_ROWS = 1024
_ALSO_READ = ("words", "features", "summary")  # what our own corpora have beside the text


def read_text(path: Path, column: str) -> Iterator[Story]:
    """Stories between `<|endoftext|>` lines, or one a line in a file that has none at its beginning."""
    del column  # a text has only one
    with open_bytes(path) as file:
        separated = SEPARATOR.encode() in file.read(_PEEK)
    if not separated:
        for _, line in _lines(path):
            yield Story(line)
        return
    story: list[str] = []
    for _, block in _blocks(path):
        *ended, rest = block.split(SEPARATOR)
        for text in ended:
            yield Story("".join([*story, text]))
            story.clear()
        story.append(rest)
        if len(story) * len(rest) > MAX_LINE and sum(map(len, story)) > MAX_LINE:
            raise MissingError(f"{path}: a story is longer than {MAX_LINE:,} characters", "is this a text file?")
    yield Story("".join(story))


def read_jsonl(path: Path, column: str) -> Iterator[Story]:
    """One JSON object a line, with the story under `column`."""
    for number, line in _lines(path):
        if line.strip():
            try:
                row = json.loads(line)
            except (ValueError, RecursionError) as error:
                raise MissingError(f"{path}, line {number}: not JSON ({error})", "mend or remove the line") from error
            yield _story(row, column, f"{path}, line {number}")


def read_json(path: Path, column: str) -> Iterator[Story]:
    """An array of texts, or of objects with the story under `column`; read element by element."""
    decoder = json.JSONDecoder()
    with open_bytes(path) as file:
        blocks = _characters(path, file)
        text, number = next(blocks, "").lstrip(), 0
        if not text.startswith("["):
            raise UsageError(f"{path}: not a JSON array", "give an array of stories, or an object a line as .jsonl")
        text, more = text[1:], True
        while True:
            text = text.lstrip(" \t\r\n,")
            if text.startswith("]"):
                return
            try:
                value, end = decoder.raw_decode(text)
                if end == len(text) and more:
                    raise ValueError("may go on")  # a number that ends with the block
            except (ValueError, RecursionError) as error:
                block = next(blocks, "")
                more = bool(block)
                text += block
                if not more or len(text) > MAX_LINE:
                    raise MissingError(
                        f"{path}, element {number + 1}: not JSON ({error})", "mend or remove the element"
                    ) from error
                continue
            number, text = number + 1, text[end:]
            place = f"{path}, element {number}"
            yield Story(value) if isinstance(value, str) else _story(value, column, place)


def read_csv(path: Path, column: str) -> Iterator[Story]:
    """A table with a line of column names first, one of which is `column`."""
    unfinished = 0  # characters since the last whole row: a quote that never closes would take in the whole file

    def lines() -> Iterator[str]:
        nonlocal unfinished
        for number, line in _lines(path):
            unfinished += len(line)
            if unfinished > MAX_LINE:
                raise MissingError(
                    f"{path}, line {number}: a story is longer than {MAX_LINE:,} characters", "is a quote unclosed?"
                )
            yield line

    rows = csv.DictReader(lines())
    try:
        if column not in (rows.fieldnames or ()):
            raise UsageError(
                f'{path} has no column "{column}"', f"its columns are: {', '.join(rows.fieldnames or ())[:200]}"
            )
        for row in rows:
            unfinished = 0
            yield _story(row, column, f"{path}, line {rows.line_num}")
    except csv.Error as error:
        raise MissingError(f"{path}, line {rows.line_num}: not CSV ({error})", "mend or remove the line") from error


def read_parquet(path: Path, column: str) -> Iterator[Story]:
    """The column `column` of a Parquet file, and those that our own corpora have beside it."""
    import pyarrow
    import pyarrow.parquet

    row = 0
    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            known = [name for name in (column, *_ALSO_READ) if name in file.schema_arrow.names]
            if column not in known:
                there = ", ".join(file.schema_arrow.names)
                raise UsageError(f'{path} has no column "{column}"', f"its columns are: {there[:200]}")
            for batch in file.iter_batches(_ROWS, columns=known):
                for values in batch.to_pylist():
                    row += 1
                    yield _story(values, column, f"{path}, row {row}")
    except (pyarrow.ArrowException, OSError) as error:
        message = str(error).splitlines()[0]
        raise MissingError(f"{path} is damaged after row {row}: {message}", "get the file again") from error


def _story(row: Any, column: str, place: str) -> Story:
    if not isinstance(row, dict) or column not in row:
        raise UsageError(
            f'{place}: no "{column}"', f'name the column of the stories, or give rows like {{"{column}": "…"}}'
        )
    text = row[column]
    if not isinstance(text, str):
        raise UsageError(f'{place}: "{column}" is not a text', "each story must be a string")
    words, features, summary = (row.get(name) for name in _ALSO_READ)
    return Story(
        text,
        tuple(map(str, words)) if isinstance(words, list) else (),
        tuple(map(str, features)) if isinstance(features, list) else (),
        summary if isinstance(summary, str) else "",
    )


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """The lines of a UTF-8 file with their numbers, line ends included."""
    for number, block in _blocks(path):
        yield from enumerate(io.StringIO(block, newline="\n"), number)


def _blocks(path: Path) -> Iterator[tuple[int, str]]:
    """A UTF-8 file in blocks of whole lines, each with the number of its first line."""
    with open_bytes(path) as file:
        number, held = 1, b""
        while True:
            more = file.read(_BYTES)
            data = held + more
            first = data.find(b"\n")
            if (first if first >= 0 else len(data)) > MAX_LINE:
                raise MissingError(f"{path}, line {number}: longer than {MAX_LINE:,} bytes", "is this a text file?")
            end = data.rfind(b"\n") + 1 if more else len(data)
            whole, held = data[:end], data[end:]
            if whole:
                yield number, _decode(path, whole, number)
                number += whole.count(b"\n")
            if not more:
                return


def _decode(path: Path, lines: bytes, number: int) -> str:
    if number == 1 and lines.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise MissingError(f"{path} is UTF-16, not UTF-8", "save it as UTF-8 text")
    if b"\0" in lines:
        number += lines.count(b"\n", 0, lines.index(b"\0"))
        raise MissingError(f"{path}, line {number}: not a text, it has zero bytes", "save it as UTF-8 text")
    if number == 1:
        lines = lines.removeprefix(codecs.BOM_UTF8)
    try:
        return lines.decode()
    except UnicodeDecodeError as error:
        number += lines.count(b"\n", 0, error.start)
        place = error.start - lines.rfind(b"\n", 0, error.start)
        raise MissingError(f"{path}, line {number}, byte {place}: not UTF-8", "save it as UTF-8 text") from None


def _characters(path: Path, file: BinaryIO) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    read = 0
    try:
        while block := file.read(_BLOCK):
            yield decoder.decode(block)
            read += len(block)
        yield decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise MissingError(f"{path}, near byte {read + error.start + 1}: not UTF-8", "save it as UTF-8 text") from None
