"""Pre-training: from a token folder to a model folder."""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tinytales.evaluation.bits_per_byte import BitsPerByte, bits_per_byte
from tinytales.model import folder as standard
from tinytales.model.gpt import GPT
from tinytales.storage import manifest, runs
from tinytales.terminal import note
from tinytales.tokenizer.token_files import TokenFile
from tinytales.training.agreement import check_tokens, frozen_settings
from tinytales.training.batches import StoryStream
from tinytales.training.device import find_device
from tinytales.training.optimizer import make_optimizers
from tinytales.training.plan import Plan, batches, make_plan
from tinytales.training.run import Job, carry_out, finish, freeze, read_frozen
from tinytales.training.schedule import Schedule
from tinytales.training.settings import TrainSettings

QUICK_STORIES = 100  # measured on during a run


@dataclass(frozen=True)
class TrainResult:
    """A finished run: its folder, and how well its model predicts the whole validation split."""

    folder: Path
    validation: BitsPerByte


def train(
    tokens_folder: Path,
    target: Path,
    settings: TrainSettings,
    *,
    given: Collection[str] = (),
    go_on_with: str = "the same command",
) -> TrainResult:
    """Train a model on a token folder and write it as the standard folder `target`.

    If a run of `target` was stopped, it goes on.

    Args:
        tokens_folder: holds `train.bin`, `valid.bin` and `tokenizer.json`.
        target: the model's folder; it must not exist.
        settings: of the run.
        given: the fields of `settings` that somebody chose: a stopped run that differs in them is not gone on with.
        go_on_with: the command that goes on with the run, for whoever stops it.

    Raises:
        MissingError: the token folder is missing or damaged.
        UsageError: there is too little text for one batch, or the stopped run is another one.
        TinytalesError: the run is going on in another process, the loss is no longer a number, or the disk is full.
        KeyboardInterrupt: the run was stopped and can go on.
    """
    parent = manifest.read(tokens_folder, "tokens")
    training, validation = (TokenFile.open(tokens_folder, split) for split in ("train", "valid"))
    tokenizer = training.tokenizer
    device = find_device()
    held_out = [np.asarray(story) for story in validation.stories()]

    def evaluate(model: GPT, stories: list[NDArray[np.uint16]]) -> BitsPerByte:
        return bits_per_byte(model, stories, tokenizer.byte_lengths, tokenizer.end_of_text)

    with runs.claim(target) as folder:
        frozen = read_frozen(folder)
        if frozen is not None:
            check_tokens(frozen, parent)
            settings = frozen_settings(frozen, settings, given)
        stream = StoryStream(training.tokens, training.starts, settings.seed)
        config = settings.model(tokenizer.vocab_size)
        plan = Plan.from_facts(frozen.facts) if frozen else make_plan(settings, config, stream, device)
        if frozen is None:
            facts = {
                "settings": {key: value for key, value in asdict(settings).items() if value is not None},
                "plan": asdict(plan),
                "parameters": config.parameters,
            }
            freeze(folder, target.name, facts, parent.as_parent())
        else:
            note(f"going on with the stopped run of model {target.name} (another one: --fresh)")
        note(
            f"{config.parameters / 1e6:.2f}M parameters, {plan.steps:,} steps of "
            f"{plan.rows * settings.context_length:,} tokens, "
            f"{plan.epochs:.2f} passes over {stream.epoch_tokens / 1e6:.2f}M tokens, on {device.label}"
        )
        job = Job(
            make_model=lambda: GPT(config).initialize(settings.seed),
            make_optimizers=lambda model: make_optimizers(model, settings),
            batch=batches(stream, plan.rows, settings.context_length),
            schedule=Schedule.over(plan.steps, settings.warmup, settings.warmdown),
            evaluate=lambda model: evaluate(model, held_out[:QUICK_STORIES]).bits_per_byte,
            tokenizer_file=tokens_folder / standard.TOKENIZER,
            end_of_text=tokenizer.end_of_text,
            checkpoint_seconds=settings.checkpoint_seconds,
            go_on_with=go_on_with,
        )
        model = carry_out(job, folder, device)
        result = evaluate(model, held_out)
        finish(job, model, folder, target, {"validation": asdict(result)})
    return TrainResult(target, result)
