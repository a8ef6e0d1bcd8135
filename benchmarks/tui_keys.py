"""From a key to what it does on the screen, while a story of up to 4,000 words streams with instant reveal.

    uv run python -m benchmarks.tui_keys MODEL_FOLDER

Each runs in a process of its own on a pseudo-terminal of 80 by 24: a bare Textual application that changes one line,
the session with nothing being told, and the session while it tells. Keys come at moments of chance; the time until
what they do has been written is taken. `space` changes a line of the main screen (pause, go on), `s` opens the panel
of settings, `?` the screen of keys; `esc` closes these. Each time another take is begun, which `esc` ends.
"""

import random
import statistics
import sys
import tempfile
import time

from tests.tui.terminal import Terminal

PRESSES = 40
BARE = """
from textual.app import App
from textual.widgets import Static

class Bare(App):
    BINDINGS = [("space", "turn", "")]

    def compose(self):
        yield Static("Who is in it?")

    def action_turn(self):
        self.query_one(Static).update("go on")
        self.set_timer(0.1, lambda: self.query_one(Static).update(""))

Bare().run()
"""
SESSION = """
from pathlib import Path
from benchmarks.tui_endless import Endless
from tinytales.inference.rust_engine import FASTEST, load_engine
from tinytales.story.library import Library
from tinytales.tui.app import TinytalesApp
from tinytales.tui.session import Manner

engine = Endless(load_engine(Path({model!r}), FASTEST), 4_000)
TinytalesApp(lambda: engine, Library.home(), manner=Manner(length="story", pace="instant")).run()
"""
KEYS = {
    " ": ("space: a line", b"go on"),
    "s": ("s: the panel", b"temperature"),
    "?": ("?: a screen", b"Enough to tell"),
}
ESCAPE = "\x1b"


def seconds(terminal: Terminal, key: str, text: bytes) -> float:
    """From pressing a key to its text."""
    terminal.read(random.uniform(0.2, 0.4))
    terminal.output = b""
    started = time.perf_counter()
    terminal.press(key)
    while text not in terminal.output:
        terminal.read_some()
    return time.perf_counter() - started


def bare() -> list[float]:
    with Terminal(BARE) as terminal:
        terminal.until(lambda output: b"Who is in it?" in output)
        return [seconds(terminal, " ", b"go on") for _ in range(PRESSES)]


def session(model: str, *, telling: bool) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {key: [] for key in KEYS if telling or key != " "}
    with (
        tempfile.TemporaryDirectory() as home,
        Terminal(SESSION.format(model=model), {"TINYTALES_HOME": home}) as terminal,
    ):
        terminal.until(lambda output: b"Who is in it?" in output)
        terminal.read(1.0)
        terminal.press("1")
        terminal.until(lambda output: b"saved" in output)
        for _ in range(PRESSES):
            for key, found in times.items():
                if telling:
                    terminal.press("r")
                found.append(seconds(terminal, key, KEYS[key][1]))
                for _ in range(2):
                    terminal.press(ESCAPE)
                    terminal.read(0.3)
    return times


def show(name: str, times: list[float]) -> None:
    ordered = [1000 * value for value in sorted(times)]
    median, p95 = statistics.median(ordered), ordered[int(len(ordered) * 0.95)]
    print(f"{name:<24} median {median:3.0f} ms, p95 {p95:3.0f} ms, least {ordered[0]:.0f}, most {ordered[-1]:.0f} ms")


def main() -> None:
    show("bare Textual, a line", bare())
    for telling in (False, True):
        print("while a story is told" if telling else "with nothing being told")
        for key, times in session(sys.argv[1], telling=telling).items():
            show(f"  {KEYS[key][0]}", times)


if __name__ == "__main__":
    main()
