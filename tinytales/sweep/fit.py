"""A power law through the results: bits per byte fall by the same factor with every doubling of what is varied.

log(bits per byte) = intercept + slope · log(x), by least squares (Kaplan et al., 2020; the part that no model can learn
is left out: a few small runs can't tell it from the slope). Runs that differ in other settings share the slope; the
intercept is that of the best of them.
"""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean, stdev

from tinytales.sweep.results import Result

QUANTITIES = ("parameters", "tokens", "vocab_size")
_DECIDED_BY = {
    "parameters": ("depth", "width"),
    "tokens": ("tokens", "minutes", "steps", "epochs"),
    "vocab_size": ("vocab_size",),
}
_NARROWEST = 1e-9  # what is varied must differ in more than rounding


@dataclass(frozen=True)
class Fit:
    """The law, in natural logarithms, and how far results lie from their line (standard deviation of the logarithm)."""

    quantity: str
    intercept: float
    slope: float
    deviation: float
    largest: float

    def __call__(self, x: float) -> float:
        """Bits per byte to be expected at `x`."""
        return math.exp(self.intercept + self.slope * math.log(x))

    def range(self, x: float) -> tuple[float, float]:
        """Where two results in three would lie, at `x`."""
        return self(x) * math.exp(-self.deviation), self(x) * math.exp(self.deviation)


def quantity_of(result: Result, quantity: str) -> float:
    """What is on the horizontal axis: 0 where a run has no such thing."""
    if quantity == "vocab_size":
        return float(result.values.get("vocab_size", 0))
    return float(result.parameters if quantity == "parameters" else result.tokens)


def fit(results: Sequence[Result], quantity: str) -> Fit | None:
    """The law of one quantity; None if the settings that decide it were not varied."""
    lines: dict[tuple[tuple[str, str], ...], list[tuple[float, float]]] = defaultdict(list)
    for one in results:
        if (x := quantity_of(one, quantity)) > 0:
            others = tuple(pair for pair in one.point if pair[0] not in _DECIDED_BY[quantity])
            lines[others].append((math.log(x), math.log(one.bits_per_byte)))
    middles = {others: (mean(x for x, _ in line), mean(y for _, y in line)) for others, line in lines.items()}
    centred = [(x - middles[others][0], y - middles[others][1]) for others, line in lines.items() for x, y in line]
    width = sum(x * x for x, _ in centred)
    if width < _NARROWEST or len({decided for one in results if (decided := _deciding(one, quantity))}) < 2:
        return None
    slope = sum(x * y for x, y in centred) / width
    freedom = len(centred) - len(lines) - 1
    rest = sum((y - slope * x) ** 2 for x, y in centred)
    return Fit(
        quantity,
        min(y - slope * x for x, y in middles.values()),
        slope,
        math.sqrt(rest / freedom) if freedom > 0 else 0.0,
        max(quantity_of(one, quantity) for one in results),
    )


def _deciding(result: Result, quantity: str) -> tuple[str, ...]:
    """Its values of the settings that decide a quantity."""
    return tuple(result.values[name] for name in _DECIDED_BY[quantity] if name in result.values)


def seed_spread(results: Sequence[Result]) -> float | None:
    """How far seeds of one point lie apart: the mean of the points' standard deviations in bits per byte."""
    points: dict[tuple[tuple[str, str], ...], list[float]] = {}
    for one in results:
        points.setdefault(one.point, []).append(one.bits_per_byte)
    spreads = [stdev(values) for values in points.values() if len(values) > 1]
    return mean(spreads) if spreads else None
