"""Files as sources: text, JSON, CSV and Parquet, also packed, and folders of them."""

from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

from tinytales.corpus.sources import readers
from tinytales.corpus.sources.streams import PACKINGS, kind_of
from tinytales.corpus.story import Story
from tinytales.errors import MissingError, UsageError

READERS: dict[str, Callable[[Path, str], Iterator[Story]]] = {
    ".txt": readers.read_text,
    ".jsonl": readers.read_jsonl,
    ".json": readers.read_json,
    ".csv": readers.read_csv,
    ".parquet": readers.read_parquet,
}


class FileSource:
    """One file."""

    def __init__(self, path: Path, column: str) -> None:
        self._path, self._column = path, column

    @property
    def name(self) -> str:
        return str(self._path)

    @property
    def fingerprint(self) -> str:
        found = self._path.stat()
        return f"{self._path.resolve()} ({found.st_size} bytes, changed at {found.st_mtime_ns})"

    @property
    def facts(self) -> dict[str, str]:
        return {}

    @property
    def bytes(self) -> int | None:
        packed = self._path.suffix.lower() in PACKINGS or kind_of(self._path) == ".parquet"
        return None if packed else self._path.stat().st_size

    def stories(self, skip: int = 0) -> Iterator[Story]:
        found = READERS[kind_of(self._path)](self._path, self._column)
        return islice((story for story in found if story.text and not story.text.isspace()), skip, None)


def readable_files(path: Path) -> list[Path]:
    """The file at `path`, or every readable file in the folder at `path` and below, in the order of their names.

    Raises:
        MissingError: the file is empty, or the folder has nothing readable.
        UsageError: the file is of a kind that can't be read.
    """
    kinds = ", ".join(READERS)
    if path.is_dir():
        found = sorted(
            file
            for file in path.rglob("*")
            if kind_of(file) in READERS and file.is_file() and not _is_hidden(file.relative_to(path))
        )
        found = [file for file in found if file.stat().st_size]
        if not found:
            raise MissingError(f"{path} holds no file that can be read", f"put {kinds} files there")
        return found
    if kind_of(path) not in READERS:
        raise UsageError(f"{path} is of a kind that can't be read", f"use {kinds}, also as .gz or .zst")
    if path.stat().st_size == 0:
        raise MissingError(f"{path} is empty", "name a file with stories")
    return [path]


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)
