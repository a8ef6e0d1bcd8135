"""Being told from outside to end: by `kill`, or by a terminal that is closed."""

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Callable

_PATIENCE = 3.0  # seconds; a terminal that is gone can block whoever writes to it for ever


def heed(end: Callable[[int], None]) -> None:
    """Have `end` called with the exit code when a signal asks to end; call it in the event loop's thread."""
    if sys.platform == "win32":
        return
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, _end, end, 128 + number)


def _end(end: Callable[[int], None], code: int) -> None:
    end(code)
    last_resort = threading.Timer(_PATIENCE, os._exit, [code])
    last_resort.daemon = True
    last_resort.start()
