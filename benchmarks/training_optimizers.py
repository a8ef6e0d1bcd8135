"""Muon and AdamW in one run: the same model, stories, batch and time; bits per byte on stories held out.

    uv run python -m benchmarks.training_optimizers [TOKENS] [--minutes 10] [--seeds 3] [--shape 4x128]

AdamW's learning rate is swept with the first seed, and the best goes on with the others; Muon's is the default. Each
contender gets as many steps as fit into the time, by what its own step takes.
"""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from statistics import mean, stdev

import numpy as np

from tinytales.evaluation.bits_per_byte import bits_per_byte
from tinytales.model.gpt import GPT
from tinytales.settings import resolve
from tinytales.storage.shelf import TOKENS
from tinytales.tokenizer.token_files import TokenFile
from tinytales.training import loop
from tinytales.training.batches import StoryStream
from tinytales.training.device import find_device
from tinytales.training.optimizer import AdamW, Optimizer, make_optimizers
from tinytales.training.plan import batches
from tinytales.training.schedule import Schedule
from tinytales.training.settings import BOUNDS, TrainSettings

RATES = (0.002, 0.004, 0.008, 0.016)  # AdamW's

Optimizers = Callable[[GPT], Sequence[Optimizer]]


@dataclass(frozen=True)
class Result:
    """How a run ended."""

    steps: int
    bits_per_byte: float


def adamw(rate: float) -> Optimizers:
    """AdamW for everything, decaying matrices as is usual."""

    def make(model: GPT) -> list[Optimizer]:
        matrices = [parameter for parameter in model.blocks.parameters() if parameter.ndim >= 2]
        rest = [model.embedding, *(parameter for parameter in model.parameters() if parameter.ndim == 1)]
        return [AdamW(matrices, rate, weight_decay=0.1), AdamW(rest, rate)]

    return make


def train(name: str, settings: TrainSettings, optimizers: Optimizers, minutes: float) -> Result:
    """Train for so long; the model's bits per byte on all stories held out."""
    folder = TOKENS.find(name)
    training, validation = (TokenFile.open(folder, split) for split in ("train", "valid"))
    stream = StoryStream(training.tokens, training.starts, settings.context_length, settings.seed)
    batch = batches(stream, round(settings.batch_tokens / settings.context_length))
    device = find_device()
    config = settings.model(training.tokenizer.vocab_size)
    model = GPT(config).initialize(settings.seed)
    made = optimizers(model)
    seconds = loop.seconds_per_step(lambda step: float(loop.train_step(model, made, batch(step), device)), 10)
    schedule = Schedule.over(max(10, int(minutes * 60 / seconds)), settings.warmup, settings.warmdown)
    model = GPT(config).initialize(settings.seed)
    for _ in loop.run(loop.State(model, optimizers(model)), batch, schedule, device):
        pass
    stories = [np.asarray(story) for story in validation.stories()]
    tokenizer = training.tokenizer
    found = bits_per_byte(model.eval(), stories, tokenizer.byte_lengths, tokenizer.end_of_text)
    return Result(schedule.steps, found.bits_per_byte)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tokens", nargs="?")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--shape", default="4x128", help="layers x width")
    arguments = parser.parse_args()
    depth, width = map(int, arguments.shape.split("x"))
    flags = {"depth": depth, "width": width, "steps": 1}
    settings = resolve(TrainSettings, "train", flags=flags, preset="demo", exclusive=BOUNDS).value

    def runs(label: str, optimizers: Callable[[TrainSettings], Optimizers], seeds: Sequence[int]) -> list[float]:
        found = []
        for seed in seeds:
            of_seed = replace(settings, seed=seed)
            result = train(arguments.tokens, of_seed, optimizers(of_seed), arguments.minutes)
            print(f"{label}, seed {seed}: {result.steps:,} steps, {result.bits_per_byte:.4f}", flush=True)
            found.append(result.bits_per_byte)
        return found

    swept = {rate: runs(f"AdamW at {rate}", lambda _, rate=rate: adamw(rate), [0])[0] for rate in RATES}
    best = min(swept, key=swept.__getitem__)
    others = range(1, arguments.seeds)
    theirs = [swept[best], *runs(f"AdamW at {best}", lambda _: adamw(best), others)]
    ours = runs("Muon and AdamW", lambda chosen: lambda model: make_optimizers(model, chosen), range(arguments.seeds))
    print(
        f"{arguments.shape}: Muon {mean(ours):.4f}, AdamW at {best} {mean(theirs):.4f}: {mean(ours) / mean(theirs):.3f}"
    )
    if arguments.seeds > 1:
        print(f"spread of the seeds: {stdev(ours):.4f} and {stdev(theirs):.4f}")


if __name__ == "__main__":
    main()
