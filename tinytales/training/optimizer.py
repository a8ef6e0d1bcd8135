"""Muon for the matrices inside the model, AdamW for embedding and norms.

They are classes of their own: the first step of one of `torch.optim`'s imports PyTorch's compiler, which takes as long
as PyTorch itself.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import torch
from torch import Tensor, nn

from tinytales.model.gpt import GPT
from tinytales.training.settings import TrainSettings

BETAS = (0.9, 0.95)  # AdamW's
# Quintic Newton-Schulz coefficients that drive every singular value into [0.7, 1.2] (Jordan, 2024, "Muon").
_A, _B, _C = 3.4445, -4.7750, 2.0315


class Optimizer(Protocol):
    """What a run needs of an optimizer.

    Attributes:
        parameters: those that it updates.
        learning_rate: which the schedule changes from step to step.
        state: all that it keeps from step to step, tensors by name for each parameter.
    """

    parameters: Sequence[nn.Parameter]
    learning_rate: float
    state: dict[nn.Parameter, dict[str, Tensor]]

    def step(self) -> None:
        """Update every parameter that has a gradient."""


@dataclass
class Muon:
    """Momentum, orthogonalised: each matrix moves by a matrix whose singular values are all near one (Jordan, 2024).

    A parameter may be a stack of matrices (any leading axes). Matrices of one shape are orthogonalised together in
    batched products: at this size a step is bound by the number of operations, not by their cost.
    """

    parameters: Sequence[nn.Parameter]
    learning_rate: float
    momentum: float
    weight_decay: float
    state: dict[nn.Parameter, dict[str, Tensor]] = field(default_factory=dict)

    @torch.no_grad()
    def step(self) -> None:
        """Update every parameter that has a gradient."""
        same_shape: dict[torch.Size, list[nn.Parameter]] = defaultdict(list)
        for parameter in self.parameters:
            if parameter.grad is not None:
                same_shape[parameter.shape[-2:]].append(parameter)
        for (rows, columns), parameters in same_shape.items():
            updates = [self._nesterov(parameter) for parameter in parameters]
            stack = torch.cat([update.reshape(-1, rows, columns) for update in updates])
            stack = orthogonalize(stack) * max(1.0, rows / columns) ** 0.5
            pieces = stack.split([parameter.numel() // (rows * columns) for parameter in parameters])
            for parameter, piece in zip(parameters, pieces, strict=True):
                parameter.mul_(1 - self.learning_rate * self.weight_decay)
                parameter.sub_(piece.view_as(parameter), alpha=self.learning_rate)

    def _nesterov(self, parameter: nn.Parameter) -> Tensor:
        assert parameter.grad is not None
        kept = self.state.setdefault(parameter, {})
        if not kept:
            kept["momentum"] = torch.zeros_like(parameter)
        kept["momentum"].lerp_(parameter.grad, 1 - self.momentum)
        return parameter.grad.lerp(kept["momentum"], self.momentum)


@dataclass
class AdamW:
    """Each number moves by its mean gradient over the root of its mean square (Loshchilov and Hutter, 2019)."""

    parameters: Sequence[nn.Parameter]
    learning_rate: float
    weight_decay: float = 0.0
    betas: tuple[float, float] = BETAS
    epsilon: float = 1e-10
    state: dict[nn.Parameter, dict[str, Tensor]] = field(default_factory=dict)

    @torch.no_grad()
    def step(self) -> None:
        """Update every parameter that has a gradient."""
        for parameter in self.parameters:
            if parameter.grad is not None:
                parameter.mul_(1 - self.learning_rate * self.weight_decay)
                parameter.sub_(self._direction(parameter, parameter.grad), alpha=self.learning_rate)

    def _direction(self, parameter: nn.Parameter, gradient: Tensor) -> Tensor:
        kept = self.state.setdefault(parameter, {})
        if not kept:
            kept["step"] = torch.zeros((), device=parameter.device)
            kept["exp_avg"], kept["exp_avg_sq"] = torch.zeros_like(parameter), torch.zeros_like(parameter)
        first, second = self.betas
        kept["step"] += 1
        kept["exp_avg"].lerp_(gradient, 1 - first)
        kept["exp_avg_sq"].lerp_(gradient.square(), 1 - second)
        # Both averages began at zero. The count stays a tensor, so that nothing waits for the device.
        square = kept["exp_avg_sq"] / (1 - second ** kept["step"])
        return kept["exp_avg"] / (1 - first ** kept["step"]) / (square.sqrt() + self.epsilon)


def orthogonalize(stack: Tensor, steps: int = 5) -> Tensor:
    """The nearest orthogonal matrices, roughly, of a stack (n, rows, columns), by Newton-Schulz iteration."""
    tall = stack.shape[-2] > stack.shape[-1]
    x: Tensor = stack.mT if tall else stack
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(steps):
        gram = x @ x.mT
        x = _A * x + (_B * gram + _C * gram @ gram) @ x
    return x.mT if tall else x


def make_optimizers(model: GPT, settings: TrainSettings) -> list[Optimizer]:
    """The optimizers of a model, each parameter in exactly one. Their learning rates are the schedule's full ones."""
    matrices = [parameter for parameter in model.blocks.parameters() if parameter.ndim >= 2]
    norms = [parameter for parameter in model.parameters() if parameter.ndim == 1]
    return [
        Muon(matrices, settings.learning_rate, settings.momentum, settings.weight_decay),
        AdamW([model.embedding, *norms], settings.embedding_learning_rate),
    ]
