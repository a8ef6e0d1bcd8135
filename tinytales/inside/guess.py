"""Shannon's game: who guesses the next word of a real story better, the reader or the model?

The model's bits are exact: what its probabilities charge for the word. A reader gives one guess and no probabilities,
so that they are charged as if they had bet on it, as often right as they were so far (Laplace's rule), and everything
else had been equally likely: an upper bound in the spirit of Shannon (1951).
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from tinytales.inference.engine import Engine
from tinytales.inference.sampling import Sampling
from tinytales.inference.scoring import Scorer

WORDS = 2000  # that a reader of such stories chooses among; about the vocabulary of a small child
_WORD = re.compile(r"\s*\S+")
_SIGNS = ".,!?;:\"'“”‘’…()-—"


class Guesser(Scorer, Engine, Protocol):
    """A model that can be asked and that tells."""


@dataclass
class Score:
    """How a player did so far."""

    bits: float = 0.0
    hits: int = 0
    rounds: int = 0


@dataclass
class Game:
    """A story, and how much of it is known.

    Attributes:
        words: the story's words, each with the white space before it.
        known: how many of them the players see.
        reader, model: their scores.
    """

    words: Sequence[str]
    known: int
    reader: Score = field(default_factory=Score)
    model: Score = field(default_factory=Score)

    @property
    def text(self) -> str:
        """What the players see."""
        return "".join(self.words[: self.known])

    @property
    def over(self) -> bool:
        """Whether the story is at its end."""
        return self.known >= len(self.words)

    def play(self, guess: str, engine: Guesser) -> "Round":
        """The reader's guess for the next word, the model's, and what the word was."""
        before, word = self.text, self.words[self.known]
        models = _best_word(engine, before)
        bits = word_bits(engine, before, word)
        _count(self.model, is_word(models, word), bits)
        hit = is_word(guess, word)
        _count(self.reader, hit, reader_bits(self.reader, hit))
        self.known += 1
        return Round(word.strip(), models, hit, bits)


@dataclass(frozen=True)
class Round:
    """A word of the story: the model's guess for it, whether the reader had it, the model's bits."""

    word: str
    model_guess: str
    reader_hit: bool
    model_bits: float


def begin(story: str, known: int) -> Game:
    """A game whose players are given the first `known` words."""
    words = _WORD.findall(story.strip())
    return Game(words, min(known, len(words)))


def reader_bits(score: Score, hit: bool) -> float:
    """What one guess costs a reader who was right so often before."""
    trust = (score.hits + 1) / (score.rounds + 2)
    return -math.log2(trust) if hit else -math.log2((1 - trust) / WORDS)


def word_bits(scorer: Scorer, before: str, word: str) -> float:
    """What the model charges for `word` after `before`."""
    together, alone = scorer.score(before + word), scorer.score(before)
    return (sum(one.logprob for one in alone) - sum(one.logprob for one in together)) / math.log(2)


def is_word(guess: str, word: str) -> bool:
    """Whether a guess is the word; capitals and signs around it don't matter."""
    return guess.strip().strip(_SIGNS).lower() == word.strip().strip(_SIGNS).lower()


def _best_word(engine: Engine, before: str) -> str:
    """The word that the model would tell next, choosing the likeliest token each time."""
    word = ""
    for piece in engine.generate(before, Sampling(temperature=0, max_tokens=12)):
        if word.strip() and piece.text[:1].isspace():
            break
        word += piece.text
    return word.split()[0] if word.split() else ""


def _count(score: Score, hit: bool, bits: float) -> None:
    score.bits += bits
    score.hits += hit
    score.rounds += 1
