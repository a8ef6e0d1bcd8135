"""From corpus to token files beside the encoder alone, on the same stories in memory.

    uv run python -m benchmarks.bpe_tokenize CORPUS_FOLDER [--rounds 3]

Every part is timed in turn and its best time counts: `encoder` encodes strings that are in memory into one array;
`tokenize` reads as much Parquet as it learns from, trains, reads all of it, encodes and writes; `write` is its second
half.
"""

import argparse
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.bpe_race import machine
from tinytales.corpus.corpus import Corpus
from tinytales.tokenizer.token_files import write_tokens
from tinytales.tokenizer.tokenizer import Tokenizer
from tinytales.tokenizer.train import sample_step, train_tokenizer

if TYPE_CHECKING:
    from collections.abc import Callable

SIZE = 2048


def learn(corpus: Corpus) -> Tokenizer:
    every = sample_step(corpus.manifest.facts["train_bytes"], SIZE)
    return train_tokenizer(corpus.columns("train", every=every), SIZE)


def write(tokenizer: Tokenizer, corpus: Corpus) -> None:
    with tempfile.TemporaryDirectory() as folder:
        write_tokens(Path(folder), tokenizer, {split: corpus.columns(split) for split in ("train", "valid")})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    corpus = Corpus.open(arguments.corpus)
    size = sum(corpus.manifest.facts[f"{split}_bytes"] for split in ("train", "valid")) / 1e6
    stories = [*corpus.stories("train"), *corpus.stories("valid")]
    tokenizer = learn(corpus)
    parts: dict[str, Callable[[], object]] = {
        "encoder": lambda: tokenizer.encode_batch(stories),
        "reading": lambda: sum(map(len, corpus.columns("train"))) + sum(map(len, corpus.columns("valid"))),
        "write": lambda: write(tokenizer, corpus),
        "tokenize": lambda: write(learn(corpus), corpus),
    }
    best = dict.fromkeys(parts, float("inf"))
    for _ in range(arguments.rounds):
        for name, part in parts.items():
            started = time.perf_counter()
            part()
            best[name] = min(best[name], time.perf_counter() - started)
    print(f"{machine()}; {size:.1f} MB of stories, vocabulary {SIZE}\n\n| | MB/s | of the encoder's |\n|---|---|---|")
    for name, seconds in best.items():
        print(f"| {name} | {size / seconds:.0f} | {best['encoder'] / seconds:.2f} |")


if __name__ == "__main__":
    main()
