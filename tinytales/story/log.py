"""A story's log on disk: JSON lines, each with a checksum of its own, only ever added to.

The first line is a header; each other one holds an operation. A line that a crash tore, or that a disk damaged, is told
by its checksum. Lines that this version doesn't understand are kept as they are. Must not know what operations do.
"""

import json
import os
import re
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tinytales.errors import MissingError
from tinytales.storage import atomic
from tinytales.storage.locks import Lock
from tinytales.story.operations import Operation, decode, encode

FORMAT = 1
LARGEST = 1 << 30  # bytes; a story of a million words with all its alternatives has less
_LINE = re.compile(rb'\{"crc":"([0-9a-f]{8})","do":(.*)\}', re.DOTALL)


@dataclass(frozen=True)
class Line:
    """One whole line: its bytes without the line's end, and the operation in it (None: damaged)."""

    raw: bytes
    operation: Operation | None


@dataclass(frozen=True)
class Reading:
    """What a log holds.

    Attributes:
        header: the first line's object.
        lines: every other whole line.
        torn: what a crash left of a last line.
        closed: whether the last line has its end, so that another may be added after it.
    """

    header: dict[str, Any]
    lines: Sequence[Line]
    torn: bytes = b""
    closed: bool = True

    @property
    def newer(self) -> bool:
        """Whether a newer version wrote it in a format of its own."""
        version = self.header.get("format")
        return not isinstance(version, int) or version > FORMAT

    @property
    def damaged(self) -> int:
        """How many lines fail their checksum."""
        return sum(line.operation is None for line in self.lines)

    @property
    def operations(self) -> list[Operation]:
        return [line.operation for line in self.lines if line.operation is not None]


def header(story_id: str, created: str) -> dict[str, Any]:
    """The first line of a new log."""
    return {"op": "story", "format": FORMAT, "id": story_id, "created": created}


def encode_line(document: dict[str, Any]) -> bytes:
    """One line of the log, with its end."""
    body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    return b'{"crc":"%08x","do":%s}\n' % (zlib.crc32(body), body)


def decode_line(raw: bytes) -> dict[str, Any]:
    """What a line holds.

    Raises:
        ValueError: it is torn or damaged.
    """
    match = _LINE.fullmatch(raw)
    if match is None or int(match[1], 16) != zlib.crc32(match[2]):
        raise ValueError("the checksum doesn't fit")
    try:
        document = json.loads(match[2])
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(document, dict):
        raise ValueError("not an object")
    return document


def read(path: Path) -> Reading:
    """Read a log, whatever state a crash left it in.

    Raises:
        MissingError: it is missing, no log, or larger than any story.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise MissingError(f"{path} is too large to be a story", "open another file")
        data = path.read_bytes()
    except OSError as error:
        raise MissingError(f"{path} can't be read: {error.strerror}", "see `tinytales stories list`") from None
    first, *rest = data.split(b"\n")
    try:
        head = decode_line(first)
        if head.get("op") != "story":
            raise ValueError("no header")
    except ValueError:
        raise MissingError(f"{path} is not a story", "open one of `tinytales stories list`") from None
    closed = bool(rest) and rest[-1] == b""
    if closed:
        rest.pop()
    lines = [_line(raw) for raw in rest]
    torn = b""
    # Only what was written last can be torn; a bad line further up is damage, and stays where it is.
    if lines and lines[-1].operation is None:
        torn, closed = lines.pop().raw, False
    return Reading(head, lines, torn, closed)


def _line(raw: bytes) -> Line:
    try:
        return Line(raw, decode(decode_line(raw)))
    except ValueError:
        return Line(raw, None)


@dataclass
class Log:
    """Adds to a log; the file comes into being, header and lock and all, with the first operation.

    A failed write leaves the file as it was, so that trying again is safe.
    """

    path: Path
    header: dict[str, Any]
    lock: Lock | None = field(default=None, repr=False)
    _descriptor: int | None = field(default=None, repr=False)

    def append(self, operations: Iterable[Operation]) -> None:
        """Add operations in one write, and return when they are on the disk.

        Raises:
            OSError: the disk is full, or the file was taken away.
        """
        data = b"".join(encode_line(encode(operation)) for operation in operations)
        if not self._begun():
            atomic.write_bytes(self.path, encode_line(self.header) + data)
            self._open()
            self.lock = Lock(self.path)
            self.lock.acquire()
            return
        descriptor = self._open()
        if not self.path.exists():
            raise FileNotFoundError(2, f"{self.path} was taken away")
        size = os.fstat(descriptor).st_size
        try:
            written = 0
            while written < len(data):
                written += os.write(descriptor, data[written:])
            os.fsync(descriptor)
        except OSError:
            os.ftruncate(descriptor, size)
            raise

    def close(self) -> None:
        """Give the file back."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
        if self.lock is not None:
            self.lock.release()

    def _begun(self) -> bool:
        return self._descriptor is not None or self.path.exists()

    def _open(self) -> int:
        if self._descriptor is None:
            self._descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | getattr(os, "O_BINARY", 0))
        return self._descriptor


def rewrite(path: Path, reading: Reading, lines: Iterable[Line]) -> None:
    """Replace a log by its header and `lines`, as a whole; what was torn is kept beside it."""
    if reading.torn:
        with path.with_suffix(".torn").open("ab") as file:
            file.write(reading.torn + b"\n")
            file.flush()
            os.fsync(file.fileno())
    atomic.write_bytes(path, encode_line(reading.header) + b"".join(line.raw + b"\n" for line in lines))
