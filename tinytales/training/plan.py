"""What a run will be, decided before it starts and frozen in its `run.toml`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import torch

from tinytales.errors import MissingError, UsageError
from tinytales.model.config import GPTConfig
from tinytales.model.gpt import GPT
from tinytales.training import loop
from tinytales.training.device import Device
from tinytales.training.loop import Rows
from tinytales.training.optimizer import make_optimizers
from tinytales.training.ranks import ALONE, Ranks
from tinytales.training.settings import TrainSettings

DEFAULT_MINUTES = 60.0
MEASURE_SECONDS = 4.0  # to turn a bound in minutes into steps
FEWEST_STEPS = 10
MICRO_TOKENS = {"cpu": 8_192, "cuda": 1 << 20}  # tokens that go through the model at once, at most
MANY_EPOCHS = 40  # beyond some tens of passes a text teaches next to nothing (Muennighoff et al., 2023)


class Stream(Protocol):
    """Endless rows: epoch after epoch of something."""

    @property
    def text_tokens(self) -> int:
        """Tokens that there are to learn from."""

    @property
    def epoch_tokens(self) -> int:
        """Targets of one pass, with what fills the rows."""

    def rows(self, first: int, count: int) -> Rows:
        """Rows `first` to `first + count`: (count, context length + 1) token ids."""


@dataclass(frozen=True)
class Plan:
    """A run, decided before it starts.

    Attributes:
        steps: optimizer steps.
        rows: rows of a step.
        epochs: passes over the corpus that they make.
        micro_rows: rows that go through the model at once.
    """

    steps: int
    rows: int
    epochs: float
    micro_rows: int

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any]) -> "Plan":
        """The plan that a `run.toml` holds.

        Raises:
            MissingError: it doesn't hold one.
        """
        try:
            plan = facts["plan"]
            return cls(int(plan["steps"]), int(plan["rows"]), float(plan["epochs"]), int(plan["micro_rows"]))
        except (KeyError, TypeError, ValueError) as error:
            raise MissingError(f"the stopped run's plan is damaged: {error}", "begin another run: --fresh") from error


def make_plan(settings: TrainSettings, config: GPTConfig, stream: Stream, device: Device, ranks: Ranks = ALONE) -> Plan:
    """Decide the length of a run; a bound in minutes is measured, by all processes together."""
    rows = max(1, round(settings.batch_tokens / settings.context_length))
    batch_tokens = rows * settings.context_length
    if stream.text_tokens < batch_tokens:
        raise UsageError(
            f"the corpus has {stream.text_tokens:,} tokens, fewer than one batch of {batch_tokens:,}",
            "prepare more text, or use a smaller --batch-tokens",
        )
    micro_rows = min(rows, max(1, MICRO_TOKENS[device.name] // settings.context_length))
    if device.name != "cpu":
        micro_rows = fitting_rows(
            lambda some: measure(settings, config, stream, rows, some, device, ranks, 0), micro_rows
        )
    if settings.steps is not None:
        steps = settings.steps
    elif settings.tokens is not None:
        steps = round(settings.tokens / batch_tokens)
    elif settings.epochs is not None:
        steps = round(settings.epochs * stream.epoch_tokens / batch_tokens)
    else:
        seconds = measure(settings, config, stream, rows, micro_rows, device, ranks)
        steps = max(FEWEST_STEPS, int((settings.minutes or DEFAULT_MINUTES) * 60 / seconds))
    steps = max(1, steps)
    return Plan(steps, rows, steps * batch_tokens / stream.epoch_tokens, micro_rows)


def fitting_rows(attempt: Callable[[int], object], rows: int) -> int:
    """The most rows, of `rows` and its halves, that `attempt` has enough memory for.

    Raises:
        MemoryError: not even one row fits.
    """
    while True:
        try:
            attempt(rows)
        except torch.OutOfMemoryError as error:
            if rows == 1:
                raise MemoryError("not even one row fits") from error
            rows = (rows + 1) // 2
        else:
            return rows


def describe(
    plan: Plan, settings: TrainSettings, config: GPTConfig, stream: Stream, device: Device, ranks: Ranks = ALONE
) -> str:
    """A run in one or two lines for people."""
    line = (
        f"{config.parameters / 1e6:.2f}M parameters, {plan.steps:,} steps of "
        f"{plan.rows * settings.context_length:,} tokens, "
        f"{plan.epochs:.2f} passes over {stream.text_tokens / 1e6:.2f}M tokens, on {device.label}"
        + (f", in {ranks.size} processes" if ranks.size > 1 else "")
    )
    if settings.dropout:
        line += f"\nkept from learning it by heart with a dropout of {settings.dropout:g}"
    if settings.teachers:
        line += f"\n{describe_teachers(settings)}"
    if settings.compile and not device.can_compile:
        line += "\nsteps are not compiled, which would be faster: there is no C++ compiler (g++)"
    if plan.epochs > MANY_EPOCHS:
        line += (
            f"\n{plan.epochs:.0f} passes are far more than help: the model will learn the stories by heart; "
            f"more text, a smaller --depth or a shorter run would be better"
        )
    return line


def describe_teachers(settings: TrainSettings) -> str:
    """Who teaches, in a line for people."""
    return f"taught by {' and '.join(settings.teacher_names)}: {settings.trust:.0%} of each target is theirs"


def measure(
    settings: TrainSettings,
    config: GPTConfig,
    stream: Stream,
    rows: int,
    micro_rows: int,
    device: Device,
    ranks: Ranks = ALONE,
    budget: float = MEASURE_SECONDS,
) -> float:
    """Seconds that a step takes on this machine, measured for `budget` seconds on a model that is thrown away."""
    model = device.place(GPT(config, settings.dropout or 0.0).initialize(settings.seed), compiled=settings.compile)
    optimizers = make_optimizers(model, settings)
    batch = batches(stream, rows)

    def step(number: int) -> float:
        return float(loop.train_step(model, optimizers, batch(number), device, ranks, micro_rows))

    return loop.seconds_per_step(step, budget, ranks)


def batches(stream: Stream, rows: int) -> loop.Batch:
    """The batches of a run over `stream`."""
    return lambda step: stream.rows(step * rows, rows)
