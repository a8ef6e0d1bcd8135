"""The tokenizer as a tiktoken `Encoding`, which other programs know. Imports tiktoken, so it is off the fast paths."""

from pathlib import Path

import tiktoken

from tinytales._native import SPLIT_PATTERN
from tinytales.tokenizer.special import SPECIAL_TOKENS
from tinytales.tokenizer.tokenizer import Tokenizer


def tiktoken_encoding(path: Path) -> tiktoken.Encoding:
    """Build the `Encoding` of a `tokenizer.json`; its `encode_ordinary` gives the ids that `Tokenizer.encode` gives.

    Raises:
        MissingError: it is missing, damaged, or not one of ours.
    """
    tokenizer = Tokenizer.load(path)
    first_special = tokenizer.end_of_text
    return tiktoken.Encoding(
        name="tinytales",
        pat_str=SPLIT_PATTERN,
        mergeable_ranks={tokenizer.token_bytes(token): token for token in range(first_special)},
        special_tokens={text: first_special + index for index, text in enumerate(SPECIAL_TOKENS)},
        explicit_n_vocab=tokenizer.vocab_size,
    )
