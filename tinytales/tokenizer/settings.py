"""What tokenization can be told."""

from dataclasses import dataclass


@dataclass(frozen=True)
class TokenizerSettings:
    """Settings of one vocabulary.

    Attributes:
        vocab_size: its tokens, the three special ones included.
    """

    vocab_size: int = 2048
