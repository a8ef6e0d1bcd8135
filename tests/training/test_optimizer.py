import subprocess
import sys
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tinytales.model.config import GPTConfig
from tinytales.model.gpt import GPT
from tinytales.training.optimizer import AdamW, Muon, make_optimizers, orthogonalize
from tinytales.training.settings import TrainSettings


@given(st.integers(2, 24), st.integers(2, 24), st.integers(0, 1000))
@settings(max_examples=30, deadline=None)
def test_singular_values_come_near_one_and_directions_stay(rows: int, columns: int, seed: int) -> None:
    matrix = torch.randn(rows, columns, generator=torch.Generator().manual_seed(seed))
    left, values, right = torch.linalg.svd(matrix, full_matrices=False)
    rotated = left.mT @ orthogonalize(matrix[None])[0] @ right.mT
    diagonal = rotated.diagonal()
    assert torch.allclose(rotated, torch.diag(diagonal), atol=1e-3)
    large = values > values.max() * 0.05
    assert (diagonal[large] > 0.6).all()
    assert (diagonal[large] < 1.3).all()


def test_a_stack_moves_as_its_matrices_would_alone() -> None:
    generator = torch.Generator().manual_seed(0)
    stack = torch.nn.Parameter(torch.randn(3, 8, 4, generator=generator))
    alone = [torch.nn.Parameter(matrix.clone()) for matrix in stack.detach()]
    together, apart = (Muon(parameters, 0.1, momentum=0.9, weight_decay=0.1) for parameters in ([stack], alone))
    for _ in range(3):
        stack.grad = torch.randn(3, 8, 4, generator=generator)
        for matrix, gradient in zip(alone, stack.grad, strict=True):
            matrix.grad = gradient.clone()
        together.step()
        apart.step()
    torch.testing.assert_close(stack.detach(), torch.stack([matrix.detach() for matrix in alone]))


def test_it_agrees_with_pytorchs_muon() -> None:
    generator = torch.Generator().manual_seed(0)
    ours = torch.nn.Parameter(torch.randn(12, 8, generator=generator))
    theirs = torch.nn.Parameter(ours.detach().clone())
    one = Muon([ours], 0.05, momentum=0.9, weight_decay=0.2)
    two = torch.optim.Muon([theirs], lr=0.05, momentum=0.9, weight_decay=0.2, nesterov=True, adjust_lr_fn="original")
    for _ in range(4):
        ours.grad = torch.randn(12, 8, generator=generator)
        theirs.grad = ours.grad.clone()
        one.step()
        two.step()
    # PyTorch's iterates in bfloat16, ours in the gradient's own precision.
    torch.testing.assert_close(ours.detach(), theirs.detach(), atol=0.02, rtol=0.02)


def test_it_agrees_with_pytorchs_adamw() -> None:
    generator = torch.Generator().manual_seed(0)
    ours = torch.nn.Parameter(torch.randn(12, 8, generator=generator))
    theirs = torch.nn.Parameter(ours.detach().clone())
    one = AdamW([ours], 0.05, weight_decay=0.2)
    two = torch.optim.AdamW([theirs], lr=0.05, betas=one.betas, eps=one.epsilon, weight_decay=0.2)
    for _ in range(6):
        ours.grad = torch.randn(12, 8, generator=generator)
        theirs.grad = ours.grad.clone()
        one.step()
        two.step()
    torch.testing.assert_close(ours.detach(), theirs.detach(), atol=1e-6, rtol=1e-5)


def test_training_starts_without_pytorchs_compiler(tmp_path: Path) -> None:
    code = f"""
import sys
from pathlib import Path
from tests.training.small import SmallRun

SmallRun(Path({str(tmp_path)!r})).carry_out()
assert "torch._dynamo" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_every_parameter_is_in_one_optimizer() -> None:
    model = GPT(GPTConfig.shaped(vocab_size=300, context_length=8, depth=2, width=64, rope_theta=1e4))
    optimizers = make_optimizers(model, TrainSettings())
    held = [id(parameter) for optimizer in optimizers for parameter in optimizer.parameters]
    assert sorted(held) == sorted(id(parameter) for parameter in model.parameters())


@pytest.mark.parametrize("optimizer_index", [0, 1])
def test_both_lower_the_loss(optimizer_index: int) -> None:
    model = GPT(GPTConfig.shaped(vocab_size=300, context_length=8, depth=1, width=64, rope_theta=1e4)).initialize(0)
    optimizer = make_optimizers(model, TrainSettings())[optimizer_index]
    tokens = torch.randint(0, 300, (4, 9), generator=torch.Generator().manual_seed(0))
    weights = torch.ones(4, 8)
    losses = []
    for _ in range(12):
        loss = model.loss(tokens[:, :-1], tokens[:, 1:], weights)
        loss.backward()
        optimizer.step()
        model.zero_grad()
        losses.append(loss.item())
    assert losses[-1] < losses[0] * 0.95
