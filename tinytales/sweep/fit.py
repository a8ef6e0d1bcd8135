"""A power law through the results: bits per byte fall by the same factor with every doubling of what is varied.

log(bits per byte) = intercept + slope · log(x), by least squares (Kaplan et al., 2020; the part that no model can learn
is left out: a few small runs can't tell it from the slope).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean, stdev

from tinytales.sweep.results import Result

QUANTITIES = ("parameters", "tokens", "vocab_size")


@dataclass(frozen=True)
class Fit:
    """The law, in natural logarithms, and how far results lie from it (standard deviation of the logarithm)."""

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
    """The law of one quantity; None if fewer than two values of it were tried."""
    pairs = [(math.log(x), math.log(one.bits_per_byte)) for one in results if (x := quantity_of(one, quantity)) > 0]
    if len({round(x, 6) for x, _ in pairs}) < 2:
        return None
    middle_x, middle_y = mean(x for x, _ in pairs), mean(y for _, y in pairs)
    slope = sum((x - middle_x) * (y - middle_y) for x, y in pairs) / sum((x - middle_x) ** 2 for x, _ in pairs)
    intercept = middle_y - slope * middle_x
    rest = sum((y - intercept - slope * x) ** 2 for x, y in pairs)
    deviation = math.sqrt(rest / (len(pairs) - 2)) if len(pairs) > 2 else 0.0
    return Fit(quantity, intercept, slope, deviation, math.exp(max(x for x, _ in pairs)))


def seed_spread(results: Sequence[Result]) -> float | None:
    """How far seeds of one point lie apart: the mean of the points' standard deviations in bits per byte."""
    points: dict[tuple[tuple[str, str], ...], list[float]] = {}
    for one in results:
        points.setdefault(one.point, []).append(one.bits_per_byte)
    spreads = [stdev(values) for values in points.values() if len(values) > 1]
    return mean(spreads) if spreads else None
