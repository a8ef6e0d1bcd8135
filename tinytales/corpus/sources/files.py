"""Files as sources: text, JSON lines and Parquet, and folders of them."""

from collections.abc import Callable, Iterator
from pathlib import Path

from tinytales.corpus.sources.readers import read_jsonl, read_parquet, read_text
from tinytales.corpus.story import Story
from tinytales.errors import MissingError, UsageError

READERS: dict[str, Callable[[Path], Iterator[Story]]] = {
    ".txt": read_text,
    ".jsonl": read_jsonl,
    ".parquet": read_parquet,
}


class FileSource:
    """One file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def name(self) -> str:
        return str(self._path)

    @property
    def fingerprint(self) -> str:
        found = self._path.stat()
        return f"{self._path.resolve()} ({found.st_size} bytes, changed at {found.st_mtime_ns})"

    @property
    def bytes(self) -> int:
        return self._path.stat().st_size

    def stories(self) -> Iterator[Story]:
        return READERS[self._path.suffix.lower()](self._path)


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
            if file.suffix.lower() in READERS and file.is_file() and not _is_hidden(file.relative_to(path))
        )
        if not found:
            raise MissingError(f"{path} holds no file that can be read", f"put {kinds} files there")
        return [file for file in found if file.stat().st_size]
    if path.suffix.lower() not in READERS:
        raise UsageError(f"{path} is of a kind that can't be read", f"use one of {kinds}")
    if path.stat().st_size == 0:
        raise MissingError(f"{path} is empty", "name a file with stories")
    return [path]


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)
