"""Tokens a second on one thread, sampling included: rustgpt, llama.cpp, PyTorch, in one run.

    uv run --with-requirements benchmarks/peers.txt python -m benchmarks.rustgpt_speed [ROUNDS]

A model of 6.1M parameters with random weights tells 200 tokens from position 4 on, and reads new prompts of 256 tokens.
Every contender's figure is its best of ROUNDS (5), and the rounds of all are interleaved. Without the peers' packages
only what is installed takes part; `LLAMA_CPP=…/libllama.so` names a llama.cpp of your own build.
"""

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks import rustgpt_peers as peers
from benchmarks.rustgpt_model import CONFIG, save

TOKENS = 200
PROMPT = 256
TAKES = 8
BYTES = {"float32": 4.0, "bfloat16": 2.0, "int8": 1.0 + 4 / 64}
GGUF = {"float32": "F32", "bfloat16": "BF16", "int8": "Q8_0"}
PARAMETERS = 6_097_920


def contenders(folder: Path) -> Iterator[tuple[str, peers.Contender]]:
    for dtype in BYTES:
        yield f"rustgpt {dtype}", peers.rustgpt(folder, dtype)
    for dtype in BYTES:
        yield f"rustgpt {dtype}, {TAKES} takes", peers.rustgpt(folder, dtype, TAKES)
    for dtype, kind in GGUF.items():
        try:
            peers.save_gguf(folder, folder / f"{kind}.gguf", kind)
            yield f"llama.cpp {dtype}", peers.llama_cpp(folder / f"{kind}.gguf")
        except ImportError as error:
            print(f"without llama.cpp {kind}: {error}")
    yield "PyTorch float32", peers.torch_eager(folder)


def main(rounds: int = 5) -> None:
    random = np.random.default_rng(1)
    with tempfile.TemporaryDirectory() as name:
        save(Path(name))
        runs = dict(contenders(Path(name)))
        sampling: dict[str, list[float]] = {label: [] for label in runs}
        reading: dict[str, list[float]] = {label: [] for label in runs}
        for _ in range(rounds):
            prompt = random.integers(0, CONFIG["vocab_size"], PROMPT).tolist()
            for label, run in runs.items():
                sampling[label].append(run.sample(TOKENS))
                reading[label].append(run.read(prompt))
    rates = {label: TOKENS / min(seconds) * (TAKES if "takes" in label else 1) for label, seconds in sampling.items()}
    for label, rate in rates.items():
        print(f"{label:28} {rate:8,.0f} tokens/s, prompt {PROMPT / min(reading[label]):8,.0f} tokens/s")
    for dtype, size in BYTES.items():
        ours, limit = rates[f"rustgpt {dtype}"], peers.reading_rate(int(PARAMETERS * size)) / (PARAMETERS * size)
        line = f"{dtype}: {ours / limit:.0%} of what reading the weights allows ({limit:,.0f} tokens/s)"
        line += f"; {TAKES} takes at once {rates[f'rustgpt {dtype}, {TAKES} takes'] / ours:.2f} x one"
        theirs = f"llama.cpp {dtype}"
        if theirs in rates:
            line += f"; {ours / rates[theirs]:.2f} x llama.cpp"
            line += f", prompt {min(reading[theirs]) / min(reading[f'rustgpt {dtype}']):.2f} x"
        print(line)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
