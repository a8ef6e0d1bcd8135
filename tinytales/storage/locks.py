"""Advisory locks that a crash doesn't leave behind: the system frees them with the process that held them."""

import os
from pathlib import Path

LOCKS_TELL = os.name != "nt"
"""Whether a lock that is granted means that nobody else holds it."""


class Lock:
    """An exclusive lock on a folder. Where the system can't lock folders (Windows) it is always granted.

    Correctness never rests on it (that is what renames are for): it spares people a mistake.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._descriptor: int | None = None

    def acquire(self) -> bool:
        """Take the lock without waiting; False if someone else holds it or the folder is gone."""
        if not LOCKS_TELL:
            return True
        import fcntl

        try:
            descriptor = os.open(self._folder, os.O_RDONLY)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True

    def release(self) -> None:
        """Give the lock back, if it is held."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
