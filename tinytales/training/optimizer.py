"""Muon for the matrices inside the model, AdamW for embedding and norms."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn

from tinytales.model.gpt import GPT
from tinytales.training.settings import TrainSettings

# Quintic Newton-Schulz coefficients that drive every singular value into [0.7, 1.2] (Jordan, 2024, "Muon").
BETAS = (0.9, 0.95)  # AdamW's
_A, _B, _C = 3.4445, -4.7750, 2.0315


class Muon(torch.optim.Optimizer):
    """Momentum, orthogonalised: each matrix moves by a matrix whose singular values are all near one (Jordan, 2024).

    A parameter may be a stack of matrices (any leading axes). Matrices of one shape are orthogonalised together in
    batched products: at this size a step is bound by the number of operations, not by their cost.
    """

    def __init__(
        self, parameters: Iterable[nn.Parameter], *, learning_rate: float, momentum: float, weight_decay: float
    ) -> None:
        super().__init__(parameters, {"lr": learning_rate, "momentum": momentum, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> None:  # type: ignore[override]
        """Update every parameter that has a gradient."""
        for group in self.param_groups:
            same_shape: dict[torch.Size, list[nn.Parameter]] = defaultdict(list)
            for parameter in group["params"]:
                if parameter.grad is not None:
                    same_shape[parameter.shape[-2:]].append(parameter)
            for (rows, columns), parameters in same_shape.items():
                updates = [self._nesterov(parameter, group["momentum"]) for parameter in parameters]
                stack = torch.cat([update.reshape(-1, rows, columns) for update in updates])
                stack = orthogonalize(stack) * max(1.0, rows / columns) ** 0.5
                pieces = stack.split([parameter.numel() // (rows * columns) for parameter in parameters])
                for parameter, piece in zip(parameters, pieces, strict=True):
                    parameter.mul_(1 - group["lr"] * group["weight_decay"])
                    parameter.sub_(piece.view_as(parameter), alpha=group["lr"])

    def _nesterov(self, parameter: nn.Parameter, momentum: float) -> Tensor:
        assert parameter.grad is not None
        state = self.state[parameter]
        if not state:
            state["momentum"] = torch.zeros_like(parameter)
        average: Tensor = state["momentum"]
        average.lerp_(parameter.grad, 1 - momentum)
        update: Tensor = parameter.grad.lerp(average, momentum)
        return update


def orthogonalize(stack: Tensor, steps: int = 5) -> Tensor:
    """The nearest orthogonal matrices, roughly, of a stack (n, rows, columns), by Newton-Schulz iteration."""
    tall = stack.shape[-2] > stack.shape[-1]
    x: Tensor = stack.mT if tall else stack
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(steps):
        gram = x @ x.mT
        x = _A * x + (_B * gram + _C * gram @ gram) @ x
    return x.mT if tall else x


def make_optimizers(model: GPT, settings: TrainSettings) -> list[torch.optim.Optimizer]:
    """The optimizers of a model, each parameter in exactly one. Their learning rates are the schedule's full ones."""
    matrices = [parameter for parameter in model.blocks.parameters() if parameter.ndim >= 2]
    norms = [parameter for parameter in model.parameters() if parameter.ndim == 1]
    muon = Muon(
        matrices,
        learning_rate=settings.learning_rate,
        momentum=settings.momentum,
        weight_decay=settings.weight_decay,
    )
    adamw = torch.optim.AdamW(
        [
            {"params": [model.embedding], "lr": settings.embedding_learning_rate},
            {"params": norms, "lr": settings.embedding_learning_rate},
        ],
        betas=BETAS,
        eps=1e-10,
        weight_decay=0.0,
        fused=True,
    )
    return [muon, adamw]
