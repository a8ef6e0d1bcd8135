"""Figures with their uncertainty: sums over units (stories, or beginnings) that are drawn anew (Efron, 1979)."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 2_000
COVERED = 0.95


@dataclass(frozen=True)
class Estimate:
    """A figure and the interval that covers it in 95 of 100 cases."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Samples:
    """What was found in each unit: the figure is the sum of `totals` over that of `weights`.

    Attributes:
        totals: bits, points, counts, … of each unit, shape (n,).
        weights: over what they are to be divided, e.g. bytes; ones for a mean. Shape (n,).
    """

    totals: NDArray[np.float64]
    weights: NDArray[np.float64]

    @classmethod
    def of(cls, pairs: Iterable[tuple[float, float]]) -> "Samples":
        """Samples of (total, weight) pairs."""
        found = np.array(list(pairs), dtype=np.float64).reshape(-1, 2)
        return cls(found[:, 0], found[:, 1])

    @classmethod
    def mean(cls, values: Iterable[float]) -> "Samples":
        """Samples whose figure is their mean."""
        return cls.of((value, 1.0) for value in values)

    @property
    def value(self) -> float | None:
        """The figure; None where there is nothing to divide by."""
        weight = float(self.weights.sum())
        return float(self.totals.sum()) / weight if weight else None

    def estimate(self) -> Estimate | None:
        """The figure with its interval, None where there is none."""
        value = self.value
        return None if value is None else _with_interval(value, self._resampled())

    def _resampled(self) -> NDArray[np.float64]:
        draws = _draws(len(self.totals))
        with np.errstate(invalid="ignore"):
            return (draws @ self.totals) / (draws @ self.weights)


def difference(one: Samples, other: Samples, target: float | None = None) -> Estimate | None:
    """`one` minus `other`, both measured on the same units, which are drawn together.

    Args:
        one: minuend.
        other: subtrahend.
        target: if given, their distances from it are subtracted.

    Returns:
        The difference, None where either has no figure.

    Raises:
        ValueError: they have different numbers of units.
    """
    if len(one.totals) != len(other.totals):
        raise ValueError(f"{len(one.totals)} units can't be paired with {len(other.totals)}")
    values = one.value, other.value
    if values[0] is None or values[1] is None:
        return None
    drawn = one._resampled(), other._resampled()
    if target is None:
        return _with_interval(values[0] - values[1], drawn[0] - drawn[1])
    return _with_interval(
        abs(values[0] - target) - abs(values[1] - target), np.abs(drawn[0] - target) - np.abs(drawn[1] - target)
    )


def _with_interval(value: float, resampled: NDArray[np.float64]) -> Estimate:
    low, high = np.nanquantile(resampled, [(1 - COVERED) / 2, (1 + COVERED) / 2])
    return Estimate(value, float(low), float(high))


def _draws(units: int) -> NDArray[np.float64]:
    """How often each unit is drawn in each resample, always the same, shape (RESAMPLES, units)."""
    generator = np.random.default_rng(0)
    return generator.multinomial(units, np.full(units, 1 / units), size=RESAMPLES).astype(np.float64)
