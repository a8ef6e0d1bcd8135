"""Training steps in tokens a second: ours, and an eager float32 step of the same model in transformers with AdamW.

    uv run python -m benchmarks.training_speed [--shape 4x128] [--context-length 256] [--batch-tokens 2048] [--rounds 5]

Random tokens; the rounds of all take turns, and the best of each counts. "Compiled" is what `train --compile` does.
"""

import argparse
import time
from collections.abc import Callable

import torch
from transformers import Qwen3Config, Qwen3ForCausalLM

from benchmarks.training_runs import settings_of
from tinytales.model.gpt import GPT
from tinytales.training import loop
from tinytales.training.device import find_device
from tinytales.training.optimizer import make_optimizers
from tinytales.training.settings import TrainSettings

VOCABULARY = 2048
STEPS = 10


def ours(settings: TrainSettings, rows: torch.Tensor, *, compiled: bool = False) -> Callable[[], None]:
    """Our step, Muon included."""
    device = find_device()
    model = device.place(GPT(settings.model(VOCABULARY)).initialize(0), compiled=compiled)
    optimizers = make_optimizers(model, settings)
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
    parser.add_argument("--context-length", type=int, default=256)
    parser.add_argument("--batch-tokens", type=int, default=2048)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    depth, width = map(int, arguments.shape.split("x"))
    settings = settings_of(
        depth=depth, width=width, context_length=arguments.context_length, batch_tokens=arguments.batch_tokens
    )
    length = settings.context_length
    rows = torch.randint(0, VOCABULARY, (settings.batch_tokens // length, length + 1))
    contenders = {
        "tinytales": ours(settings, rows),
        "tinytales, compiled": ours(settings, rows, compiled=True),
        "transformers, eager": eager(settings, rows),
    }
    seconds: dict[str, list[float]] = {label: [] for label in contenders}
    for _ in range(arguments.rounds):
        for label, step in contenders.items():
            step()
            started = time.perf_counter()
            for _ in range(STEPS):
                step()
            seconds[label].append(time.perf_counter() - started)
    rates = {label: STEPS * rows.shape[0] * length / min(found) for label, found in seconds.items()}
    print(find_device().label)
    for label, rate in rates.items():
        print(f"{label:20} {rate:8,.0f} tokens/s, ratio {rate / rates['transformers, eager']:.2f}")


if __name__ == "__main__":
    main()
