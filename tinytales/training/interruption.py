"""Stopping a run: Ctrl-C and the like are remembered, and the loop asks at its next step boundary."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class StopRequest:
    """Whether somebody asked the run to stop."""

    def __init__(self) -> None:
        self.requested = False

    def _remember(self, number: int, frame: FrameType | None) -> None:
        if self.requested and number == signal.SIGINT:
            raise KeyboardInterrupt  # asked twice: don't wait for the step
        self.requested = True


@contextmanager
def listen() -> Iterator[StopRequest]:
    """Turn SIGINT and SIGTERM into a request while the block runs; a second SIGINT ends it at once.

    Outside the main thread, where Python can't listen for signals, nothing ever asks.
    """
    request = StopRequest()
    if threading.current_thread() is not threading.main_thread():
        yield request
        return
    before = {number: signal.signal(number, request._remember) for number in SIGNALS}
    try:
        yield request
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
