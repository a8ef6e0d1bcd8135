"""A run: the loop with all that is kept of it, for `train` and `mid-train` alike.

A caller writes down what the run is (a `Job`), claims the folder of the unfinished run, freezes into its `run.toml`
what a resumed run must share, and lets it be carried out:

    with runs.claim(target) as folder:
        if (frozen := read_frozen(folder)) is None:
            freeze(folder, target.name, facts={"settings": …, "plan": …}, lineage=…)
        model = carry_out(job, folder, device)
        finish(job, model, folder, target, facts={…})

Wherever the process ends in between, the same lines go on from the newest checkpoint, and on one CPU process every
loss is the same to the last bit as without the stop. A checkpoint is always of the moment right after a step, before
anything is reported, measured or told there: a resumed run does all of that again.
"""

import errno
import json
import math
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from tinytales.errors import TinytalesError
from tinytales.model.gpt import GPT
from tinytales.storage import atomic, manifest, runs
from tinytales.storage.manifest import Manifest
from tinytales.storage.runs import METRICS, RUN
from tinytales.terminal import note, progress
from tinytales.training import checkpoint, interruption, loop
from tinytales.training.device import Device
from tinytales.training.loop import Batch, State
from tinytales.training.saving import save_model
from tinytales.training.schedule import Schedule

LOSS_INTERVAL = 10  # steps between two looks at the loss: each look waits for the device
EVALUATIONS = 5  # in a run, evenly spread, the last at its end
SAVING_SHARE = 0.02  # of the time at most goes into checkpoints that are written for safety


@dataclass(frozen=True)
class Job:
    """What a run does, decided before it starts. It must be the same when the run goes on after a stop.

    Attributes:
        make_model: the model as the run begins, on the CPU: fresh weights, or `load_model` of a finished model or of
            one of its checkpoints.
        make_optimizers: its optimizers; the learning rates that they hold are the schedule's full ones, and all that
            they remember is tensors in their `state`.
        batch: the rows of a step, (rows, length + 1) token ids, a function of the step alone. Targets of -1 don't
            count: the loss is divided by the number of those that do.
        schedule: share of the full learning rate by step, and how many steps there are.
        evaluate: bits per byte on a few stories held out, for `metrics.jsonl`.
        tokenizer_file: the `tokenizer.json` that goes into the model's folder.
        end_of_text: id of `<|endoftext|>`.
        checkpoint_seconds: at most so much work is lost to a crash; more where writing takes long.
        go_on_with: the command that goes on with the run, for whoever stops it.
    """

    make_model: Callable[[], GPT]
    make_optimizers: Callable[[GPT], Sequence[torch.optim.Optimizer]]
    batch: Batch
    schedule: Schedule
    evaluate: Callable[[GPT], float]
    tokenizer_file: Path
    end_of_text: int
    checkpoint_seconds: float = 60.0
    go_on_with: str = "the same command"

    @property
    def evaluation_steps(self) -> set[int]:
        """Where bits per byte are measured."""
        return {max(1, round(self.schedule.steps * share / EVALUATIONS)) for share in range(1, EVALUATIONS + 1)}

    @property
    def last_full_step(self) -> int:
        """The last step before the learning rate comes down: whoever trains on begins there."""
        return self.schedule.steps - self.schedule.warmdown_steps


def freeze(folder: Path, name: str, facts: Mapping[str, Any], lineage: Mapping[str, Any]) -> Manifest:
    """Begin a run: write down in `run.toml` what it is. `facts` are TOML values."""
    return manifest.seal(folder, kind="model", name=name, facts=facts, lineage=lineage, file_name=RUN)


def read_frozen(folder: Path) -> Manifest | None:
    """What the stopped run in `folder` is; None if there is none.

    Raises:
        MissingError: its `run.toml` is damaged.
    """
    if not (folder / RUN).is_file():
        return None
    # The sizes in it are of a model that was about to be finished; they don't bind a run that goes on.
    return manifest.read_document(folder, "model", RUN)


def carry_out(job: Job, folder: Path, device: Device) -> GPT:
    """Train from the newest whole checkpoint in `folder`, or from the start, to the end; the model.

    Raises:
        KeyboardInterrupt: somebody asked to stop; a checkpoint is written, and the message says how to go on.
        TinytalesError: the loss is no longer a number, or the disk is full; the last checkpoint stays.
    """
    with _explain_a_full_disk(job, folder), interruption.listen() as stop:
        state, metrics_bytes = _begin(job, folder, device)
        runs.cut_metrics(folder, metrics_bytes)
        with _Keeper(job, folder, state) as keeper:
            for step in loop.run(state, job.batch, job.schedule, device):
                if stop.requested or keeper.wants_checkpoint():
                    keeper.save()
                if stop.requested:
                    raise KeyboardInterrupt(
                        f"stopped at step {step:,} of {job.schedule.steps:,}; go on with: {job.go_on_with}"
                    )
                keeper.look()
    return state.model


def finish(job: Job, model: GPT, folder: Path, target: Path, facts: Mapping[str, Any]) -> Manifest:
    """Make the finished model of a run: write the standard folder, seal it and rename it to `target`.

    Of the checkpoints, those that are worth something stay: the last before the learning rate came down, and the best
    if it is better than the model.

    Args:
        job: what was carried out.
        model: what came of it.
        folder: the run's.
        target: the model's.
        facts: for `run.toml`, beside what was frozen.
    """
    frozen = read_frozen(folder)
    assert frozen is not None, "a run is frozen before it is carried out"
    with _explain_a_full_disk(job, folder):
        kept = _worth_keeping(job, folder)
        checkpoint.prune(folder, kept.values())
        save_model(model, folder, tokenizer_file=job.tokenizer_file, end_of_text=job.end_of_text)
        sealed = manifest.seal(
            folder,
            kind="model",
            name=target.name,
            facts={**frozen.facts, **facts, "checkpoints": {why: f"step-{step:08}" for why, step in kept.items()}},
            lineage=frozen.lineage,
            file_name=RUN,
        )
        runs.finish(folder, target)
    return sealed


