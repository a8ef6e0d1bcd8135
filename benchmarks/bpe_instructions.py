"""Instructions per byte of splitting and counting, and of encoding, by callgrind: a figure that no other work disturbs.

    uv run python -m benchmarks.bpe_instructions STORIES

valgrind must be installed. What 301 passes over the same text take more than one pass is divided by 300 times its
bytes, so that Python's start and the first pass, which learns the pieces, don't count.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.bpe_race import machine

BYTES = 200_000
PASSES = (1, 301)


def work(kind: str, file: str, passes: int) -> None:
    import numpy as np

    from tinytales._native import PieceCounter
    from tinytales.tokenizer.batches import lend

    text = Path(file).read_bytes()[:BYTES].decode(errors="ignore")
    texts = lend(text.split("<|endoftext|>"))
    counter = PieceCounter(1)
    counter.add(texts)
    if kind == "counting":
        for _ in range(passes):
            counter.add(texts)
        return
    bpe = counter.train(1_500, [])
    ids = np.empty(texts.bytes, np.uint16)
    for _ in range(passes):
        bpe.encode_into(texts, ids, None, 1)


def instructions(kind: str, file: str, passes: int) -> int:
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            ["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/out", sys.executable, "-m",
             "benchmarks.bpe_instructions", file, kind, str(passes)],
            env={**os.environ, "PYTHONHASHSEED": "0"}, capture_output=True, text=True, check=True,
        )  # fmt: skip
    found = re.search(r"Collected : (\d+)", done.stderr)
    if found is None:
        raise RuntimeError(done.stderr)
    return int(found[1])


def main(file: str) -> None:
    print(machine())
    for kind in ("counting", "encoding"):
        few, many = (instructions(kind, file, passes) for passes in PASSES)
        print(f"{kind}: {(many - few) / (PASSES[1] - PASSES[0]) / BYTES:.2f} instructions a byte")


if __name__ == "__main__":
    if len(sys.argv) == 2:
        main(sys.argv[1])
    else:
        work(sys.argv[2], sys.argv[1], int(sys.argv[3]))
