"""From a key to what it does on the screen, while a story of up to 4,000 words streams with instant reveal.

    uv run python -m benchmarks.tui_keys MODEL_FOLDER

The session runs in a process of its own on a pseudo-terminal of 80 by 24. Each time, `r` begins another take; while it
is told `s` is pressed, and the time until the panel's text has been written is taken; `esc` closes the panel, and again
ends the take.
"""

import statistics
import sys
import tempfile
import time

from tests.tui.terminal import Terminal

PRESSES = 60
SESSION = """
from pathlib import Path
from benchmarks.tui_endless import Endless
from tinytales.inference.rust_engine import load_engine
from tinytales.story.library import Library
from tinytales.tui.app import TinytalesApp
from tinytales.tui.session import Manner

engine = Endless(load_engine(Path({model!r})), 4_000)
TinytalesApp(lambda: engine, Library.home(), manner=Manner(length="story", pace="instant")).run()
"""
PANEL = b"temperature"


def main() -> None:
    times = []
    with (
        tempfile.TemporaryDirectory() as home,
        Terminal(SESSION.format(model=sys.argv[1]), {"TINYTALES_HOME": home}) as terminal,
    ):
        terminal.until(lambda output: b"Who is in it?" in output)
        terminal.read(1.0)
        terminal.press("1")
        terminal.until(lambda output: b"tokens/s" in output or b"telling" in output)
        terminal.read(1.0)
        for _ in range(PRESSES):
            terminal.press("r")
            terminal.read(0.3)
            seen = terminal.output.count(PANEL)
            started = time.perf_counter()
            terminal.press("s")
            while terminal.output.count(PANEL) == seen:
                terminal.read_some()
            times.append(time.perf_counter() - started)
            for _ in range(2):
                terminal.press("\x1b")
                terminal.read(0.3)
            terminal.output = terminal.output[-64:]
    ordered = sorted(times)
    median, p95 = statistics.median(ordered), ordered[int(len(ordered) * 0.95)]
    print(f"key to screen: median {median * 1000:.0f} ms, p95 {p95 * 1000:.0f} ms, most {ordered[-1] * 1000:.0f} ms")


if __name__ == "__main__":
    main()