def _begin(job: Job, folder: Path, device: Device) -> tuple[State, int]:
    """The state to go on from, and the length of `metrics.jsonl` there."""

    def fresh() -> State:
        model = job.make_model().to(device.name)
        return State(model, job.make_optimizers(model))

    state = fresh()
    metrics_bytes = checkpoint.read_newest(folder, state)
    if metrics_bytes is None:
        return fresh(), 0  # a damaged checkpoint may have changed the first one in part
    note(f"going on from step {state.step:,} of {job.schedule.steps:,}")
    return state, metrics_bytes


def _worth_keeping(job: Job, folder: Path) -> dict[str, int]:
    """The steps of the checkpoints that stay with a finished model, by why they do."""
    there = {checkpoint.step_of(path) for path in (folder / runs.CHECKPOINTS).glob("step-*")}
    kept = {"full_learning_rate": job.last_full_step}
    measured = _measured(folder)
    if measured and (best := min(measured, key=lambda step: measured[step])) != job.schedule.steps:
        kept["best"] = best
    return {why: step for why, step in kept.items() if step in there}


def _measured(folder: Path) -> dict[int, float]:
    """Bits per byte by step, as far as they were measured."""
    return {row["step"]: row["bits_per_byte"] for row in runs.read_metrics(folder) if "bits_per_byte" in row}


@dataclass
class _Keeper:
    """Everything that happens at the boundaries of a run's steps: checkpoints, metrics, what a person sees."""

    job: Job
    folder: Path
    state: State
    _saved_at: float = field(default_factory=time.monotonic)
    _saving_seconds: float = 0.0
    _idle_seconds: float = 0.0
    _detail: str = ""

    def __enter__(self) -> "_Keeper":
        self._metrics = (self.folder / METRICS).open("ab")
        shape = self.job.batch(0).shape
        left = (self.job.schedule.steps - self.state.step) * shape[0] * (shape[1] - 1)
        self._bar = progress("training", left, "tokens").__enter__()
        self._looked_at, self._looked_tokens = time.monotonic(), self.state.tokens
        return self

    def __exit__(self, *exception: Any) -> None:
        self._bar.__exit__(*exception)
        self._metrics.close()

    def wants_checkpoint(self) -> bool:
        """Whether this is the time for one: before measuring, before the learning rate comes down, or for safety."""
        step = self.state.step
        if step in self.job.evaluation_steps or step == self.job.last_full_step > 0:
            return True
        interval = max(self.job.checkpoint_seconds, self._saving_seconds / SAVING_SHARE)
        return step > 0 and time.monotonic() - self._saved_at > interval

    def save(self) -> None:
        """Write a checkpoint, unless this step has one, and remove those that are no longer needed."""
        state, path = self.state, checkpoint.path_of(self.folder, self.state.step)
        if path.exists():
            return
        self._check(all(bool(parameter.isfinite().all()) for parameter in state.model.parameters()))
        started = time.monotonic()
        os.fsync(self._metrics.fileno())
        with atomic.new_folder(path) as folder:
            save_model(state.model, folder, tokenizer_file=self.job.tokenizer_file, end_of_text=self.job.end_of_text)
            checkpoint.write(folder, state, self._metrics.tell())
        steps = sorted(checkpoint.step_of(path) for path in path.parent.glob("step-*"))
        measured = _measured(self.folder)
        best = min(measured, key=lambda step: measured[step], default=0)
        checkpoint.prune(self.folder, {*steps[-checkpoint.KEPT :], best, self.job.last_full_step})
        self._saved_at = time.monotonic()
        self._saving_seconds = self._saved_at - started
        self._idle_seconds += self._saving_seconds

    def look(self) -> None:
        """Write a row of metrics if it is time for one, and show it."""
        state, steps = self.state, self.job.schedule.steps
        if not state.unseen_steps or not (
            state.step % LOSS_INTERVAL == 0 or state.step in self.job.evaluation_steps or state.step == steps
        ):
            return
        loss = state.take_loss()
        self._check(math.isfinite(loss))
        seconds = time.monotonic() - self._looked_at - self._idle_seconds
        advanced = state.tokens - self._looked_tokens
        row = {"step": state.step, "tokens": state.tokens, "loss": loss, "tokens_per_second": round(advanced / seconds)}
        if state.step in self.job.evaluation_steps:
            row["bits_per_byte"] = self.job.evaluate(state.model)
            self._detail = f", {row['bits_per_byte']:.3f} bits per byte"
        self._metrics.write(json.dumps(row).encode() + b"\n")
        self._metrics.flush()
        self._bar.advance(advanced, f"step {state.step}/{steps}, loss {loss:.3f}{self._detail}")
        self._looked_at, self._looked_tokens, self._idle_seconds = time.monotonic(), state.tokens, 0.0

    def _check(self, finite: bool) -> None:
        if finite:
            return
        steps = [checkpoint.step_of(path) for path in (self.folder / runs.CHECKPOINTS).glob("step-*")]
        kept = f"; its checkpoint of step {max(steps):,} is kept" if steps else ""
        raise TinytalesError(
            f"the loss is not a number at step {self.state.step:,}{kept}",
            "begin again with a lower --learning-rate: --fresh",
        )


@contextmanager
def _explain_a_full_disk(job: Job, folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise TinytalesError(
            f"the disk is full; the checkpoints in {folder} are whole",
            f"make room, then go on with: {job.go_on_with}",
        ) from error
