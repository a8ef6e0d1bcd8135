"""The one training loop: a function over plain objects."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np
import torch
from numpy.typing import NDArray

from tinytales.errors import TinytalesError
from tinytales.model.gpt import GPT
from tinytales.training.device import Device
from tinytales.training.schedule import Schedule

Rows = NDArray[np.int64]
LOSS_INTERVAL = 10  # steps between two looks at the loss: each look waits for the device


@dataclass(frozen=True)
class StepReport:
    """What the loop says after some steps.

    Attributes:
        step: steps done.
        tokens: targets seen in all.
        loss: mean cross-entropy in nats of the batches since the last report.
    """

    step: int
    tokens: int
    loss: float


def run(
    model: GPT,
    optimizers: Sequence[torch.optim.Optimizer],
    batch: Callable[[int], Rows],
    schedule: Schedule,
    device: Device,
) -> Iterator[StepReport]:
    """Train `model` through the whole schedule, reporting every ten steps and after the last.

    The learning rates that the optimizers hold at the start are the schedule's full ones.

    Args:
        model: on the device.
        optimizers: of the model.
        batch: the rows of a step, (rows, length + 1) token ids; negative targets don't count.
        schedule: share of the full learning rate by step; it also says how many steps there are.
        device: where to compute.

    Raises:
        TinytalesError: the loss is no longer a number.
    """
    full_rates = [[group["lr"] for group in optimizer.param_groups] for optimizer in optimizers]
    tokens = unreported = 0
    total_loss = torch.zeros((), device=device.name)
    for step in range(schedule.steps):
        for optimizer, rates in zip(optimizers, full_rates, strict=True):
            for group, rate in zip(optimizer.param_groups, rates, strict=True):
                group["lr"] = rate * schedule(step)
        rows = batch(step)
        total_loss += train_step(model, optimizers, rows, device)
        tokens += rows.shape[0] * (rows.shape[1] - 1)
        unreported += 1
        if (step + 1) % LOSS_INTERVAL == 0 or step + 1 == schedule.steps:
            loss = float(total_loss) / unreported
            if loss != loss:
                raise TinytalesError(f"the loss is not a number at step {step + 1}", "try a lower --learning-rate")
            yield StepReport(step + 1, tokens, loss)
            total_loss.zero_()
            unreported = 0


def train_step(model: GPT, optimizers: Sequence[torch.optim.Optimizer], rows: Rows, device: Device) -> torch.Tensor:
    """One forward and backward pass and one update; the mean loss of the batch, still on the device."""
    tokens = torch.from_numpy(rows).to(device.name, non_blocking=True)
    targets = tokens[:, 1:]
    with device.autocast():
        loss = model.loss(tokens[:, :-1], targets) / (targets >= 0).sum()
    loss.backward()  # type: ignore[no-untyped-call]
    for optimizer in optimizers:
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
    return loss.detach()


def seconds_per_step(
    model: GPT, optimizers: Sequence[torch.optim.Optimizer], batch: Callable[[int], Rows], device: Device, budget: float
) -> float:
    """How long a step takes: the median over `budget` seconds, on a model that is thrown away afterwards."""
    for step in range(2):  # the first ones pay for allocations
        float(train_step(model, optimizers, batch(step), device))
    times: list[float] = []
    while sum(times) < budget:
        started = time.monotonic()
        float(train_step(model, optimizers, batch(len(times)), device))
        times.append(time.monotonic() - started)
    return median(times)
