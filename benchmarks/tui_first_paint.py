"""How long from starting the process to the first picture, beside the smallest Textual application.

    uv run python -m benchmarks.tui_first_paint

Ten runs of each in turn on a pseudo-terminal of 80 by 24; medians. The picture is there when its text has arrived.
"""

import os
import statistics
import tempfile
import time

from tests.tui.terminal import Terminal

RUNS = 10
BARE = """
from textual.app import App
from textual.widgets import Static

class Bare(App):
    def compose(self):
        yield Static("Who is in it?")

Bare().run()
"""
SESSION = "from tinytales.cli.main import main; main([])"
CASES = {
    "Python alone": ("print('Who is in it?')", b"Who is in it?"),
    "bare Textual": (BARE, b"Who is in it?"),
    "tinytales, its name": (SESSION, b"t i n y t a l e s"),
    "tinytales, all of it": (SESSION, b"Who is in it?"),
}


def seconds(code: str, text: bytes) -> float:
    started = time.perf_counter()
    with Terminal(code) as terminal:
        terminal.until(lambda output: text in output)
        return time.perf_counter() - started


def main() -> None:
    with tempfile.TemporaryDirectory() as home:
        os.environ["TINYTALES_HOME"] = home
        times: dict[str, list[float]] = {name: [] for name in CASES}
        for _ in range(RUNS + 1):
            for name, (code, text) in CASES.items():
                times[name].append(seconds(code, text))
    medians = {name: statistics.median(found[1:]) for name, found in times.items()}  # the first run warms the disk
    for name, median in medians.items():
        print(f"{name:<22} {median * 1000:5.0f} ms  (least {min(times[name][1:]) * 1000:.0f})")
    ratio = medians["tinytales, all of it"] / medians["bare Textual"]
    print(f"the first screen takes {ratio:.2f} times as long as the bare application's")


if __name__ == "__main__":
    main()
