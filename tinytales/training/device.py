"""What this machine offers to PyTorch."""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class Device:
    """Where a run computes.

    Attributes:
        name: PyTorch's name of it.
        bfloat16: whether the hardware multiplies bfloat16 faster than float32.
    """

    name: str
    bfloat16: bool

    @property
    def label(self) -> str:
        """The device for people."""
        kind = torch.cuda.get_device_name() if self.name == "cuda" else f"{torch.get_num_threads()} CPU threads"
        return f"{kind}, {'bfloat16' if self.bfloat16 else 'float32'}"

    def autocast(self) -> AbstractContextManager[object]:
        """The context in which forward passes run."""
        if not self.bfloat16:
            return nullcontext()
        return torch.autocast(self.name, torch.bfloat16)


def find_device() -> Device:
    """The best device of this machine."""
    if torch.cuda.is_available():
        return Device("cuda", torch.cuda.is_bf16_supported(including_emulation=False))
    # On a CPU, bfloat16 pays only where there are instructions for it; elsewhere it is emulated.
    return Device("cpu", torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())
