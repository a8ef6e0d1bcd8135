"""A real terminal for a real process: what it writes is kept, and what it shows can be waited for."""

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

# The session on a scripted engine, as a process of its own.
SCRIPT = """
import sys
from tinytales.inference.scripted import ScriptedEngine
from tinytales.story.library import Library
from tinytales.tui.app import TinytalesApp

stories = {stories!r}
library = Library.home()
app = TinytalesApp(lambda: ScriptedEngine(stories, delay={delay!r}), library, library.latest())
app.run()
"""


class Terminal:
    """A process on a pseudo-terminal of 80 by 24."""

    def __init__(self, code: str, environment: dict[str, str] | None = None) -> None:
        self.output = b""
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self._master = master
        self.process = subprocess.Popen(
            [sys.executable, "-c", code],
            stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
            env={**os.environ, "TERM": "xterm-256color", **(environment or {})},
        )  # fmt: skip
        os.close(slave)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.close()

    def ended(self, seconds: float = 60.0) -> int:
        """Take in what is written until the process ends, and return its exit code."""
        deadline = time.monotonic() + seconds
        while (code := self.process.poll()) is None:
            assert time.monotonic() < deadline, self.output[-2000:]
            self.read(0.05)
        self.read(0.2)
        return code

    def close(self) -> None:
        """Take the terminal away."""
        if self._master >= 0:
            os.close(self._master)
        self._master = -1

    def press(self, keys: str) -> None:
        os.write(self._master, keys.encode())

    def read(self, seconds: float) -> None:
        """Take in what is written within some time."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            ready, _, _ = select.select([self._master], [], [], left)
            if ready and not self.read_some():
                return

    def read_some(self) -> bool:
        """Take in what is written next; False when nothing more comes."""
        try:
            data = os.read(self._master, 1 << 16)
        except OSError:
            return False
        self.output += data
        return bool(data)

    def until(self, condition: Callable[[bytes], object], seconds: float = 90.0) -> None:
        deadline = time.monotonic() + seconds
        while not condition(self.output):
            assert time.monotonic() < deadline, self.output[-2000:]
            assert self.process.poll() is None, self.output[-2000:]
            self.read(0.02)
