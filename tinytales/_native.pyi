# The extension module, one section for each crate that it wraps.

from collections.abc import Sequence
from pathlib import Path
from typing import final

__version__: str

# ---- rustgpt ---------------------------------------------------------------------------------------------------------

@final
class Gpt:
    """A loaded model. Threads may share it; whatever computes releases the GIL."""

    @staticmethod
    def load(folder: Path) -> Gpt:
        """Load a Hugging Face folder. Raises MissingError, naming the file, for what is missing or damaged."""

    @property
    def vocab_size(self) -> int: ...
    @property
    def context_length(self) -> int: ...
    @property
    def parameters(self) -> int: ...
    def logits(self, ids: Sequence[int]) -> bytes:
        """Logits after each token: float32 in the machine's byte order, shape `[len(ids), vocab_size]`."""

    def generate(
        self,
        ids: Sequence[int],
        *,
        temperature: float,
        top_k: int,
        top_p: float,
        seed: int,
        take: int = 0,
        alternatives: int = 0,
    ) -> Generation:
        """Go on from `ids`, of which there must be one at least. Nothing is computed before the first step."""

@final
class Generation:
    """A sequence that grows by a token at every step, without end."""

    def step(self) -> tuple[int, float, list[tuple[int, float]]]:
        """The next token, its log-probability, and the alternatives with theirs, best first."""

    @property
    def forgotten(self) -> int:
        """How many tokens of the sequence the model no longer sees."""
