"""The processes of a run, as the loop sees them: who one is, and what all of them agree on.

Every rank holds the whole model, makes the same global batch, takes its share of the rows and steps identically on the
summed gradients. The leader alone reads and writes the run's folder, measures and tells.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

import torch
import torch.distributed as dist
from torch import Tensor

from tinytales.errors import TinytalesError


class PeerLostError(TinytalesError):
    """Another process of the run died or fell silent."""


@dataclass(frozen=True)
class Ranks:
    """The processes of a run.

    Attributes:
        rank: this one's number.
        size: how many there are.
        leader: the number of the one that reads and writes files and talks to people.
    """

    rank: int = 0
    size: int = 1
    leader: int = 0

    @property
    def leads(self) -> bool:
        """Whether this process is the leader."""
        return self.rank == self.leader

    def led_by_the_furthest(self, mine: int) -> "Ranks":
        """The same processes, led by the one with the largest number, the first of several.

        Which machine gets which rank is chance; the leader is to be where a stopped run's checkpoints are.
        """
        numbers = self.gather(mine)
        return replace(self, leader=numbers.index(max(numbers)))

    def share(self, rows: int) -> slice:
        """Which of so many rows this process computes; some may get none."""
        return slice(rows * self.rank // self.size, rows * (self.rank + 1) // self.size)

    def add_up(self, tensors: Sequence[Tensor]) -> None:
        """Replace each tensor, of one dtype and device, by its sum over the processes, in one exchange."""
        if self.size == 1:
            return
        flat = torch.cat([tensor.reshape(-1) for tensor in tensors])
        with _told():
            dist.all_reduce(flat)
        for tensor, total in zip(tensors, flat.split_with_sizes([tensor.numel() for tensor in tensors]), strict=True):
            tensor.copy_(total.view_as(tensor))

    def any(self, mine: bool) -> bool:
        """Whether it is so in any of the processes; all hear the same."""
        if self.size == 1:
            return mine
        flag = torch.tensor([float(mine)])
        with _told():
            dist.all_reduce(flag)
        return bool(flag > 0)

    def gather(self, mine: float) -> list[float]:
        """The number that each process gives; all hear the same."""
        numbers = torch.zeros(self.size, dtype=torch.float64)
        numbers[self.rank] = mine
        self.add_up([numbers])
        return numbers.tolist()

    def agree(self, values: Tensor) -> bool:
        """Whether `values`, on the CPU, are the same in all processes; all hear the same."""
        if self.size == 1:
            return True
        both = torch.cat((values, -values))
        with _told():
            dist.all_reduce(both, dist.ReduceOp.MAX)
        return bool((both[: len(values)] == -both[len(values) :]).all())

    def from_leader(self, make: Callable[[], bytes]) -> bytes:
        """What `make` gives in the leading process, the only one in which it is called."""
        if self.size == 1:
            return make()
        data = make() if self.leads else b""
        size = torch.tensor([len(data)])
        with _told():
            dist.broadcast(size, self.leader)
            content = torch.frombuffer(bytearray(data), dtype=torch.uint8) if self.leads and data else None
            if content is None:
                content = torch.empty(int(size), dtype=torch.uint8)
            if int(size):
                dist.broadcast(content, self.leader)
        return data if self.leads else content.numpy().tobytes()


ALONE = Ranks()


def join(silence_seconds: float) -> Ranks:
    """Meet the other processes that torchrun started; one that is silent for so long is taken for lost."""
    gpu = torch.cuda.is_available()
    if gpu:
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    # What the CPU agrees on goes through gloo on GPUs too.
    backend = "cpu:gloo,cuda:nccl" if gpu else "gloo"
    with _told():
        dist.init_process_group(backend, timeout=timedelta(seconds=silence_seconds))
    return Ranks(dist.get_rank(), dist.get_world_size())


@contextmanager
def _told() -> Iterator[None]:
    """Turn a failed exchange into one line."""
    try:
        yield
    except (RuntimeError, dist.DistBackendError) as error:
        reason = str(error).splitlines()[0][:200]
        raise PeerLostError(
            f"another process of the run died or fell silent ({reason})",
            "run the same command again: it goes on from the last checkpoint",
        ) from error
