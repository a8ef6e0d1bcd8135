"""What a model makes of a text: how likely each token was, what could come next, and what each layer would say."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from tinytales.inference.sampling import Sampling


@dataclass(frozen=True)
class Scored:
    """A token with the model's own log-probability of it (natural log); `data` are its bytes, none if it is special."""

    token: int
    data: bytes
    logprob: float


@dataclass(frozen=True)
class Candidate(Scored):
    """A token that may come next; the sampling settings choose it with the probability `chance`."""

    chance: float


class Scorer(Protocol):
    """A loaded model that can be asked what it expects."""

    @property
    def name(self) -> str:
        """The model's name, for people."""

    def logprobs(self, ids: Sequence[int]) -> list[float]:
        """The natural log-probability of each of `ids` but the first, given those before it.

        Raises:
            UsageError: no ids, more than one beyond what the context holds, or one outside the vocabulary.
        """

    def score(self, text: str) -> list[Scored]:
        """The tokens of `text` as the beginning of a story; how likely each was, given those before it.

        Where the text outgrows the context, each token is given half a context of those before it at least.
        """

    def candidates(self, text: str, sampling: Sampling, count: int) -> list[Candidate]:
        """The `count` likeliest tokens to follow `text`, the model's likeliest first."""

    def layer_guesses(self, text: str, count: int) -> list[list[Scored]]:
        """The `count` likeliest tokens to follow `text` as each layer would have it.

        That is what its output gives through the model's last norm and head (the logit lens: nostalgebraist, 2020).
        The first are of the embedding, before any layer, and the last are the model's own.
        """
