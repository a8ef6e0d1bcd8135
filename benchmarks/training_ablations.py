"""What each part of the recipe is worth: one changed at a time, as many tokens each, bits per byte on stories held out.

    uv run python -m benchmarks.training_ablations TABLE [TOKENS] [--tokens-seen 1.5e6]

Tables: `parts` (optimizer, norms of queries and keys, sight of other stories, batch, regularisation on plenty of text),
`shapes` (three of about 6M parameters), `passes` (passes over a small text by dropout and weight decay; give it a token
folder of some hundred thousand tokens).
"""

import argparse
import time
from collections.abc import Callable
from itertools import product

import torch.nn.functional as F  # noqa: N812 (its usual name)
from torch import Tensor, nn

from benchmarks.training_runs import Optimizers, adamw, run, settings_of
from tinytales.model.config import GPTConfig
from tinytales.model.gpt import GPT
from tinytales.training.optimizer import make_optimizers

PASSES, DROPOUTS, DECAYS = (4, 8, 16, 32), (0.0, 0.1), (0.0, 0.1, 0.3)


def without_query_key_norm(config: GPTConfig, dropout: float) -> GPT:
    """A GPT that takes queries and keys as they come."""
    model = GPT(config, dropout)
    for block in model.blocks:
        block.attention.query_norm = nn.Identity()  # type: ignore[union-attr]
        block.attention.key_norm = nn.Identity()  # type: ignore[union-attr]
    return model


class AllStoriesGPT(GPT):
    """A GPT in which a token sees what stands before it in the row, other stories too."""

    def loss(self, tokens: Tensor, targets: Tensor, weights: Tensor) -> Tensor:
        """As GPT's, without its mask."""
        losses = F.cross_entropy(self(tokens).flatten(0, 1).float(), targets.flatten(), reduction="none")
        return (losses * weights.flatten()).sum()


def parts(tokens: str | None, seen: float) -> None:
    """The recipe of the demo's shape, and what comes of it with one thing changed."""
    contenders: dict[str, tuple[dict[str, object], Optimizers, Callable[[GPTConfig, float], GPT]]] = {
        "the recipe": ({}, make_optimizers, GPT),
        "the recipe, another seed": ({"seed": 1}, make_optimizers, GPT),
        **{f"AdamW alone, at {rate}": ({}, adamw(rate), GPT) for rate in (0.004, 0.008)},
        "queries and keys not normalised": ({}, make_optimizers, without_query_key_norm),
        "a token sees the stories before its own": ({}, make_optimizers, AllStoriesGPT),
        "steps of 1,024 tokens": ({"batch_tokens": 1024}, make_optimizers, GPT),
        "steps of 4,096 tokens": ({"batch_tokens": 4096}, make_optimizers, GPT),
        "Muon at 0.01": ({"learning_rate": 0.01}, make_optimizers, GPT),
        "Muon at 0.04": ({"learning_rate": 0.04}, make_optimizers, GPT),
        "no weight decay": ({"weight_decay": 0.0}, make_optimizers, GPT),
        "weight decay 0.3": ({"weight_decay": 0.3}, make_optimizers, GPT),
        "dropout 0.1": ({"dropout": 0.1}, make_optimizers, GPT),
    }
    for label, (flags, make, make_model) in contenders.items():
        report(
            label,
            lambda flags=flags, make=make, make_model=make_model: (
                run(tokens, settings_of(tokens=seen, **flags), make=make, make_model=make_model).bits_per_byte
            ),
        )


def shapes(tokens: str | None, seen: float) -> None:
    """Three shapes of about as many parameters."""
    for depth, width in ((3, 384), (6, 288), (8, 256)):
        settings = settings_of(depth=depth, width=width, tokens=seen)
        report(
            f"{depth} x {width}, {settings.model(2048).parameters / 1e6:.1f}M parameters",
            lambda settings=settings: run(tokens, settings).bits_per_byte,
        )


def passes(tokens: str | None, _: float) -> None:
    """Passes over a small text, by dropout and weight decay."""
    for dropout, decay, number in product(DROPOUTS, DECAYS, PASSES):
        settings = settings_of(depth=2, width=64, epochs=number, dropout=dropout, weight_decay=decay)
        report(
            f"{number} passes, dropout {dropout}, decay {decay}",
            lambda settings=settings: run(tokens, settings).bits_per_byte,
        )


def report(label: str, measure: Callable[[], float]) -> None:
    """One line of a table."""
    started = time.monotonic()
    found = measure()
    print(f"{label:45} {found:.4f}  {time.monotonic() - started:5.0f} s", flush=True)


TABLES = {"parts": parts, "shapes": shapes, "passes": passes}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("table", choices=TABLES)
    parser.add_argument("tokens", nargs="?")
    parser.add_argument("--tokens-seen", type=float, default=1.5e6)
    arguments = parser.parse_args()
    TABLES[arguments.table](arguments.tokens, arguments.tokens_seen)


if __name__ == "__main__":
    main()
