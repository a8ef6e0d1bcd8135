"""Training steps in tokens a second: ours, and an eager float32 step of the same model in transformers with AdamW.

    uv run python -m benchmarks.training_speed [--shape 4x128] [--rounds 5]

Steps of 2,048 tokens in rows of 256, random tokens; the rounds of both take turns, and the best of each counts.
"""

import argparse
import time
from collections.abc import Callable

import torch
from transformers import Qwen3Config, Qwen3ForCausalLM

from tinytales.model.gpt import GPT
from tinytales.settings import resolve
from tinytales.training import loop
from tinytales.training.device import find_device
from tinytales.training.optimizer import make_optimizers
from tinytales.training.settings import BOUNDS, TrainSettings

VOCABULARY = 2048
STEPS = 10


def ours(settings: TrainSettings, rows: torch.Tensor) -> Callable[[], None]:
    """Our step, Muon included."""
    model = GPT(settings.model(VOCABULARY)).initialize(0)
    optimizers, device = make_optimizers(model, settings), find_device()
    return lambda: loop.train_step(model, optimizers, rows.numpy(), device) and None


def eager(settings: TrainSettings, rows: torch.Tensor) -> Callable[[], None]:
    """transformers' Qwen3 of the same shape, and PyTorch's AdamW as it comes."""
    config = settings.model(VOCABULARY)
    model = Qwen3ForCausalLM(
        Qwen3Config(
            vocab_size=VOCABULARY,
            hidden_size=config.width,
            intermediate_size=config.hidden,
            num_hidden_layers=config.depth,
            num_attention_heads=config.heads,
            num_key_value_heads=config.heads,
            head_dim=config.head_width,
            max_position_embeddings=config.context_length,
            tie_word_embeddings=True,
        )
    )
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)

    def step() -> None:
        logits = model(rows[:, :-1], use_cache=False).logits
        torch.nn.functional.cross_entropy(logits.flatten(0, 1), rows[:, 1:].flatten()).backward()
        optimizer.step()
        optimizer.zero_grad()

    return step


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shape", default="4x128", help="layers x width")
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    depth, width = map(int, arguments.shape.split("x"))
    flags = {"depth": depth, "width": width, "steps": 1}
    settings = resolve(TrainSettings, "train", flags=flags, preset="demo", exclusive=BOUNDS).value
    length = settings.context_length
    rows = torch.randint(0, VOCABULARY, (settings.batch_tokens // length, length + 1))
    contenders = {"tinytales": ours(settings, rows), "transformers, eager": eager(settings, rows)}
    seconds: dict[str, list[float]] = {label: [] for label in contenders}
    for _ in range(arguments.rounds):
        for label, step in contenders.items():
            step()
            started = time.perf_counter()
            for _ in range(STEPS):
                step()
            seconds[label].append(time.perf_counter() - started)
    rates = {label: STEPS * rows.shape[0] * length / min(found) for label, found in seconds.items()}
    for label, rate in rates.items():
        print(f"{label:20} {rate:8,.0f} tokens/s")
    print(f"ratio {rates['tinytales'] / rates['transformers, eager']:.2f}")


if __name__ == "__main__":
    main()
