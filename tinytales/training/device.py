"""What this machine offers to PyTorch."""

import os
import shutil
import sys
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from importlib.util import find_spec

import torch

from tinytales.machine import keep_memory
from tinytales.model.gpt import GPT


@dataclass(frozen=True)
class Device:
    """Where a run computes.

    Attributes:
        name: PyTorch's name of it.
        bfloat16: whether products are computed in bfloat16 rather than float32.
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

    @property
    def can_compile(self) -> bool:
        """Whether PyTorch's compiler finds what it works with: a C++ compiler, and for a GPU Triton too."""
        compiler = shutil.which(os.environ.get("CXX", "clang++" if sys.platform == "darwin" else "g++"))
        return compiler is not None and (self.name == "cpu" or find_spec("triton") is not None)

    def place(self, model: GPT, *, compiled: bool) -> GPT:
        """The model on this device, its loss compiled if that is wanted and possible: ready for its first step."""
        keep_memory()
        model = model.to(self.name)
        if compiled and self.can_compile:
            torch._dynamo.config.suppress_errors = True  # a compiler that fails leaves the steps as they are
            model.compile_loss()
        return model


def find_device(precision: str = "auto") -> Device:
    """The best device of this machine, to compute with a precision of `settings.PRECISIONS`."""
    if torch.cuda.is_available():
        name, bfloat16 = "cuda", torch.cuda.is_bf16_supported(including_emulation=False)
    else:
        # On a CPU, bfloat16 pays only where there are instructions for it; elsewhere it is emulated.
        name, bfloat16 = "cpu", torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    return Device(name, bfloat16 if precision == "auto" else precision == "bfloat16")
