"""What a person sees of a run: one line that is redrawn on a terminal, a line every so often elsewhere."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Protocol

from tinytales.terminal import PLAIN_INTERVAL, clock, is_live, note, sanitize

if TYPE_CHECKING:
    from rich.live import Live

_BARS = "▁▂▃▄▅▆▇█"
_SPARKS = 16  # characters of the loss's curve
_SAMPLE_CHARACTERS = 160


@dataclass(frozen=True)
class Moment:
    """Where a run is.

    Attributes:
        step: steps done.
        steps: steps of the run.
        loss: of the last steps, nats.
        bits_per_byte: the last that was measured.
        tokens_per_second: of the last steps.
    """

    step: int
    steps: int
    loss: float
    bits_per_byte: float | None
    tokens_per_second: float


class Display(Protocol):
    """Shows a run."""

    def show(self, moment: Moment) -> None:
        """Show where the run is now."""

    def tell(self, step: int, prompt: str, sample: str) -> None:
        """Show what the model tells at a step."""


@contextmanager
def display(first_step: int) -> Iterator[Display]:
    """What suits where stderr goes; `first_step` is where the run begins or goes on."""
    if not is_live():
        shown = _Plain(first_step)
        yield shown
        shown.finish()
        return
    from rich.console import Console
    from rich.live import Live

    with Live(console=Console(stderr=True), refresh_per_second=4, transient=False) as live:
        yield _Live(live, first_step)


@dataclass
class _Curve:
    """The losses so far, and how long the rest will take."""

    first_step: int
    losses: list[float] = field(default_factory=list)
    started: float = field(default_factory=time.monotonic)

    def line(self, moment: Moment, *, spark: bool) -> str:
        self.losses.append(moment.loss)
        elapsed = time.monotonic() - self.started
        left = elapsed / max(1, moment.step - self.first_step) * (moment.steps - moment.step)
        parts = [
            f"step {moment.step:,}/{moment.steps:,} ({moment.step / moment.steps:.0%})",
            f"loss {moment.loss:.3f}" + (f" {sparkline(self.losses, _SPARKS)}" if spark else ""),
        ]
        if moment.bits_per_byte is not None:
            parts.append(f"{moment.bits_per_byte:.3f} bits per byte")
        parts.append(f"{moment.tokens_per_second:,.0f} tokens/s")
        if moment.step < moment.steps:
            parts.append(f"{clock(left)} left")
        return ", ".join(parts)


class _Plain:
    """A line every ten seconds and one at the end."""

    def __init__(self, first_step: int) -> None:
        self._curve, self._told, self._line = _Curve(first_step), time.monotonic(), ""

    def show(self, moment: Moment) -> None:
        self._line = self._curve.line(moment, spark=False)
        if time.monotonic() - self._told >= PLAIN_INTERVAL:
            self._tell_line()

    def tell(self, step: int, prompt: str, sample: str) -> None:
        note(_sample_line(step, prompt, sample))

    def finish(self) -> None:
        self._tell_line()

    def _tell_line(self) -> None:
        if self._line:
            note(f"training: {self._line}")
        self._told, self._line = time.monotonic(), ""


class _Live:
    """One line at the bottom; samples go by above it."""

    def __init__(self, live: "Live", first_step: int) -> None:
        self._live, self._curve = live, _Curve(first_step)

    def show(self, moment: Moment) -> None:
        from rich.text import Text

        self._live.update(Text(sanitize(self._curve.line(moment, spark=True))))

    def tell(self, step: int, prompt: str, sample: str) -> None:
        from rich.text import Text

        self._live.console.print(Text(sanitize(_sample_line(step, prompt, sample)), style="dim"))


def sparkline(values: Sequence[float], width: int) -> str:
    """`values` as a curve of at most `width` block characters, each the mean of its share of them."""
    count = min(width, len(values))
    edges = [len(values) * index // count for index in range(count + 1)] if count else []
    means = [sum(values[a:b]) / (b - a) for a, b in pairwise(edges)]
    low, high = min(means, default=0.0), max(means, default=0.0)
    span = high - low or 1.0
    return "".join(_BARS[round((mean - low) / span * (len(_BARS) - 1))] for mean in means)


def _sample_line(step: int, prompt: str, sample: str) -> str:
    text = " ".join(f"{prompt}{sample}".split())
    return f"  at step {step:,}: {text[:_SAMPLE_CHARACTERS]}{'…' if len(text) > _SAMPLE_CHARACTERS else ''}"
