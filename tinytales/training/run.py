"""A run: the loop with all that is kept of it, for `train` and `mid-train` alike.

A caller writes down what the run is (a `Job`), claims the folder of the unfinished run, freezes into its `run.toml`
what a resumed run must share, and lets it be carried out:

    with runs.claim(target) as folder:
        if read_frozen(folder) is None:  # else it is a stopped run, and what was frozen holds
            freeze(folder, target.name, facts={"settings": …, "plan": …}, lineage=…)
        model = carry_out(job, folder, device)
        finish(job, model, folder, target, facts={…})

Wherever the process ends in between, the same lines go on from the newest checkpoint, and on one CPU process every
loss is the same to the last bit as without the stop. A checkpoint is always of the moment right after a step, before
anything is reported, measured or told there: a resumed run does all of that again.
"""

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from tinytales.model.gpt import GPT
from tinytales.storage import manifest, runs
from tinytales.storage.manifest import Manifest
from tinytales.storage.runs import RUN
from tinytales.terminal import note
from tinytales.training import checkpoint, interruption, loop
from tinytales.training.device import Device
from tinytales.training.job import Job
from tinytales.training.keeper import best_step, explain_a_full_disk, keep
from tinytales.training.loop import State
from tinytales.training.ranks import ALONE, Ranks

CHECK_INTERVAL = 100  # steps between two comparisons of the processes' weights


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


def carry_out(job: Job, folder: Path | None, device: Device, ranks: Ranks = ALONE) -> GPT:
    """Train from the newest whole checkpoint in `folder`, or from the start, to the end; the model.

    Args:
        job: what to do.
        folder: the run's; only the leading process has it.
        device: where to compute.
        ranks: the processes that train together, each with the same job.

    Raises:
        KeyboardInterrupt: somebody asked to stop; a checkpoint is written, and the message says how to go on.
        TinytalesError: the loss is no longer a number, or the disk is full; the last checkpoint stays.
    """
    with ExitStack() as stack:
        stop = stack.enter_context(interruption.listen())
        state = State(model := device.place(job.make_model(), compiled=job.compiled), job.make_optimizers(model))
        keeper = None
        if folder is not None:
            stack.enter_context(explain_a_full_disk(job, folder))
            state = _begin(job, folder, device, state)
            keeper = stack.enter_context(keep(job, folder, state))
        _share(state, ranks)
        for step in loop.run(state, job.batch, job.schedule, device, ranks, job.micro_rows, job.teaching):
            stopping = ranks.any(stop.requested)
            if ranks.size > 1 and step % CHECK_INTERVAL == 0 and not ranks.agree(checkpoint.digest(state)):
                note(f"the processes had drifted apart at step {step:,}: all go on with what the leading one has")
                _share(state, ranks)
            if keeper is not None:
                keeper.at_boundary(stopping)
            if stopping:
                raise KeyboardInterrupt(
                    f"stopped at step {step:,} of {job.schedule.steps:,}; go on with: {job.go_on_with}"
                )
    return state.model


def _share(state: State, ranks: Ranks) -> None:
    """Give every process the state of the leading one."""
    if ranks.size == 1:
        return
    data = ranks.from_leader(lambda: checkpoint.pack(state))
    if not ranks.leads:
        checkpoint.unpack(data, state)


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
    with explain_a_full_disk(job, folder):
        kept = _worth_keeping(job, folder)
        checkpoint.prune(folder, kept.values())
        job.save_model(model, folder)
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


def _begin(job: Job, folder: Path, device: Device, state: State) -> State:
    """The state to go on from, and `metrics.jsonl` cut back to it; `state` is a fresh one."""
    metrics_bytes = checkpoint.read_newest(folder, state)
    if metrics_bytes is None:  # a damaged checkpoint may have changed the state in part
        state = State(model := device.place(job.make_model(), compiled=job.compiled), job.make_optimizers(model))
    else:
        note(f"going on from step {state.step:,} of {job.schedule.steps:,}")
    runs.cut_metrics(folder, metrics_bytes or 0)
    return state


def _worth_keeping(job: Job, folder: Path) -> dict[str, int]:
    """The steps of the checkpoints that stay with a finished model, by why they do."""
    there = {checkpoint.step_of(path) for path in (folder / runs.CHECKPOINTS).glob("step-*")}
    kept = {"full_learning_rate": job.last_full_step}
    best = best_step(folder)
    if best is not None and best != job.schedule.steps:
        kept["best"] = best
    return {why: step for why, step in kept.items() if step in there}
