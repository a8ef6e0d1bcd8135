"""The one training loop: a generator over plain objects, for `train`, `mid-train` and tests.

It knows nothing of files, signals or people: it pauses at every step boundary, and whoever drives it (see
`training.run`) looks, saves and stops there.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tinytales.model.gpt import GPT
from tinytales.tokenizer.targets import ids_of, weights_of
from tinytales.training.device import Device
from tinytales.training.distillation import Teaching
from tinytales.training.optimizer import Optimizer
from tinytales.training.ranks import ALONE, Ranks
from tinytales.training.schedule import Schedule

Rows = NDArray[np.int64]
Batch = Callable[[int], Rows]


@dataclass
class State:
    """All that changes while a run goes on; a checkpoint holds exactly this.

    Attributes:
        model: on the device.
        optimizers: of the model. The learning rates that they hold at the start are the schedule's full ones.
        step: steps done.
        tokens: targets seen in all.
        loss_sum: the mean losses of the steps since the last look, summed; a scalar on the device.
        unseen_steps: how many steps those are.
    """

    model: GPT
    optimizers: Sequence[Optimizer]
    step: int = 0
    tokens: int = 0
    loss_sum: Tensor = field(default_factory=lambda: torch.zeros(()))
    unseen_steps: int = 0

    def take_loss(self) -> float:
        """The mean cross-entropy in nats since the last look, which this one becomes. Waits for the device."""
        loss = float(self.loss_sum) / max(1, self.unseen_steps)
        self.loss_sum = torch.zeros_like(self.loss_sum)
        self.unseen_steps = 0
        return loss


def run(
    state: State,
    batch: Batch,
    schedule: Schedule,
    device: Device,
    ranks: Ranks = ALONE,
    micro_rows: int | None = None,
    teaching: Teaching | None = None,
) -> Iterator[int]:
    """Train from where `state` is to the end of the schedule, in place.

    Args:
        state: as it was made, or as a checkpoint held it.
        batch: the rows of a step, (rows, length + 1) token ids that say how much each is learned, as
            `tokenizer.targets` has it. It must be a function of the step alone, for a resumed run to be the same run.
        schedule: share of the full learning rate by step; it also says how many steps there are.
        device: where to compute.
        ranks: the processes that train together; each makes the whole batch and computes its share.
        micro_rows: at most so many rows go through the model at once; all of them if None.
        teaching: what teachers expect of these rows, if there are any.

    Yields:
        The number of steps done, before every step and after the last.
    """
    full_rates = [optimizer.learning_rate for optimizer in state.optimizers]
    state.loss_sum = state.loss_sum.to(device.name)
    yield state.step
    while state.step < schedule.steps:
        for optimizer, rate in zip(state.optimizers, full_rates, strict=True):
            optimizer.learning_rate = rate * schedule(state.step)
        rows = batch(state.step)
        state.loss_sum += train_step(
            state.model, state.optimizers, rows, device, ranks, micro_rows, step=state.step, teaching=teaching
        )
        state.step += 1
        state.tokens += rows.shape[0] * (rows.shape[1] - 1)
        state.unseen_steps += 1
        yield state.step


def train_step(
    model: GPT,
    optimizers: Sequence[Optimizer],
    rows: Rows,
    device: Device,
    ranks: Ranks = ALONE,
    micro_rows: int | None = None,
    step: int = 0,
    teaching: Teaching | None = None,
) -> Tensor:
    """Forward and backward passes over a batch and one update; the mean loss of its targets, still on the device.

    `step` and which rows go through the model together decide what dropout leaves out; nothing else is random.
    """
    weight = max(1, int(weights_of(rows[:, 1:]).sum()))
    share = ranks.share(len(rows))
    mine = rows[share]
    places = teaching.places(step)[share] if teaching else None
    total = torch.zeros((), device=device.name)
    for first in range(0, len(mine), micro_rows or max(1, len(mine))):
        some = slice(first, first + (micro_rows or len(mine)))
        tokens = torch.from_numpy(mine[some]).to(device.name, non_blocking=True)
        if model.dropout:
            torch.manual_seed(step << 20 | share.start + first)
        ids, weights = ids_of(tokens), weights_of(tokens)
        targets, weights = ids[:, 1:], weights[:, 1:]
        if teaching is not None and places is not None:
            targets, weights = teaching.targets(places[some], targets, weights)
        with device.autocast():
            loss = model.loss(ids[:, :-1], targets, weights) / weight
        loss.backward()  # type: ignore[no-untyped-call]
        total += loss.detach()
    if ranks.size > 1:
        for parameter in model.parameters():
            if parameter.grad is None:  # fewer rows than processes
                parameter.grad = torch.zeros_like(parameter)
        ranks.add_up([*(parameter.grad for parameter in model.parameters() if parameter.grad is not None), total])
    with device.autocast():  # Muon's products, like the model's
        for optimizer in optimizers:
            optimizer.step()
    model.zero_grad()
    return total


def seconds_per_step(step: Callable[[int], object], budget: float, ranks: Ranks = ALONE) -> float:
    """How long a step takes: the median over `budget` seconds, the same in all processes.

    Args:
        step: computes the step of a number, on a model that is thrown away afterwards, and waits for it.
        budget: seconds.
        ranks: the processes that measure together.
    """
    for number in range(2):  # the first ones pay for allocations
        step(number)
    times: list[float] = []
    while not ranks.any(sum(times) >= budget):
        started = time.monotonic()
        step(len(times))
        times.append(time.monotonic() - started)
    return max(ranks.gather(median(times or [0.0])))
