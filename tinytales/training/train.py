"""Pre-training: from a token folder to a model folder."""

import json
import os
from collections.abc import Collection
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tinytales.errors import UsageError
from tinytales.evaluation.bits_per_byte import BitsPerByte, bits_per_byte
from tinytales.model import folder as standard
from tinytales.model.gpt import GPT
from tinytales.storage import manifest, runs
from tinytales.storage.manifest import Manifest
from tinytales.terminal import note
from tinytales.tokenizer.token_files import TokenFile
from tinytales.training.agreement import check_teachers, check_tokens, frozen_settings
from tinytales.training.batches import StoryStream
from tinytales.training.checkpoint import step_of
from tinytales.training.device import find_device
from tinytales.training.distillation import ask, lineage_of, load_teachers
from tinytales.training.job import Job
from tinytales.training.optimizer import make_optimizers
from tinytales.training.plan import Plan, batches, describe, make_plan
from tinytales.training.ranks import ALONE, Ranks
from tinytales.training.run import carry_out, finish, freeze, read_frozen
from tinytales.training.schedule import Schedule
from tinytales.training.settings import TrainSettings

QUICK_STORIES = 100  # measured on during a run


def train(
    tokens_folder: Path,
    target: Path,
    settings: TrainSettings,
    *,
    given: Collection[str] = (),
    go_on_with: str = "the same command",
    ranks: Ranks = ALONE,
) -> None:
    """Train a model on a token folder and write it as the standard folder `target`.

    If a run of `target` was stopped, it goes on.

    Args:
        tokens_folder: holds `train.bin`, `valid.bin` and `tokenizer.json`.
        target: the model's folder; it must not exist.
        settings: of the run.
        given: the fields of `settings` that somebody chose: a stopped run that differs in them is not gone on with.
        go_on_with: the command that goes on with the run, for whoever stops it.
        ranks: the processes that train together; each calls this with the same arguments.

    Raises:
        MissingError: the token folder is missing or damaged.
        UsageError: there is too little text for one batch, or the stopped run is another one.
        TinytalesError: the run is going on in another process, the loss is no longer a number, or the disk is full.
        KeyboardInterrupt: the run was stopped and can go on.
    """
    parent = manifest.read(tokens_folder, "tokens")
    training, validation = (TokenFile.open(tokens_folder, split) for split in ("train", "valid"))
    tokenizer = training.tokenizer
    held_out = [np.asarray(story) for story in validation.stories()]

    def evaluate(model: GPT, stories: list[NDArray[np.uint16]]) -> BitsPerByte:
        return bits_per_byte(model, stories, tokenizer.byte_lengths, tokenizer.end_of_text)

    ranks = ranks.led_by_the_furthest(_progress(target))
    with runs.claim(target) if ranks.leads else nullcontext() as folder:
        settings, plan = _agree(folder, parent, settings, given, ranks)
        device = find_device(settings.precision)
        stream = StoryStream(training.tokens, training.starts, settings.context_length, settings.seed)
        config = settings.model(tokenizer.vocab_size)
        names, tokenizer_file = settings.teacher_names, tokens_folder / standard.TOKENIZER
        teachers = load_teachers(names, tokenizer_file, settings.context_length, device)
        if plan is None:
            plan = make_plan(settings, config, stream, device, ranks)
            settings = settings.regularised(plan.epochs, config.parameters, stream.text_tokens)
            if folder is not None:
                facts = {"settings": _without_none(settings), "plan": asdict(plan), "parameters": config.parameters}
                freeze(folder, target.name, facts, {**parent.as_parent(), **lineage_of(names)})
        if ranks.leads:
            note(describe(plan, settings, config, stream, device, ranks))
        rows = plan.rows

        def places(step: int) -> NDArray[np.int64]:
            return stream.places(step * rows, rows)

        job = Job(
            make_model=lambda: GPT(config, settings.dropout or 0.0).initialize(settings.seed),
            make_optimizers=lambda model: make_optimizers(model, settings),
            batch=batches(stream, plan.rows),
            schedule=Schedule.over(plan.steps, settings.warmup, settings.warmdown),
            evaluate=lambda model: evaluate(model, held_out[:QUICK_STORIES]).bits_per_byte,
            tokenizer_file=tokenizer_file,
            teaching=ask(teachers, stream, device, settings.trust, places) if teachers else None,
            compiled=settings.compile,
            micro_rows=plan.micro_rows,
            end_of_text=tokenizer.end_of_text,
            sample_prompt=settings.sample_prompt,
            checkpoint_seconds=settings.checkpoint_seconds,
            go_on_with=go_on_with,
        )
        model = carry_out(job, folder, device, ranks)
        if folder is not None:
            finish(job, model, folder, target, {"validation": asdict(evaluate(model, held_out))})


def _progress(target: Path) -> int:
    """How fit this process is to lead: by how far a stopped run of `target` is here; only a machine's first can."""
    if os.environ.get("LOCAL_RANK", "0") != "0":
        return -1
    checkpoints = runs.Run(target.name, runs.unfinished(target), finished=False).checkpoints
    return step_of(checkpoints[-1]) if checkpoints else 0


def _agree(
    folder: Path | None, tokens: Manifest, settings: TrainSettings, given: Collection[str], ranks: Ranks
) -> tuple[TrainSettings, Plan | None]:
    """The settings that all processes train with, and the plan if the run was stopped before."""

    def leader_says() -> bytes:
        assert folder is not None, "only the leading process is asked"
        agreed, plan = settings, None
        frozen = read_frozen(folder)
        if frozen is not None:
            check_tokens(frozen, tokens)
            agreed, plan = frozen_settings(frozen, settings, given), asdict(Plan.from_facts(frozen.facts))
            check_teachers(frozen, lineage_of(agreed.teacher_names))
            note(f"going on with the stopped run of model {frozen.name} (another one: --fresh)")
        return json.dumps({"settings": asdict(agreed), "plan": plan, "tokens": tokens.identity}).encode()

    said = json.loads(ranks.from_leader(leader_says))
    if said["tokens"] != tokens.identity:
        raise UsageError(
            f"this node's tokens {tokens.name} are not those of the leading one", "give all nodes the same files"
        )
    return TrainSettings(**said["settings"]), Plan(**said["plan"]) if said["plan"] else None


def _without_none(settings: TrainSettings) -> dict[str, object]:
    """Settings as TOML values."""
    return {key: value for key, value in asdict(settings).items() if value is not None}
