"""Mid-training: a model that goes on learning, from rows of something else."""

import shutil
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from tinytales.errors import MissingError, UsageError
from tinytales.evaluation.bits_per_byte import bits_per_byte
from tinytales.model import folder as standard
from tinytales.model.gpt import GPT
from tinytales.model.weights import load_model
from tinytales.storage import manifest, runs
from tinytales.storage.manifest import Manifest
from tinytales.terminal import note
from tinytales.tokenizer.token_files import TokenFile
from tinytales.training.agreement import frozen_settings, refuse_changes
from tinytales.training.batches import StoryStream
from tinytales.training.device import find_device
from tinytales.training.distillation import StoryFinder, ask, lineage_of, load_teachers
from tinytales.training.job import Job
from tinytales.training.optimizer import make_optimizers
from tinytales.training.plan import Plan, Stream, batches, describe_teachers, make_plan
from tinytales.training.run import carry_out, finish, freeze, read_frozen
from tinytales.training.schedule import Schedule
from tinytales.training.settings import MidTrainSettings, TrainSettings
from tinytales.training.train import QUICK_STORIES


@dataclass(frozen=True)
class Base:
    """A finished model to go on from: its folder and its `run.toml`."""

    folder: Path
    manifest: Manifest

    @classmethod
    def open(cls, folder: Path) -> "Base":
        """Open a model that `train` made; raises MissingError if it is none."""
        return cls(folder, manifest.read(folder, "model", standard.RUN))

    @property
    def settings(self) -> TrainSettings:
        """What it was trained with.

        Raises:
            MissingError: its `run.toml` doesn't say.
        """
        try:
            return TrainSettings(**self.manifest.facts["settings"])
        except (KeyError, TypeError, UsageError) as error:
            raise MissingError(
                f"the settings of {self.folder.name} can't be read: {error}", "train it again"
            ) from error

    def start(self, where: str) -> Path:
        """The folder with the weights to start from; see `MidTrainSettings.start`."""
        kept = self.manifest.facts.get("checkpoints", {}).get("full_learning_rate", "")
        path = self.folder / runs.CHECKPOINTS / Path(str(kept)).name
        return path if where == "full-rate" and kept and path.is_dir() else self.folder

    def said_start(self, start: Path) -> str:
        """Which of `settings.STARTS` such a folder is."""
        return "end" if start == self.folder else "full-rate"


def mid_train(
    base: Base,
    rows: Callable[[int], Stream],
    tokens_folder: Path,
    target: Path,
    settings: MidTrainSettings,
    *,
    facts: Mapping[str, Any],
    lineage: Mapping[str, Any],
    given: Collection[str] = (),
    files: Collection[Path] = (),
    go_on_with: str = "the same command",
) -> None:
    """Train a model on and write it as the standard folder `target`; a stopped run of `target` goes on.

    Args:
        base: the model to start from.
        rows: what to learn from, as long as the settings' context, in an order that a seed decides.
        tokens_folder: what the base learned from, for its tokenizer and the stories held out.
        target: the new model's folder; it must not exist.
        settings: of the run.
        facts: for `run.toml`, beside those of the run.
        lineage: what the new model comes from, its base included.
        given: the fields of `settings` that somebody chose: a stopped run that differs in them is not gone on with.
        files: copied into the model's folder.
        go_on_with: the command that goes on with the run, for whoever stops it.

    Raises:
        MissingError: something is missing or damaged.
        UsageError: there is too little to learn from, or the stopped run is another one.
        TinytalesError: the run goes on in another process, the loss is no longer a number, or the disk is full.
        KeyboardInterrupt: the run was stopped and can go on.
    """
    validation = TokenFile.open(tokens_folder, "valid")
    tokenizer, tokenizer_file = validation.tokenizer, tokens_folder / standard.TOKENIZER
    held_out = [np.asarray(story) for story in validation.stories()]
    with runs.claim(target) as folder:
        frozen = read_frozen(folder)
        of_run, start = _agree(frozen, base, settings, given)
        names = of_run.teacher_names
        lineage = {**lineage, **lineage_of(names)}
        if frozen is not None:
            if frozen.lineage != lineage:
                raise UsageError(
                    f"the stopped run of model {target.name} learns from something else", "begin another run: --fresh"
                )
            note(f"going on with the stopped run of model {target.name} (another one: --fresh)")
        device = find_device(of_run.precision)
        teachers = load_teachers(names, tokenizer_file, of_run.context_length, device)
        begun, stream = load_model(start), rows(of_run.seed)
        config = replace(begun.config, context_length=of_run.context_length)
        plan = Plan.from_facts(frozen.facts) if frozen else make_plan(of_run, config, stream, device)
        if frozen is None:
            found = {key: value for key, value in asdict(of_run).items() if value is not None}
            of_model = {"parameters": config.parameters, "start": base.said_start(start)}
            freeze(folder, target.name, {**facts, "settings": found, "plan": asdict(plan), **of_model}, lineage)
        note(
            f"from {base.folder.name}{'' if start == base.folder else f' at {start.name}'}: {plan.steps:,} steps of "
            f"{plan.rows * of_run.context_length:,} tokens, {plan.epochs:.2f} passes, on {device.label}"
            + (f"\nin stories {describe_teachers(of_run)}" if names else "")
        )

        batch = batches(stream, plan.rows)
        teaching = None
        if teachers:
            training = TokenFile.open(tokens_folder, "train")
            finder = StoryFinder(training.tokens, training.starts)
            stories = StoryStream(training.tokens, training.starts, of_run.context_length, of_run.seed)
            teaching = ask(teachers, stories, device, of_run.trust, lambda step: finder.places(batch(step)))

        def make_model() -> GPT:
            model = GPT(config, of_run.dropout or 0.0)
            model.load_state_dict(begun.state_dict())
            return model

        job = Job(
            make_model=make_model,
            make_optimizers=lambda model: make_optimizers(model, of_run),
            batch=batch,
            schedule=Schedule.over(plan.steps, of_run.warmup, of_run.warmdown),
            evaluate=lambda model: (
                bits_per_byte(
                    model, held_out[:QUICK_STORIES], tokenizer.byte_lengths, tokenizer.end_of_text
                ).bits_per_byte
            ),
            tokenizer_file=tokenizer_file,
            teaching=teaching,
            compiled=of_run.compile,
            micro_rows=plan.micro_rows,
            end_of_text=tokenizer.end_of_text,
            also_ends=(tokenizer.im_end,),
            checkpoint_seconds=of_run.checkpoint_seconds,
            go_on_with=go_on_with,
        )
        model = carry_out(job, folder, device)
        result = bits_per_byte(model, held_out, tokenizer.byte_lengths, tokenizer.end_of_text)
        for path in files:
            shutil.copyfile(path, folder / path.name)
        finish(job, model, folder, target, {"validation": asdict(result)})


def _agree(
    frozen: Manifest | None, base: Base, settings: MidTrainSettings, given: Collection[str]
) -> tuple[TrainSettings, Path]:
    """The settings of the run and the folder it starts from: those of the stopped run, where there is one."""
    of_run, start = settings.after(base.settings), base.start(settings.start)
    if frozen is None:
        return of_run, start
    begun_at = str(frozen.facts.get("start"))
    refuse_changes(frozen, {"start": begun_at}, {"start": base.said_start(start)}, given)
    rates = {"learning_rate", "embedding_learning_rate"} if "rate" in given else set()
    return frozen_settings(frozen, of_run, {*given, *rates}), base.start(begun_at)
