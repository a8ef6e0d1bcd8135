"""Pre-training: from a token folder to a model folder."""

import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tinytales.errors import UsageError
from tinytales.evaluation.bits_per_byte import BitsPerByte, bits_per_byte
from tinytales.model import folder as standard
from tinytales.model.config import GPTConfig
from tinytales.model.gpt import GPT
from tinytales.model.weights import save_weights
from tinytales.storage import atomic, manifest
from tinytales.terminal import note, progress
from tinytales.tokenizer.chat_template import tokenizer_config
from tinytales.tokenizer.token_files import TokenFile
from tinytales.training import loop
from tinytales.training.batches import StoryStream
from tinytales.training.device import Device, find_device
from tinytales.training.optimizer import make_optimizers
from tinytales.training.schedule import Schedule
from tinytales.training.settings import TrainSettings

METRICS = "metrics.jsonl"
DEFAULT_MINUTES = 60.0
MEASURE_SECONDS = 4.0  # to turn a bound in minutes into steps
EVALUATIONS = 5  # during a run, each on the same few stories
QUICK_STORIES = 100
FEWEST_STEPS = 10


@dataclass(frozen=True)
class Plan:
    """A run, decided before it starts.

    Attributes:
        config: the model's shape.
        steps: optimizer steps.
        rows: rows of a step.
        epochs: passes over the corpus that they make.
    """

    config: GPTConfig
    steps: int
    rows: int
    epochs: float


@dataclass(frozen=True)
class TrainResult:
    """A finished run: its folder, and how well its model predicts the whole validation split."""

    folder: Path
    validation: BitsPerByte


def train(tokens_folder: Path, target: Path, settings: TrainSettings) -> TrainResult:
    """Train a model on a token folder and write it as the standard folder `target`.

    Raises:
        MissingError: the token folder is missing or damaged.
        UsageError: there is too little text for one batch.
    """
    parent = manifest.read(tokens_folder, "tokens")
    training, validation = (TokenFile.open(tokens_folder, split) for split in ("train", "valid"))
    tokenizer = training.tokenizer
    stream = StoryStream(training.tokens, training.starts, settings.seed)
    device = find_device()
    plan = make_plan(settings, tokenizer.vocab_size, stream, device)
    note(
        f"{plan.config.parameters / 1e6:.2f}M parameters, {plan.steps:,} steps of "
        f"{plan.rows * settings.context_length:,} tokens, "
        f"{plan.epochs:.2f} passes over {stream.epoch_tokens / 1e6:.2f}M tokens, on {device.label}"
    )
    held_out = [np.asarray(story) for story in validation.stories()]

    def evaluate(model: GPT, stories: list[NDArray[np.uint16]]) -> BitsPerByte:
        return bits_per_byte(model, stories, tokenizer.byte_lengths, tokenizer.end_of_text)

    with atomic.new_folder(target) as folder:
        model = _run(plan, settings, stream, device, folder, lambda model: evaluate(model, held_out[:QUICK_STORIES]))
        result = evaluate(model, held_out)
        save_model(model, folder, tokenizer_file=tokens_folder / standard.TOKENIZER, end_of_text=tokenizer.end_of_text)
        facts = {
            "settings": {key: value for key, value in asdict(settings).items() if value is not None},
            "plan": {"steps": plan.steps, "rows": plan.rows, "epochs": plan.epochs},
            "parameters": plan.config.parameters,
            "validation": asdict(result),
        }
        manifest.seal(
            folder, kind="model", name=target.name, facts=facts, lineage=parent.as_parent(), file_name=standard.RUN
        )
    return TrainResult(target, result)


def make_plan(settings: TrainSettings, vocab_size: int, stream: StoryStream, device: Device) -> Plan:
    """Decide the length of a run; a bound in minutes is measured."""
    config = settings.model(vocab_size)
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
        batch = _batches(stream, rows, settings.context_length)
        seconds = loop.seconds_per_step(throwaway, make_optimizers(throwaway, settings), batch, device, MEASURE_SECONDS)
        steps = max(FEWEST_STEPS, int((settings.minutes or DEFAULT_MINUTES) * 60 / seconds))
    steps = max(1, steps)
    return Plan(config, steps, rows, steps * batch_tokens / stream.epoch_tokens)


def save_model(model: GPT, folder: Path, *, tokenizer_file: Path, end_of_text: int) -> None:
    """Write the standard folder: configuration, weights, tokenizer."""
    standard.write_config(folder, model.config, end_of_text)
    save_weights(model, folder / standard.WEIGHTS)
    shutil.copyfile(tokenizer_file, folder / standard.TOKENIZER)
    atomic.write_text(folder / standard.TOKENIZER_CONFIG, tokenizer_config(model.config.context_length))


def _batches(stream: StoryStream, rows: int, length: int) -> Callable[[int], loop.Rows]:
    return lambda step: stream.rows(step * rows, rows, length)


def _run(
    plan: Plan,
    settings: TrainSettings,
    stream: StoryStream,
    device: Device,
    folder: Path,
    evaluate: Callable[[GPT], BitsPerByte],
) -> GPT:
    """The loop with everything that is seen of it: progress, metrics, measurements along the way."""
    model = GPT(plan.config).initialize(settings.seed).to(device.name)
    schedule = Schedule.over(plan.steps, settings.warmup, settings.warmdown)
    evaluation_steps = {round(plan.steps * share / EVALUATIONS) for share in range(1, EVALUATIONS)}
    reports = loop.run(
        model,
        make_optimizers(model, settings),
        _batches(stream, plan.rows, settings.context_length),
        schedule,
        device,
    )
    total = plan.steps * plan.rows * settings.context_length
    seen, measured = 0, ""
    with (folder / METRICS).open("w", encoding="utf-8") as metrics, progress("training", total, "tokens") as bar:
        for report in reports:
            row = {**asdict(report)}
            due = {step for step in evaluation_steps if step <= report.step}
            if due:
                evaluation_steps -= due
                row["bits_per_byte"] = evaluate(model).bits_per_byte
                measured = f", {row['bits_per_byte']:.3f} bits per byte"
            metrics.write(json.dumps(row) + "\n")
            metrics.flush()
            bar.advance(report.tokens - seen, f"step {report.step}/{plan.steps}, loss {report.loss:.3f}{measured}")
            seen = report.tokens
    return model
