"""Training a tokenizer on texts."""

from collections.abc import Iterable
from itertools import islice

from tinytales._native import Bpe, PieceCounter
from tinytales.errors import UsageError
from tinytales.tokenizer.special import SPECIAL_TOKENS
from tinytales.tokenizer.tokenizer import Tokenizer, replace_surrogates

MIN_VOCAB_SIZE = 256 + len(SPECIAL_TOKENS)
MAX_VOCAB_SIZE = 1 << 16  # ids are stored in 16 bits

_BATCH = 1024  # texts that are held at once


def check_vocab_size(vocab_size: int) -> None:
    """Raise UsageError unless a vocabulary can have this size."""
    if not MIN_VOCAB_SIZE <= vocab_size <= MAX_VOCAB_SIZE:
        raise UsageError(
            f"a vocabulary of {vocab_size:,} is out of range", f"choose {MIN_VOCAB_SIZE} to {MAX_VOCAB_SIZE:,} tokens"
        )


def train_tokenizer(texts: Iterable[str], vocab_size: int) -> Tokenizer:
    """Train a byte-level BPE. The same texts, in any order, make the same tokenizer.

    Args:
        texts: taken one after the other; they need not fit in memory together.
        vocab_size: the number of tokens, special ones included.

    Raises:
        UsageError: `vocab_size` is out of range, or more than the texts support.
    """
    check_vocab_size(vocab_size)
    counter = PieceCounter()
    remaining = iter(texts)
    while batch := list(islice(remaining, _BATCH)):
        try:
            counter.add(batch)
        except UnicodeEncodeError:
            counter.add([replace_surrogates(text) for text in batch])
    bpe = Bpe.train(counter, vocab_size - MIN_VOCAB_SIZE, list(SPECIAL_TOKENS))
    if bpe.size < vocab_size:
        raise UsageError(
            f"the text is too small for a vocabulary of {vocab_size:,}: it supports {bpe.size:,}",
            f"choose at most {bpe.size:,} tokens, or give more text",
        )
    return Tokenizer(bpe)
