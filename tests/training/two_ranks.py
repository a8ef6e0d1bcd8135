"""Two processes that train together, by a fork: `python -m tests.training.two_ranks FOLDER` prints what they found."""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import torch
import torch.distributed as dist

from tests.training.small import CPU, SmallRun, batch
from tinytales.training import checkpoint, loop
from tinytales.training.job import Job
from tinytales.training.ranks import ALONE, Ranks
from tinytales.training.run import carry_out


class Looker(torch.optim.SGD):
    """Keeps the gradients instead of using them."""

    def step(self, closure: object = None) -> None:  # type: ignore[override]
        self.seen = [parameter.grad.clone() for parameter in self.param_groups[0]["params"]]


def gradients(job: Job, ranks: Ranks, rows: int) -> torch.Tensor:
    model = job.make_model()
    with torch.no_grad():
        for parameter in model.parameters():  # nothing may hide behind a zero
            parameter.add_(torch.randn(parameter.shape, generator=torch.Generator().manual_seed(1)) * 0.05)
    looker = Looker(model.parameters())
    masked = batch(0)[:rows]
    masked[0, 3:] = -1 - masked[0, 3:]  # unequal shares of targets
    loop.train_step(model, [looker], masked, CPU, ranks)
    return torch.cat([gradient.reshape(-1) for gradient in looker.seen])


def losses(job: Job, ranks: Ranks, act: Callable[[loop.State], None] = lambda state: None) -> list[float]:
    state = loop.State(model := job.make_model(), job.make_optimizers(model))
    found = []
    for step in loop.run(state, job.batch, job.schedule, CPU, ranks):
        found.append(state.take_loss())
        if step == 10:
            act(state)
    return found


def main(folder: Path) -> None:
    job = SmallRun(folder, steps=20).job()
    job.make_optimizers(job.make_model())  # imported once, for both
    child = os.fork()
    rank = int(child == 0)
    dist.init_process_group("gloo", init_method=f"file://{folder / 'meeting'}", rank=rank, world_size=2)
    ranks = Ranks(rank, 2)
    together = [gradients(job, ranks, rows) for rows in (8, 3, 1)]
    many = losses(job, ranks)
    agreed = ranks.agree(torch.tensor([1.5, 2.0]))
    differ = ranks.agree(torch.tensor([1.5, float(rank)]))
    state = loop.State(model := job.make_model(), job.make_optimizers(model))
    if rank:
        model.embedding.data.zero_()
    if not ranks.leads:
        checkpoint.unpack(ranks.from_leader(bytes), state)
    else:
        ranks.from_leader(lambda: checkpoint.pack(state))
    same = ranks.agree(checkpoint.digest(state))
    any_of_us = (ranks.any(rank == 1), ranks.any(False))
    trained = carry_out(job, None, CPU, ranks)
    agree_after = ranks.agree(torch.stack([parameter.double().sum() for parameter in trained.parameters()]).detach())
    if rank:
        os._exit(0)
    os.waitpid(child, 0)
    alone = [gradients(job, ALONE, rows) for rows in (8, 3, 1)]
    found = {
        "gradients": [float((a - b).norm() / b.norm()) for a, b in zip(together, alone, strict=True)],
        "losses": max(abs(a - b) for a, b in zip(many, losses(job, ALONE), strict=True)),
        "agree": [agreed, differ, same, agree_after, *any_of_us],
    }
    print(json.dumps(found))


if __name__ == "__main__":
    torch.set_num_threads(1)
    main(Path(sys.argv[1]))
