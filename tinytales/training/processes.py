"""How many processes train together. Must not know PyTorch, except to count GPUs."""

from dataclasses import dataclass

from tinytales.errors import UsageError


@dataclass(frozen=True)
class Processes:
    """How many processes train together, and where.

    Attributes:
        here: on this machine.
        nodes: machines.
        endpoint: HOST:PORT where they find each other; needed for more than one machine.
    """

    here: int = 1
    nodes: int = 1
    endpoint: str | None = None

    def __post_init__(self) -> None:
        if self.here < 1 or self.nodes < 1:
            raise UsageError(f"{min(self.here, self.nodes)} processes can't train", "use 1 or more")
        if self.nodes > 1 and self.endpoint is None:
            raise UsageError("several nodes need a place to meet", "give --rdzv-endpoint HOST:PORT, the same on each")

    @property
    def many(self) -> bool:
        """Whether torchrun has to start them."""
        return self.here * self.nodes > 1


def count_processes(text: str) -> int:
    """The number that `--nproc` means: `auto` is one for each GPU, and one where there is none.

    One process has all the cores of a CPU already.

    Raises:
        UsageError: it is neither a number nor `auto`.
    """
    if text == "auto":
        import torch

        return max(1, torch.cuda.device_count())
    try:
        return int(text)
    except ValueError:
        raise UsageError(f"--nproc is {text}", "give a number, or auto") from None
