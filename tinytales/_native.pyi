# The extension module, one section for each crate that it wraps.

__version__: str

# ---- rustbpe ---------------------------------------------------------------------------------------------------------

SPLIT_PATTERN: str

class PieceCounter:
    """How often each piece of the texts seen so far occurs."""

    def __init__(self) -> None: ...
    def add(self, texts: list[str]) -> None:
        """Count the pieces of these texts too. Raises UnicodeEncodeError for lone surrogates."""

class Bpe:
    """A vocabulary: 256 bytes, then merges, then special tokens."""

    @staticmethod
    def train(counter: PieceCounter, merges: int, special: list[str]) -> Bpe:
        """The first `merges` merges, or fewer if no pair is left. Raises ValueError above 65,536 tokens."""
    @staticmethod
    def from_json(text: str) -> Bpe:
        """Read `tokenizer.json`. Raises ValueError if it is no such file."""
    def to_json(self) -> str: ...
    @property
    def size(self) -> int:
        """The number of tokens, special ones included."""
    @property
    def special(self) -> list[str]:
        """The special tokens; their ids are the last ones."""
    def token(self, token: int) -> bytes | None:
        """The bytes of a token, none if it is special; None if there is no such token."""
    def encode(self, text: str) -> list[int]:
        """Raises UnicodeEncodeError for lone surrogates."""
    def encode_batch(self, texts: list[str], before: int | None) -> tuple[bytes, bytes]:
        """The ids of all texts, each after `before`, as little-endian uint16; and where each text ends, as uint64."""
    def decode(self, ids: list[int]) -> bytes:
        """Special tokens and unknown ids add nothing."""

# ---- rustgpt ---------------------------------------------------------------------------------------------------------
