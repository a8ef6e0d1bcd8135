"""Tokens a second on one thread beside llama2.c, which no registry carries: build its `run` and name it.

    gcc -Ofast -march=native run.c -lm -o run
    uv run python -m benchmarks.rustgpt_llama2c PATH/run [ROUNDS]

Both tell 200 tokens with temperature 0.8 and top-p 0.95 from a model of 3 layers × 384 with a vocabulary of 2,048 and
random weights: 6.1M parameters. llama2.c's figure is what it says itself; rounds alternate, the best of each counts.
"""

import re
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from benchmarks import rustgpt_peers as peers
from benchmarks.rustgpt_model import CONFIG, save

TOKENS = 200
DTYPES = ("float32", "bfloat16", "int8")
_WIDTH, _HIDDEN, _LAYERS = CONFIG["hidden_size"], CONFIG["intermediate_size"], CONFIG["num_hidden_layers"]


def save_llama2c(folder: Path) -> tuple[Path, Path]:
    """A model and its tokenizer in llama2.c's own formats; the weights are random, the tokens numbers."""
    random = np.random.default_rng(0)
    heads, vocabulary, context = CONFIG["num_attention_heads"], CONFIG["vocab_size"], 256
    model, tokenizer = folder / "model.bin", folder / "tokenizer.bin"

    def matrices(*shape: int) -> np.ndarray:
        return random.standard_normal(shape, np.float32) * np.float32(1.5 / shape[-1] ** 0.5)

    def norms(count: int) -> np.ndarray:
        return np.ones((count, _WIDTH), np.float32)

    parts = [
        matrices(vocabulary, _WIDTH),
        norms(_LAYERS),
        *(matrices(_LAYERS, _WIDTH, _WIDTH) for _ in range(4)),
        norms(_LAYERS),
        matrices(_LAYERS, _HIDDEN, _WIDTH),
        matrices(_LAYERS, _WIDTH, _HIDDEN),
        matrices(_LAYERS, _HIDDEN, _WIDTH),
        norms(1),
        np.zeros((context, _WIDTH // heads), np.float32),  # once rotary tables, which are skipped now
    ]
    with model.open("wb") as file:
        file.write(struct.pack("<7i", _WIDTH, _HIDDEN, _LAYERS, heads, heads, vocabulary, context))
        for part in parts:
            file.write(part.tobytes())
    with tokenizer.open("wb") as file:
        file.write(struct.pack("<i", 8))
        for token in range(vocabulary):
            text = f"{token} ".encode()
            file.write(struct.pack("<fi", 0.0, len(text)) + text)
    return model, tokenizer


def llama2c(program: Path, model: Path, tokenizer: Path, seed: int) -> float:
    """Tokens a second, as it says."""
    command = [program, model, "-z", tokenizer, "-t", "0.8", "-p", "0.95", "-n", str(TOKENS), "-s", str(seed)]
    said = subprocess.run([*map(str, command)], capture_output=True, check=True).stderr.decode(errors="replace")
    found = re.search(r"achieved tok/s: ([\d.]+)", said)
    return float(found.group(1)) if found else 0.0


def main(program: Path, rounds: int = 8) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        save(folder)
        files = save_llama2c(folder)
        ours = {dtype: peers.rustgpt(folder, dtype) for dtype in DTYPES}
        rates: dict[str, list[float]] = {label: [] for label in (*DTYPES, "llama2.c")}
        for number in range(rounds):
            rates["llama2.c"].append(llama2c(program, *files, seed=number + 1))
            for dtype, contender in ours.items():
                rates[dtype].append(TOKENS / contender.sample(TOKENS))
    theirs = max(rates["llama2.c"])
    print(f"llama2.c float32 {theirs:,.0f} tokens/s")
    for dtype in DTYPES:
        print(f"rustgpt {dtype} {max(rates[dtype]):,.0f} tokens/s, {max(rates[dtype]) / theirs:.2f} x llama2.c")


if __name__ == "__main__":
    main(Path(sys.argv[1]), *map(int, sys.argv[2:]))
