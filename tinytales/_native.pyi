# The extension module, one section for each crate that it wraps.

from collections.abc import Sequence
from pathlib import Path
from typing import final

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

@final
class Gpt:
    """A loaded model. Threads may share it; whatever computes releases the GIL."""

    @staticmethod
    def load(folder: Path, dtype: str = "float32", kernels: str | None = None) -> Gpt:
        """Load a Hugging Face folder.

        `kernels` is "portable", "avx2", "avx512" or "neon"; None is the best that the processor has. Raises
        MissingError, naming the file, for what is missing or damaged, and UsageError for other names of dtypes and
        kernels.
        """

    @property
    def vocab_size(self) -> int: ...
    @property
    def context_length(self) -> int: ...
    @property
    def parameters(self) -> int: ...
    def logits(self, ids: Sequence[int]) -> bytes:
        """Logits after each token: float32 in the machine's byte order, shape `[len(ids), vocab_size]`."""

    def logprobs(self, ids: Sequence[int]) -> list[float]:
        """The natural log-probability of each token but the first, given those before it."""

    def generate(
        self,
        ids: Sequence[int],
        *,
        seed: int,
        takes: Sequence[int] = (0,),
        temperature: float = 1.0,
        top_k: int = 0,
        top_p: float = 1.0,
        min_p: float = 0.0,
        repetition_penalty: float = 1.0,
        no_repeat_ngram: int = 0,
        alternatives: int = 0,
    ) -> Generation:
        """Go on from `ids`, of which there must be one at least, in as many ways as there are `takes`.

        A take's random numbers come from the seed, its number and the position. Nothing is computed before the first
        step.
        """

@final
class Generation:
    """Sequences that grow by a token at every step, without end."""

    def step(self) -> list[tuple[int, float, list[tuple[int, float]]]]:
        """For each take that isn't finished: the next token, its log-probability, the alternatives with theirs."""

    def finish(self, take: int) -> None:
        """Tell no more of the take at this index."""

    def forgotten(self, take: int) -> int:
        """How many tokens of the take at this index the model no longer sees."""
