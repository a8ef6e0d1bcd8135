"""Saving without waiting: operations go to the disk on a thread of their own."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tinytales.story.operations import Operation

RETRY_SECONDS = 2.0


@dataclass(frozen=True)
class SaveState:
    """How far saving is: operations that are on the disk, those that wait, and why they do if something is wrong."""

    saved: int = 0
    pending: int = 0
    error: str = ""


class Saver:
    """Writes operations in the order in which they came, keeps what can't be written, and tries again.

    Args:
        write: puts operations on the disk; it may raise OSError and then has written none of them.
        changed: told every new state, on the thread that brought it about.
    """

    def __init__(
        self, write: Callable[[Sequence[Operation]], None], changed: Callable[[SaveState], None] = lambda _: None
    ) -> None:
        self._write = write
        self._changed = changed
        self._waiting: list[Operation] = []
        self._saved = 0
        self._error = ""
        self._closing = False
        self._attempts = 0
        self._impatient = False
        self._condition = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="saver", daemon=True)
        self._thread.start()

    @property
    def state(self) -> SaveState:
        with self._condition:
            return SaveState(self._saved, len(self._waiting), self._error)

    def save(self, operation: Operation) -> None:
        """Take an operation to be saved; returns at once."""
        with self._condition:
            self._waiting.append(operation)
            self._condition.notify_all()
        self._changed(self.state)

    def flush(self, seconds: float = 5.0) -> SaveState:
        """Wait until nothing is left to write, or until one more try has failed."""
        with self._condition:
            attempts = self._attempts
            self._impatient = True
            self._condition.notify_all()
            self._condition.wait_for(lambda: not self._waiting or (self._error and self._attempts > attempts), seconds)
        return self.state

    def close(self, seconds: float = 5.0) -> SaveState:
        """Try once more to write what waits, and end the thread."""
        with self._condition:
            self._closing = True
            self._condition.notify_all()
        self._thread.join(seconds)
        return self.state

    def _run(self) -> None:
        while batch := self._next():
            try:
                self._write(batch)
            except OSError as problem:
                self._failed(problem.strerror or str(problem))
                if self._closing:
                    return
                self._wait_for_more(than=len(batch))
            else:
                self._wrote(len(batch))

    def _next(self) -> tuple[Operation, ...]:
        """Wait for something to write; nothing once that is done and the saver closes."""
        with self._condition:
            self._condition.wait_for(lambda: self._waiting or self._closing)
            return tuple(self._waiting)

    def _wait_for_more(self, than: int) -> None:
        with self._condition:
            self._impatient = False
            self._condition.wait_for(
                lambda: self._closing or self._impatient or len(self._waiting) > than, RETRY_SECONDS
            )

    def _failed(self, error: str) -> None:
        with self._condition:
            self._error = error
            self._attempts += 1
            self._condition.notify_all()
        self._changed(self.state)

    def _wrote(self, count: int) -> None:
        with self._condition:
            self._error = ""
            del self._waiting[:count]
            self._saved += count
            self._attempts += 1
            self._condition.notify_all()
        self._changed(self.state)
