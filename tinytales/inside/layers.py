"""When a model makes up its mind: the best guesses of each layer for the next token (the logit lens)."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from tinytales.inference.scoring import Scored


@dataclass(frozen=True)
class Layer:
    """The likeliest tokens after a layer, best first; layer 0 is the embedding, before any layer.

    `settled` says that from here on the best guess is the model's answer.
    """

    number: int
    guesses: tuple[Scored, ...]
    settled: bool


def layers(guesses: Sequence[Sequence[Scored]]) -> list[Layer]:
    """What an engine's `layer_guesses` says, with where its answer appears and stays."""
    answer = guesses[-1][0].token
    wrong = [number for number, found in enumerate(guesses) if found[0].token != answer]
    settled = max(wrong, default=-1) + 1
    return [Layer(number, tuple(found), number >= settled) for number, found in enumerate(guesses)]


def probability(guess: Scored) -> float:
    """A guess's probability."""
    return math.exp(min(0.0, guess.logprob))
