"""BPE training: ours and every peer on the same file at the same number of threads, vocabulary 2,048.

    uv run --with-requirements benchmarks/peers.txt python -m benchmarks.bpe_training STORIES [--threads 2]

Prints MB/s, how much faster ours is, peak memory, and bytes per token on held-out stories under each one's own split.
"""

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.bpe_race import machine, race, versions

SIZE = 2048
SEPARATOR = "<|endoftext|>"
GPT2 = r"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
PACKAGES = ["gigatoken", "youtokentome", "fast-bpe-rs", "sentencepiece", "rustbpe", "tokenizers"]

Timed = Callable[[], Any]


def ours(file: Path, threads: int) -> Timed:
    from tinytales.tokenizer import rustbpe

    def train() -> Any:
        tokenizer = rustbpe.Tokenizer()
        tokenizer.train_from_files([file], SIZE - 1, separator=SEPARATOR, threads=threads)
        return tokenizer

    return train


def gigatoken(file: Path, threads: int) -> Timed:
    from gigatoken import TextFileSource, train_bpe

    source = TextFileSource([file], separator=SEPARATOR)
    return lambda: train_bpe(source, SIZE, [SEPARATOR])


def published_rustbpe(file: Path, threads: int) -> Timed:
    import rustbpe
    from tinytales._native import SPLIT_PATTERN

    stories = read(file)

    def train() -> Any:
        tokenizer = rustbpe.Tokenizer()
        tokenizer.train_from_iterator(stories, SIZE - 1, pattern=SPLIT_PATTERN)
        return tokenizer

    return train


def tokenizers(file: Path, threads: int) -> Timed:
    from tokenizers import Regex, Tokenizer, models, pre_tokenizers, trainers

    from tinytales._native import SPLIT_PATTERN

    stories = read(file)

    def train() -> Any:
        tokenizer = Tokenizer(models.BPE())
        split = pre_tokenizers.Split(Regex(SPLIT_PATTERN), "isolated")
        byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence([split, byte_level])
        alphabet = pre_tokenizers.ByteLevel.alphabet()
        trainer = trainers.BpeTrainer(
            vocab_size=SIZE, special_tokens=[SEPARATOR], initial_alphabet=alphabet, show_progress=False
        )
        tokenizer.train_from_iterator(stories, trainer)
        return tokenizer

    return train


def fast_bpe_rs(file: Path, threads: int) -> Timed:
    from fast_bpe_rs import BPE

    from tinytales._native import SPLIT_PATTERN

    stories = read(file)

    def train() -> Any:
        bpe = BPE(SPLIT_PATTERN)
        bpe.train(SIZE - 1, stories)
        return bpe

    return train


def sentencepiece(file: Path, threads: int) -> Timed:
    import sentencepiece as package

    prefix = tempfile.mkdtemp() + "/model"

    def train() -> Any:
        package.SentencePieceTrainer.train(
            input=str(file), model_prefix=prefix, vocab_size=SIZE, model_type="bpe", byte_fallback=True,
            num_threads=threads, minloglevel=2, input_sentence_size=0,
        )  # fmt: skip
        return package.SentencePieceProcessor(model_file=f"{prefix}.model")

    return train


def youtokentome(file: Path, threads: int) -> Timed:
    import youtokentome as package

    model = tempfile.mkdtemp() + "/model"
    return lambda: package.BPE.train(data=str(file), vocab_size=SIZE, model=model, n_threads=threads)


CONTENDERS: dict[str, Callable[[Path, int], Timed]] = {
    "tinytales": ours,
    "gigatoken": gigatoken,
    "youtokentome": youtokentome,
    "fast-bpe-rs": fast_bpe_rs,
    "sentencepiece": sentencepiece,
    "rustbpe": published_rustbpe,
    "tokenizers": tokenizers,
}


def read(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8").split(SEPARATOR)


def bytes_per_token(name: str, file: Path, held_out: Path, threads: int) -> float:
    """On held-out stories, with the tokens that `name` learned from `file`, under its own split.

    sentencepiece and youtokentome make line ends and runs of spaces one space first, which saves them tokens.
    """
    stories = read(held_out)
    size = sum(len(story.encode()) for story in stories)
    trained = CONTENDERS[name](file, threads)()
    if name == "tokenizers":
        tokens = sum(len(encoding.ids) for encoding in trained.encode_batch(stories))
    elif name == "youtokentome":
        tokens = sum(map(len, trained.encode(stories)))
    elif name == "gigatoken":
        import tiktoken

        ranks = [token for token in trained[0].values() if token.decode(errors="replace") != SEPARATOR]
        encoding = tiktoken.Encoding(
            "gigatoken",
            pat_str=GPT2,
            mergeable_ranks={token: rank for rank, token in enumerate(ranks)},
            special_tokens={},
        )
        tokens = sum(map(len, encoding.encode_ordinary_batch(stories)))
    else:
        tokens = sum(len(trained.encode(story)) for story in stories)
    return size / tokens


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("stories", type=Path)
    parser.add_argument("--held-out", type=Path)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--clock", choices=["wall", "cpu"], default="wall")
    parser.add_argument("--only", nargs="*", default=list(CONTENDERS))
    arguments = parser.parse_args()
    size = arguments.stories.stat().st_size / 1e6
    slow = [name for name in CONTENDERS if name not in ("tinytales", "gigatoken")]
    results = race(
        "bpe_training", arguments.only, arguments.stories, arguments.threads,
        rounds=arguments.rounds, calls=1, slow=slow, clock=arguments.clock,
    )  # fmt: skip
    print(f"{machine()}; {versions(PACKAGES)}")
    print(f"training on {size:.1f} MB, vocabulary {SIZE}, {arguments.threads} threads\n")
    print("| | MB/s | ours is faster by | peak memory, MB | bytes per token, held out |\n|---|---|---|---|---|")
    first = results["tinytales"].cold
    for name, result in results.items():
        compression = "–"
        if arguments.held_out:
            compression = f"{bytes_per_token(name, arguments.stories, arguments.held_out, arguments.threads):.4f}"
        print(f"| {name} | {size / result.cold:.1f} | {result.cold / first:.2f} | {result.peak:.0f} | {compression} |")


if __name__ == "__main__":
    main()
