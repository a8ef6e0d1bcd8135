"""What a run will be, decided before it starts and frozen in its `run.toml`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from tinytales.errors import MissingError, UsageError
from tinytales.model.config import GPTConfig
from tinytales.model.gpt import GPT
from tinytales.training import loop
from tinytales.training.device import Device
from tinytales.training.loop import Rows
from tinytales.training.optimizer import make_optimizers
from tinytales.training.settings import TrainSettings

DEFAULT_MINUTES = 60.0
MEASURE_SECONDS = 4.0  # to turn a bound in minutes into steps
FEWEST_STEPS = 10


class Stream(Protocol):
    """Endless rows: epoch after epoch of something."""

    @property
    def epoch_tokens(self) -> int:
        """Tokens of one pass."""

    def rows(self, first: int, count: int, length: int) -> Rows:
        """Rows `first` to `first + count` of `length` targets each: (count, length + 1) token ids."""


@dataclass(frozen=True)
class Plan:
    """A run, decided before it starts.

    Attributes:
        steps: optimizer steps.
        rows: rows of a step.
        epochs: passes over the corpus that they make.
    """

    steps: int
    rows: int
    epochs: float

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any]) -> "Plan":
        """The plan that a `run.toml` holds.

        Raises:
            MissingError: it doesn't hold one.
        """
        try:
            plan = facts["plan"]
            return cls(int(plan["steps"]), int(plan["rows"]), float(plan["epochs"]))
        except (KeyError, TypeError, ValueError) as error:
            raise MissingError(f"the stopped run's plan is damaged: {error}", "begin another run: --fresh") from error


def make_plan(settings: TrainSettings, config: GPTConfig, stream: Stream, device: Device) -> Plan:
    """Decide the length of a run; a bound in minutes is measured."""
    rows = max(1, round(settings.batch_tokens / settings.context_length))
    batch_tokens = rows * settings.context_length
    if stream.epoch_tokens < batch_tokens:
        raise UsageError(
            f"the corpus has {stream.epoch_tokens:,} tokens, fewer than one batch of {batch_tokens:,}",
            "prepare more text, or use a smaller --batch-tokens",
        )
    if settings.steps is not None:
        steps = settings.steps
    elif settings.tokens is not None:
        steps = round(settings.tokens / batch_tokens)
    elif settings.epochs is not None:
        steps = round(settings.epochs * stream.epoch_tokens / batch_tokens)
    else:
        throwaway = GPT(config).initialize(settings.seed).to(device.name)
        batch = batches(stream, rows, settings.context_length)
        seconds = loop.seconds_per_step(throwaway, make_optimizers(throwaway, settings), batch, device, MEASURE_SECONDS)
        steps = max(FEWEST_STEPS, int((settings.minutes or DEFAULT_MINUTES) * 60 / seconds))
    steps = max(1, steps)
    return Plan(steps, rows, steps * batch_tokens / stream.epoch_tokens)


def batches(stream: Stream, rows: int, length: int) -> loop.Batch:
    """The batches of a run over `stream`."""
    return lambda step: stream.rows(step * rows, rows, length)
