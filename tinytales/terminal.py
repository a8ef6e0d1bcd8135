"""What reaches a terminal: sanitised text, notes on stderr, progress that suits where it goes.

stdout carries results only; everything here but `sanitize` writes to stderr.
"""

import os
import re
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Protocol, Self

# Everything that can move a cursor, recolour, retitle, reorder or hide: C0 but for tab and newline, DEL, C1,
# bidirectional controls and isolates, zero-width characters, line and paragraph separators, tags, lone surrogates.
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff"
    "\U000e0000-\U000e007f]"
)

PLAIN_INTERVAL = 10.0  # seconds between two lines of progress where there is no terminal


def sanitize(text: str) -> str:
    """`text` without the characters that could act on a terminal; tabs and newlines stay."""
    return _UNSAFE.sub("", text)


def note(text: str) -> None:
    """Tell the user something beside the result: one line on stderr."""
    print(sanitize(text), file=sys.stderr, flush=True)


def is_live() -> bool:
    """Whether stderr is a terminal on which a bar can be redrawn in place."""
    return sys.stderr.isatty() and os.environ.get("TERM") != "dumb"


def has_colours() -> bool:
    """Whether stdout may be coloured: a terminal that can, and a person who hasn't said no (no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def columns() -> int:
    """How wide lines on stdout may be: the terminal's width, within what is pleasant to read."""
    return max(40, min(100, shutil.get_terminal_size().columns))


class Progress(Protocol):
    """Work that goes on."""

    def advance(self, amount: float, detail: str = "") -> None:
        """`amount` more of it is done; `detail` says what is worth seeing right now."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def progress(label: str, total: float | None, unit: str) -> Progress:
    """Progress through `total` units (None: unknown): a live bar on a terminal, plain lines every so often elsewhere.

    Use it as a context manager.
    """
    return LiveProgress(label, total, unit) if is_live() else PlainProgress(label, total, unit)


class PlainProgress:
    """A line every ten seconds and one at the end, for logs and pipes."""

    def __init__(self, label: str, total: float | None, unit: str) -> None:
        self._label, self._total, self._unit = label, total, unit
        self._done, self._detail = 0.0, ""

    def __enter__(self) -> Self:
        self._started = self._told = time.monotonic()
        return self

    def advance(self, amount: float, detail: str = "") -> None:
        self._done += amount
        self._detail = detail or self._detail
        if time.monotonic() - self._told >= PLAIN_INTERVAL:
            self._tell()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._tell()

    def _tell(self) -> None:
        self._told = time.monotonic()
        seconds = self._told - self._started
        rate = self._done / seconds if seconds > 0 else 0.0
        share = f"{self._done / self._total:4.0%} of {self._total:,.0f}" if self._total else f"{self._done:,.0f}"
        left = (
            f", {clock((self._total - self._done) / rate)} left" if self._total and 0 < self._done < self._total else ""
        )
        detail = f", {self._detail}" if self._detail else ""
        note(f"{self._label}: {share} {self._unit}, {rate:,.0f}/s{left}{detail}")


class LiveProgress:
    """A bar with rate and time left, redrawn in place."""

    def __init__(self, label: str, total: float | None, unit: str) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TaskProgressColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(compact=True, elapsed_when_finished=True),
            TextColumn("{task.fields[detail]}"),
            console=Console(stderr=True),
            refresh_per_second=4,
        )
        self._unit = unit
        self._task = self._bar.add_task(label, total=total, rate="", detail="")

    def __enter__(self) -> Self:
        self._started = time.monotonic()
        self._bar.start()
        return self

    def advance(self, amount: float, detail: str = "") -> None:
        task = self._bar.tasks[0]
        seconds = time.monotonic() - self._started
        rate = f"{(task.completed + amount) / seconds:,.0f} {self._unit}/s" if seconds > 0.5 else ""
        detail = sanitize(detail) or task.fields["detail"]
        self._bar.update(self._task, advance=amount, rate=rate, detail=detail)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()


@contextmanager
def timed(label: str) -> Iterator[None]:
    """Say how long the block took when it ends well."""
    started = time.monotonic()
    yield
    note(f"{label} ({clock(time.monotonic() - started)})")


def clock(seconds: float) -> str:
    """A length of time as people say it: 4.2 s, 3 min 05 s, 1 h 02 min."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    if round(seconds) < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02} s"
    return f"{minutes // 60} h {minutes % 60:02} min"
