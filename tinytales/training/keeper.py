"""Everything that happens at the boundaries of a run's steps: checkpoints, metrics, samples, what a person sees.

A checkpoint is always of the moment right after a step, before anything is reported, measured or told there: a resumed
run does all of that again.
"""

import errno
import json
import math
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from tinytales.errors import TinytalesError
from tinytales.storage import atomic, runs
from tinytales.storage.runs import METRICS
from tinytales.training import checkpoint
from tinytales.training.display import Display, Moment, display
from tinytales.training.job import Job
from tinytales.training.loop import State
from tinytales.training.samples import SAMPLE_SEED, Teller, is_sample_step, teller

LOSS_INTERVAL = 10  # steps between two looks at the loss: each look waits for the device
SAVING_SHARE = 0.02  # of the time at most goes into checkpoints that are written for safety


@contextmanager
def keep(job: Job, folder: Path, state: State) -> Iterator["Keeper"]:
    """A keeper of the run in `folder`, from where `state` is."""
    with ExitStack() as stack:
        metrics = stack.enter_context((folder / METRICS).open("ab"))
        shown = stack.enter_context(display(state.step))
        told = stack.enter_context(teller(job, state.model))
        yield Keeper(job, folder, state, metrics, shown, told)


@dataclass
class Keeper:
    """Keeps what a run comes to; only the leading process has one."""

    job: Job
    folder: Path
    state: State
    _metrics: BinaryIO
    _display: Display
    _teller: Teller
    _saved_at: float = field(default_factory=time.monotonic)
    _saving_seconds: float = 0.0
    _looked_at: float = field(default_factory=time.monotonic)
    _looked_tokens: int = -1
    _idle_seconds: float = 0.0
    _bits_per_byte: float | None = None

    def at_boundary(self, stopping: bool) -> None:
        """Do what is due after a step: save, and unless the run stops here, look and tell."""
        if stopping or self._wants_checkpoint():
            self._save()
        if not stopping:
            self._look()
            self._tell()

    def _wants_checkpoint(self) -> bool:
        """Whether this is the time for one: before measuring, before the learning rate comes down, or for safety."""
        step = self.state.step
        if step in self.job.evaluation_steps or step == self.job.last_full_step > 0:
            return True
        interval = max(self.job.checkpoint_seconds, self._saving_seconds / SAVING_SHARE)
        return step > 0 and time.monotonic() - self._saved_at > interval

    def _save(self) -> None:
        """Write a checkpoint, unless this step has one, and remove those that are no longer needed."""
        state, path = self.state, checkpoint.path_of(self.folder, self.state.step)
        if path.exists():
            return
        self._check(all(bool(parameter.isfinite().all()) for parameter in state.model.parameters()))
        started = time.monotonic()
        os.fsync(self._metrics.fileno())
        with atomic.new_folder(path) as folder:
            self.job.save_model(state.model, folder)
            checkpoint.write(folder, state, self._metrics.tell())
        steps = sorted(checkpoint.step_of(path) for path in path.parent.glob("step-*"))
        checkpoint.prune(
            self.folder, {*steps[-checkpoint.KEPT :], best_step(self.folder) or 0, self.job.last_full_step}
        )
        self._saved_at = time.monotonic()
        self._saving_seconds = self._saved_at - started
        self._idle_seconds += self._saving_seconds

    def _look(self) -> None:
        """Write a row of losses if it is time for one, and show it."""
        state, steps = self.state, self.job.schedule.steps
        if self._looked_tokens < 0:  # the first boundary
            self._looked_tokens = state.tokens
        measures = state.step in self.job.evaluation_steps
        if not state.unseen_steps or not (state.step % LOSS_INTERVAL == 0 or measures or state.step == steps):
            return
        loss = state.take_loss()
        self._check(math.isfinite(loss))
        row: dict[str, Any] = {"step": state.step, "tokens": state.tokens, "loss": loss}
        seconds = time.monotonic() - self._looked_at - self._idle_seconds
        if state.tokens > self._looked_tokens:  # a row that is written anew after a stop has no speed
            row["tokens_per_second"] = round((state.tokens - self._looked_tokens) / max(seconds, 1e-9))
        if measures:
            self._bits_per_byte = row["bits_per_byte"] = self.job.evaluate(state.model)
        self._write(row)
        speed = row.get("tokens_per_second", 0)
        self._display.show(Moment(state.step, steps, loss, self._bits_per_byte, speed))
        self._looked_at, self._looked_tokens, self._idle_seconds = time.monotonic(), state.tokens, 0.0

    def _tell(self) -> None:
        """Tell a sample if it is time for one."""
        state = self.state
        if not is_sample_step(state.step, self.job.schedule.steps):
            return
        started = time.monotonic()
        sample = self._teller.tell(state.model)
        row = {"step": state.step, "tokens": state.tokens, "prompt": self._teller.prompt, "seed": SAMPLE_SEED}
        self._write({**row, "sample": sample})
        self._display.tell(state.step, self._teller.prompt, sample)
        self._idle_seconds += time.monotonic() - started

    def _write(self, row: dict[str, Any]) -> None:
        self._metrics.write(json.dumps(row).encode() + b"\n")
        self._metrics.flush()

    def _check(self, finite: bool) -> None:
        if finite:
            return
        steps = [checkpoint.step_of(path) for path in (self.folder / runs.CHECKPOINTS).glob("step-*")]
        kept = f"; its checkpoint of step {max(steps):,} is kept" if steps else ""
        raise TinytalesError(
            f"the loss is not a number at step {self.state.step:,}{kept}",
            "begin again with a lower --learning-rate: --fresh",
        )


def best_step(folder: Path) -> int | None:
    """The step of a run with the fewest bits per byte, as far as they were measured."""
    measured = {row["step"]: row["bits_per_byte"] for row in runs.read_metrics(folder) if "bits_per_byte" in row}
    return min(measured, key=lambda step: measured[step], default=None)


@contextmanager
def explain_a_full_disk(job: Job, folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise TinytalesError(
            f"the disk is full; the checkpoints in {folder} are whole",
            f"make room, then go on with: {job.go_on_with}",
        ) from error
