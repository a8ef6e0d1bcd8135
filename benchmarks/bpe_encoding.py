"""BPE encoding: ours and every peer with the same tokenizer.json on the same stories, into the same kind of buffer.

    uv run --with-requirements benchmarks/peers.txt python -m benchmarks.bpe_encoding STORIES [--threads 1]

Cold is the first call of a fresh tokenizer, warm the best later one. Contenders that can write uint32 arrays do; the
others make Python lists. Ours is timed on Python strings and on the file, as gigatoken is. All ids are compared with
tiktoken's.
"""

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.bpe_race import machine, race, versions

SIZE = 2048
SEPARATOR = "<|endoftext|>"
PACKAGES = ["gigatoken", "fastokens", "quicktok-v1", "splintr-rs", "tiktoken", "tokenizers"]
TOKENIZER = Path(tempfile.gettempdir()) / "tinytales-bpe-benchmark" / "tokenizer.json"

Timed = Callable[[], Any]


def ours(wide: bool) -> Callable[[Path, int], Timed]:
    def prepare(file: Path, threads: int) -> Timed:
        from tinytales._native import Bpe
        from tinytales.tokenizer.batches import lend

        stories = read(file)
        bpe = Bpe.from_json(TOKENIZER.read_text())

        def encode() -> Any:
            texts = lend(stories)
            ids = np.empty(texts.bytes, dtype=np.uint32 if wide else np.uint16)
            count, _ = bpe.encode_into(texts, ids, None, threads)
            ids.resize(count, refcheck=False)
            return ids

        return encode

    return prepare


def ours_files(file: Path, threads: int) -> Timed:
    from tinytales._native import Bpe

    bpe = Bpe.from_json(TOKENIZER.read_text())

    def encode() -> Any:
        ids = np.empty(file.stat().st_size, dtype=np.uint32)
        count, _ = bpe.encode_files([file], SEPARATOR, ids, None, threads)
        ids.resize(count, refcheck=False)
        return ids

    return encode


def gigatoken(file: Path, threads: int) -> Timed:
    import gigatoken as package

    stories = read(file)
    warm_up = package.Tokenizer.from_json(TOKENIZER.read_bytes())
    warm_up.encode_batch(["a"])  # imports awkward, which isn't what is timed
    tokenizer = package.Tokenizer.from_json(TOKENIZER.read_bytes())
    return lambda: tokenizer.encode_batch(stories, parallel=threads > 1)


def gigatoken_files(file: Path, threads: int) -> Timed:
    import gigatoken as package

    warm_up = package.Tokenizer.from_json(TOKENIZER.read_bytes())
    warm_up.encode_batch(["a"])  # imports awkward, which isn't what is timed
    tokenizer = package.Tokenizer.from_json(TOKENIZER.read_bytes())
    source = package.TextFileSource([file], separator=SEPARATOR)
    return lambda: tokenizer.encode_files(source, parallel=threads > 1)


def fastokens(file: Path, threads: int) -> Timed:
    import fastokens as package

    stories = read(file)
    tokenizer = package.Tokenizer.from_file(str(TOKENIZER))
    return lambda: tokenizer.encode_batch_flat(stories)


def quicktok(file: Path, threads: int) -> Timed:
    import quicktok as package

    stories = read(file)
    folder = str(TOKENIZER.parent)
    package.import_tokenizer(str(TOKENIZER), "tinytales", folder)
    tokenizer = package.get_encoding("tinytales", folder)
    return lambda: tokenizer.encode_batch(stories, threads)


def splintr(file: Path, threads: int) -> Timed:
    import splintr as package

    stories = read(file)
    tokenizer = package.from_json(str(TOKENIZER))
    return lambda: tokenizer.encode_batch_flat(stories)


def tiktoken(file: Path, threads: int) -> Timed:
    from tinytales.tokenizer.encoding import tiktoken_encoding

    stories = read(file)
    encoding = tiktoken_encoding(TOKENIZER)
    return lambda: encoding.encode_ordinary_batch(stories, num_threads=threads)


def tokenizers(file: Path, threads: int) -> Timed:
    from tokenizers import Tokenizer

    stories = read(file)
    tokenizer = Tokenizer.from_file(str(TOKENIZER))
    tokenizer.encode_special_tokens = True
    return lambda: tokenizer.encode_batch_fast(stories)


CONTENDERS: dict[str, Callable[[Path, int], Timed]] = {
    "tinytales, uint32": ours(wide=True),
    "tinytales, uint16": ours(wide=False),
    "gigatoken": gigatoken,
    "tinytales, file": ours_files,
    "gigatoken, file": gigatoken_files,
    "fastokens": fastokens,
    "quicktok-v1": quicktok,
    "splintr-rs": splintr,
    "tiktoken": tiktoken,
    "tokenizers": tokenizers,
}


def read(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8").split(SEPARATOR)


def compare_ids(file: Path) -> str:
    """Whether all give tiktoken's ids."""

    expected = [token for ids in tiktoken(file, 2)() for token in ids]
    found = {
        "tinytales": ours(wide=True)(file, 2)().tolist(),
        "tinytales, file": ours_files(file, 2)().tolist(),
        "tokenizers": [token for encoding in tokenizers(file, 2)() for token in encoding.ids],
        "gigatoken": np.concatenate([np.asarray(ids) for ids in gigatoken(file, 2)()]).tolist(),
    }
    same = [name for name, ids in found.items() if ids == expected]
    other = [name for name in found if name not in same]
    return f"ids equal to tiktoken's: {', '.join(same)}" + (f"; others: {', '.join(other)}" if other else "")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("stories", type=Path)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--clock", choices=["wall", "cpu"], default="wall")
    parser.add_argument("--only", nargs="*", default=list(CONTENDERS))
    parser.add_argument("--check", action="store_true", help="compare all ids")
    arguments = parser.parse_args()
    from tinytales.tokenizer.train import train_tokenizer

    TOKENIZER.parent.mkdir(exist_ok=True)
    train_tokenizer(read(arguments.stories), SIZE).save(TOKENIZER)
    size = arguments.stories.stat().st_size / 1e6
    slow = ["splintr-rs", "tiktoken", "tokenizers"]
    results = race(
        "bpe_encoding", arguments.only, arguments.stories, arguments.threads,
        rounds=arguments.rounds, calls=5, slow=slow, clock=arguments.clock,
    )  # fmt: skip
    print(f"{machine()}; {versions(PACKAGES)}")
    print(f"encoding {size:.1f} MB, vocabulary {SIZE}, {arguments.threads} threads\n")
    print("| | cold, MB/s | warm, MB/s | ours is faster by, cold | warm | peak memory, MB |\n|---|---|---|---|---|---|")
    for name, result in results.items():
        first = results["tinytales, file" if name.endswith("file") else "tinytales, uint32"]
        print(
            f"| {name} | {size / result.cold:.0f} | {size / result.warm:.0f} | {result.cold / first.cold:.2f} "
            f"| {result.warm / first.warm:.2f} | {result.peak:.0f} |"
        )
    if arguments.check:
        print(f"\n{compare_ids(arguments.stories)}")


if __name__ == "__main__":
    main()
