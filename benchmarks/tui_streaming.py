"""How fast a 4,000-word story streams in the session with instant reveal, beside `tell` with the same engine.

    uv run python -m benchmarks.tui_streaming MODEL_FOLDER

Each runs in a process of its own on a pseudo-terminal of 80 by 24, five times in turn; medians of tokens a second.
"""

import statistics
import sys
import tempfile
from pathlib import Path

from tests.tui.terminal import Terminal

RUNS = 5
ENGINE = """
import sys, time
from pathlib import Path
from benchmarks.tui_endless import Endless
from tinytales.inference.rust_engine import load_engine
from tinytales.inference.sampling import Sampling

engine = Endless(load_engine(Path({model!r})), 4000)
"""
TELL = (
    ENGINE
    + """
from tinytales.cli.story_output import print_stories

class Counted:
    pieces = 0

    def generate_takes(self, opening, sampling, count):
        for piece in engine.generate(opening, sampling):
            self.pieces += 1
            yield 0, piece

counted = Counted()
started = time.perf_counter()
print_stories(counted, "Once upon a time", Sampling(seed=1, max_tokens=1 << 14))
Path({result!r}).write_text(str(counted.pieces / (time.perf_counter() - started)))
print("FINISHED", flush=True)
time.sleep(60)
"""
)
SESSION = (
    ENGINE
    + """
from tinytales.story.library import Library
from tinytales.tui.app import TinytalesApp
from tinytales.tui.session import Manner

app = TinytalesApp(lambda: engine, Library.home(), manner=Manner(length="story", pace="instant"))

def begin():
    if app.engine is None:
        return
    timer.stop()
    app.screen.dismiss(None)
    app.desk.begin("Once upon a time")
    begun = time.perf_counter()

    def look():
        if not app.desk.stage.busy:
            tokens = len(app.desk.stage.session.here.tokens)
            Path({result!r}).write_text(str(tokens / (time.perf_counter() - begun)))
            app.exit(message="FINISHED")

    app.set_interval(0.005, look)

def ready():
    global timer
    timer = app.set_interval(0.05, begin)

app.call_later(ready)
app.run()
time.sleep(60)
"""
)


def rate(code: str, model: Path) -> float:
    with tempfile.TemporaryDirectory() as home:
        result = Path(home) / "rate"
        filled = code.format(model=str(model), result=str(result))
        with Terminal(filled, {"TINYTALES_HOME": home}) as terminal:
            terminal.until(lambda _: result.exists() and result.read_text(), seconds=60)
        return float(result.read_text())


def main() -> None:
    model = Path(sys.argv[1])
    found: dict[str, list[float]] = {"tell": [], "session": []}
    for _ in range(RUNS):
        found["tell"].append(rate(TELL, model))
        found["session"].append(rate(SESSION, model))
    medians = {name: statistics.median(rates) for name, rates in found.items()}
    for name, median in medians.items():
        print(f"{name:<8} {median:7,.0f} tokens/s  ({min(found[name]):,.0f} to {max(found[name]):,.0f})")
    print(f"the session streams at {medians['session'] / medians['tell']:.0%} of tell")


if __name__ == "__main__":
    main()
