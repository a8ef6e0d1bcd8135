"""The engine protocol: what the rest of the house may expect of whatever generates text."""

from collections.abc import Iterator
from dataclasses import dataclass
from threading import Event
from typing import Literal, Protocol

from tinytales.inference.sampling import Sampling

Finish = Literal["end", "boundary", "length", "stopped"]


@dataclass(frozen=True)
class Alternative:
    """A token that could have stood here. `logprob` is the model's own (natural log, before sampling settings)."""

    token: int
    text: str
    logprob: float


@dataclass(frozen=True)
class Piece:
    """One generated token.

    Attributes:
        text: what it adds to the text. Characters arrive whole: a token that ends within one adds its text later, so
            this can be empty. The texts of all pieces together are the generation.
        token: its id.
        logprob: the model's own log-probability of it (natural log, before sampling settings).
        alternatives: the likeliest tokens at this place, best first, if they were asked for.
        finish: on the last piece only, why it is the last: the model ended its text ("end"; the token is
            `<|endoftext|>` and adds nothing but what was held back), a sentence, paragraph or stop string was reached
            where the sampling settings say so ("boundary"), `max_tokens` was reached ("length"), or the caller
            stopped it ("stopped").
        forgotten: how many tokens of the text, after its opening, the model no longer sees.
    """

    text: str
    token: int
    logprob: float
    alternatives: tuple[Alternative, ...] = ()
    finish: Finish | None = None
    forgotten: int = 0


class Engine(Protocol):
    """A loaded model that continues texts."""

    @property
    def name(self) -> str:
        """The model's name, for people."""

    @property
    def context_length(self) -> int:
        """How many tokens it can see."""

    def count_tokens(self, text: str) -> int:
        """How many tokens `text` is."""

    def generate(
        self, prompt: str, sampling: Sampling, *, alternatives: int = 0, stop: Event | None = None
    ) -> Iterator[Piece]:
        """Continue `prompt`; an empty one begins a new story.

        Prompts are never parsed for special tokens. Where prompt and story outgrow the context, the opening and the
        newest text are kept and what lies between is forgotten.

        Args:
            prompt: the text so far.
            sampling: how tokens are chosen.
            alternatives: how many alternatives to report with each piece.
            stop: set it, from any thread, to end the generation at the next token.
        """

    def generate_takes(
        self, prompt: str, sampling: Sampling, count: int, *, alternatives: int = 0, stop: Event | None = None
    ) -> Iterator[tuple[int, Piece]]:
        """Continue `prompt` in several ways at once: the pieces of each take, with its number from 0, as they come.

        Take 0 is what `generate` tells; each take ends with a piece of its own that says why. The arguments are those
        of `generate`.
        """
