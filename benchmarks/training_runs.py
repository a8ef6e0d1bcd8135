"""Short training runs for comparisons: from a token folder to bits per byte on the stories it holds out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from tinytales.evaluation.bits_per_byte import bits_per_byte
from tinytales.model.config import GPTConfig
from tinytales.model.gpt import GPT
from tinytales.settings import resolve
from tinytales.storage.shelf import TOKENS
from tinytales.tokenizer.token_files import TokenFile
from tinytales.training import loop
from tinytales.training.batches import StoryStream
from tinytales.training.device import Device, find_device
from tinytales.training.optimizer import AdamW, Optimizer, make_optimizers
from tinytales.training.plan import batches
from tinytales.training.schedule import Schedule
from tinytales.training.settings import BOUNDS, TrainSettings

Optimizers = Callable[[GPT, TrainSettings], Sequence[Optimizer]]
FEWEST_STEPS = 10


@dataclass(frozen=True)
class Result:
    """How a run ended.

    Attributes:
        steps: that it took.
        bits_per_byte: on all stories held out.
    """

    steps: int
    bits_per_byte: float


def settings_of(**flags: object) -> TrainSettings:
    """The settings of preset demo with some changed; `steps` where no bound is among them."""
    bound = {} if flags.keys() & set(BOUNDS) else {"steps": 1}
    return resolve(TrainSettings, "train", flags={**bound, **flags}, preset="demo", exclusive=BOUNDS).value


def run(
    tokens: str | None,
    settings: TrainSettings,
    *,
    minutes: float | None = None,
    make: Optimizers = make_optimizers,
    make_model: Callable[[GPTConfig, float], GPT] = GPT,
) -> Result:
    """Train and measure.

    Args:
        tokens: name of a token folder; the newest if None.
        settings: bound by steps, tokens or epochs.
        minutes: as many steps as fit into this time instead, by what a step of this contender takes.
        make: the optimizers.
        make_model: a GPT, or something like one, of a configuration and a dropout.
    """
    folder = TOKENS.find(tokens)
    training, validation = (TokenFile.open(folder, split) for split in ("train", "valid"))
    stream = StoryStream(training.tokens, training.starts, settings.context_length, settings.seed)
    rows = max(1, round(settings.batch_tokens / settings.context_length))
    batch, device = batches(stream, rows), find_device()
    config = settings.model(training.tokenizer.vocab_size)

    def fresh() -> GPT:
        return device.place(
            make_model(config, settings.dropout or 0.0).initialize(settings.seed), compiled=settings.compile
        )

    if minutes is not None:
        steps = int(minutes * 60 / _seconds_per_step(fresh(), settings, make, batch, device))
    elif settings.steps is not None:
        steps = settings.steps
    else:
        wanted = settings.tokens or (settings.epochs or 1) * stream.epoch_tokens
        steps = round(wanted / (rows * settings.context_length))
    schedule = Schedule.over(max(FEWEST_STEPS, steps), settings.warmup, settings.warmdown)
    model = fresh()
    for _ in loop.run(loop.State(model, make(model, settings)), batch, schedule, device):
        pass
    stories = [np.asarray(story) for story in validation.stories()]
    tokenizer = training.tokenizer
    found = bits_per_byte(model, stories, tokenizer.byte_lengths, tokenizer.end_of_text)
    return Result(schedule.steps, found.bits_per_byte)


def adamw(rate: float) -> Optimizers:
    """AdamW for everything, decaying matrices as is usual."""

    def make(model: GPT, settings: TrainSettings) -> list[Optimizer]:
        matrices = [parameter for parameter in model.blocks.parameters() if parameter.ndim >= 2]
        rest = [model.embedding, *(parameter for parameter in model.parameters() if parameter.ndim == 1)]
        return [AdamW(matrices, rate, weight_decay=0.1), AdamW(rest, rate)]

    return make


def _seconds_per_step(
    model: GPT, settings: TrainSettings, make: Optimizers, batch: loop.Batch, device: Device
) -> float:
    optimizers = make(model, settings)
    return loop.seconds_per_step(lambda step: float(loop.train_step(model, optimizers, batch(step), device)), 10)
