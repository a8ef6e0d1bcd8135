"""The learning rate over a run: linear warm-up, constant, linear warm-down to zero."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Schedule:
    """Shares of the full learning rate by step.

    Attributes:
        steps: length of the run.
        warmup_steps: steps in which it rises from near zero.
        warmdown_steps: last steps, in which it falls to zero.
    """

    steps: int
    warmup_steps: int
    warmdown_steps: int

    @classmethod
    def over(cls, steps: int, warmup: float, warmdown: float) -> "Schedule":
        """A schedule that spans `steps`, with warm-up and warm-down as shares of them."""
        return cls(steps, max(1, round(steps * warmup)), max(1, round(steps * warmdown)))

    def __call__(self, step: int) -> float:
        """The share for step `step`, counted from 0."""
        rising = (step + 1) / self.warmup_steps
        falling = (self.steps - step) / self.warmdown_steps
        return max(0.0, min(1.0, rising, falling))
