"""Tokens a second on one thread, sampling included: rustgpt, llama.cpp, PyTorch, in one run.

    python -m benchmarks.rustgpt_speed

A model of 6.1M parameters with random weights tells 200 tokens from position 4 on. Every contender's figure is its
best of five rounds, and the rounds of all are interleaved. llama.cpp takes part where llama-cpp-python and gguf are
installed (the dependency group `peers`).
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks import rustgpt_peers as peers
from benchmarks.rustgpt_model import save

TOKENS = 200
ROUNDS = 5
TAKES = 8
BYTES = {"float32": 4.0, "bfloat16": 2.0, "int8": 1.0 + 4 / 64}
GGUF = {"float32": "F32", "bfloat16": "BF16", "int8": "Q8_0"}
PARAMETERS = 6_097_920


def contenders(folder: Path) -> Iterator[tuple[str, peers.Run]]:
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


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        save(Path(name))
        runs = dict(contenders(Path(name)))
        times: dict[str, list[float]] = {label: [] for label in runs}
        for _ in range(ROUNDS):
            for label, run in runs.items():
                times[label].append(run(TOKENS))
    rates = {label: TOKENS / min(seconds) * (TAKES if "takes" in label else 1) for label, seconds in times.items()}
    for label, rate in rates.items():
        print(f"{label:28} {rate:8,.0f} tokens/s")
    for dtype, size in BYTES.items():
        ours, limit = rates[f"rustgpt {dtype}"], peers.reading_rate(int(PARAMETERS * size)) / (PARAMETERS * size)
        line = f"{dtype}: {ours / limit:.0%} of what reading the weights allows ({limit:,.0f} tokens/s)"
        line += f"; {TAKES} takes at once {rates[f'rustgpt {dtype}, {TAKES} takes'] / ours:.2f} x one"
        if theirs := rates.get(f"llama.cpp {dtype}"):
            line += f"; {ours / theirs:.2f} x llama.cpp"
        print(line)


if __name__ == "__main__":
    main()
