# The extension module, one section for each crate that it wraps.

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import final

import numpy as np
from numpy.typing import NDArray

from tinytales.inference.sampling import Sampling

__version__: str

# ---- rustbpe ---------------------------------------------------------------------------------------------------------

SPLIT_PATTERN: str
MAX_VOCABULARY: int

class Texts:
    """Many texts, borrowed from Python."""

    def __init__(self, texts: list[str]) -> None:
        """Raises UnicodeEncodeError for lone surrogates."""

    @staticmethod
    def from_column(
        data: NDArray[np.uint8], offsets: NDArray[np.int64], valid: NDArray[np.uint8] | None, first: int
    ) -> Texts:
        """The buffers of an Arrow column.

        Bit `first + i` of `valid` says whether text i is there; those that aren't are left out. Raises ValueError
        if they don't fit together or aren't UTF-8, or if `data` can be written to.
        """

    @property
    def bytes(self) -> int:
        """UTF-8 bytes of all texts."""

    def __len__(self) -> int: ...

class PieceCounter:
    """How often each piece of the texts seen so far occurs."""

    def __init__(self, threads: int, pattern: str | None = None) -> None:
        """Split by `pattern` (None: SPLIT_PATTERN). Raises ValueError if it is no regular expression."""

    def add(self, texts: Texts) -> None:
        """Count the pieces of these texts too. Raises ValueError if the pattern gives up."""

    def add_files(
        self, paths: Sequence[Path], separator: str | None, progress: Callable[[int], None] | None = None
    ) -> None:
        """Count the pieces of files too. Raises OSError, or ValueError for one that isn't UTF-8."""

    def train(self, merges: int, special: list[str], progress: Callable[[int], None] | None = None) -> Bpe:
        """The first `merges` merges, or fewer if no pair is left. The counter is empty afterwards.

        Raises ValueError above MAX_VOCABULARY tokens.
        """

class Bpe:
    """A vocabulary: 256 bytes, then merges, then special tokens."""

    @staticmethod
    def from_json(text: str) -> Bpe:
        """Read `tokenizer.json`. Raises ValueError if it is no such file."""

    def to_json(self) -> str: ...
    @property
    def pattern(self) -> str: ...
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

    def encode_into(
        self, texts: Texts, ids: NDArray[np.uint16] | NDArray[np.uint32], before: int | None, threads: int
    ) -> tuple[int, bytes]:
        """Write the ids of all texts, each after `before`, to the front of `ids`.

        Returns how many there are, and as int64 where those of each text end. Raises ValueError if there is too little
        room, or as `PieceCounter.add`.
        """

    def encode_files(
        self,
        paths: Sequence[Path],
        separator: str | None,
        ids: NDArray[np.uint16] | NDArray[np.uint32],
        before: int | None,
        threads: int,
        progress: Callable[[int], None] | None = None,
    ) -> tuple[int, bytes]:
        """The same with the documents of files. Raises as `encode_into` and `PieceCounter.add_files`."""

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
        """The natural log-probability of each token but the first, given those before it.

        There may be one more of them than the context holds.
        """

    def candidates(self, ids: Sequence[int], sampling: Sampling, count: int) -> list[tuple[int, float, float]]:
        """The `count` likeliest tokens to follow, with their log-probabilities and how likely `sampling` chooses them.

        Of more tokens than the context holds the model sees what it would see in `generate`; so too below.
        """

    def layer_guesses(self, ids: Sequence[int], count: int) -> list[list[tuple[int, float]]]:
        """The `count` likeliest tokens to follow, with log-probabilities, as each layer's output would have it.

        That is through the last norm and the head. The first are of the embedding, the last are the model's own.
        """

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
        wanted: Sequence[Sequence[Sequence[int]]] = (),
    ) -> Generation:
        """Go on from `ids`, of which there must be one at least, in as many ways as there are `takes`.

        A take's random numbers come from the seed, its number and the position. Nothing is computed before the first
        step. The `wanted` words, each as the ways to write it in tokens, become likelier the longer they are missing.
        """

@final
class Generation:
    """Sequences that grow by a token at every step, without end."""

    def steps(self, count: int) -> list[list[tuple[int, float, list[tuple[int, float]], int]]]:
        """So many steps, each a token with its log-probability for each take that isn't finished.

        With it come the alternatives with theirs, and how many tokens before it the model no longer sees.
        """

    def finish(self, take: int) -> None:
        """Tell no more of the take at this index."""

# ---- rustcorpus ------------------------------------------------------------------------------------------------------
# Stories come and go as Arrow string columns: offsets (int32, one more than texts) and UTF-8 data. A ValueError says
# that the two don't fit.

def story_hash(text: str) -> int:
    """A number from 0 to 2⁶⁴-1 for the exact text."""

@final
class StoryCleaner:
    """Brings stories into their normal form; its rules are those of `CorpusSettings`."""

    def __init__(
        self, *, quotes: bool, fragments: bool, min_ascii: float, min_words: int, max_words: int, cut_off: bool
    ) -> None: ...
    def clean(self, texts: list[str]) -> tuple[bytes, bytes, bytes, bytes, bytes]:
        """Offsets and data of the stories that stay, their hashes (uint64), and what became of each text.

        That is why it goes (0: it stays), and flags of what was changed. Raises UnicodeEncodeError for lone surrogates.
        """

def signatures(offsets: bytes, data: bytes) -> bytes:
    """The MinHash signature of each text, one after the other."""

@final
class NearIndex:
    """Tells which stories are near-copies of earlier ones."""

    def __init__(self, capacity: int, threshold: float) -> None: ...
    def keep(self, signatures: bytes, keep: bytes) -> bytes:
        """For each story whose flag in `keep` isn't 0: 1 if it is new, 0 if it is a near-copy; 0 for the others."""

@final
class WordCounts:
    """How often each word is used, in lower case."""

    def __init__(self) -> None: ...
    def add(self, offsets: bytes, data: bytes, keep: bytes) -> None:
        """Count the words of the texts whose flag isn't 0."""
    def add_texts(self, texts: Texts) -> None:
        """Count the words of all of `texts`."""
    def merge(self, other: WordCounts) -> None:
        """Add what `other` counted; it is empty then."""
    def sorted(self) -> list[tuple[str, int]]:
        """Words and counts, the most frequent first, equal ones in order of the alphabet."""

@final
class KnownWords:
    """A set of words."""

    def __init__(self, words: list[str]) -> None: ...
    def unknown(self, offsets: bytes, data: bytes) -> tuple[bytes, bytes]:
        """For each text how many words are unknown, and how many it has (uint32 both)."""

@final
class Copies:
    """Finds the longest run of words that each of `texts` shares with stories; case and punctuation don't count."""

    def __init__(self, texts: Texts) -> None:
        """Raises ValueError if the texts have more than 4 million words."""
    def read(self, stories: Texts) -> None:
        """Read some of the stories."""
    def longest(self) -> list[int]:
        """For each text, the words of the longest run in it that a story had too."""
