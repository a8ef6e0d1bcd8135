"""Files as streams of bytes, unpacked on the way, with limits on what they may unpack to."""

import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePath
from typing import BinaryIO

from tinytales.errors import MissingError

MAX_LINE = 16 * 2**20  # bytes; no story is that long, so that a longer line is not text
ALWAYS_ALLOWED = 64 * 2**20  # bytes that any file may unpack to
PACKINGS = {".gz": "gzip", ".zst": "zstd"}

_MAX_UNPACKED_RATIO = 200  # real text packs to a third or a tenth


def kind_of(path: PurePath) -> str:
    """The suffix that says how to read a file, e.g. ".txt" for story.txt and story.txt.gz, in lower case."""
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes and suffixes[-1] in PACKINGS:
        suffixes.pop()
    return suffixes[-1] if suffixes else ""


@contextmanager
def open_bytes(path: Path) -> Iterator[BinaryIO]:
    """Open a file for reading, unpacked if its name ends in .gz or .zst.

    Raises:
        MissingError: while reading, that the packed data are damaged or unpack to far more than text does.
    """
    packing = PACKINGS.get(path.suffix.lower())
    with path.open("rb") as file:
        if packing is None:
            yield file
        else:
            with io.BufferedReader(_Unpacker(file, path, packing), 2**20) as unpacked:
                yield unpacked


class _Unpacker(io.RawIOBase):
    """Unpacks a stream, counting."""

    def __init__(self, packed: BinaryIO, path: Path, packing: str) -> None:
        import pyarrow

        self._path = path
        self._limit = max(ALWAYS_ALLOWED, _MAX_UNPACKED_RATIO * path.stat().st_size)
        self._unpacked = 0
        self._stream = pyarrow.CompressedInputStream(pyarrow.PythonFile(packed, "r"), packing)
        self._errors = (OSError, pyarrow.ArrowException, zlib.error)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        try:
            data: bytes = self._stream.read(len(buffer))
        except self._errors as error:
            raise MissingError(
                f"{self._path}, after {self._unpacked:,} unpacked bytes: damaged ({str(error).splitlines()[0]})",
                "get the file again",
            ) from error
        self._unpacked += len(data)
        if self._unpacked > self._limit:
            raise MissingError(
                f"{self._path} unpacks to more than {_MAX_UNPACKED_RATIO} times its size", "unpack it yourself first"
            )
        buffer[: len(data)] = data
        return len(data)
