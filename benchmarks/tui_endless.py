"""A story as long as one likes, from the real engine: what the other measurements of the session tell."""

from collections.abc import Iterator
from dataclasses import replace
from threading import Event

from tinytales.inference.engine import Engine, Piece
from tinytales.inference.sampling import Sampling


class Endless:
    """Tells story after story until so many words are told.

    Args:
        engine: tells them.
        words: where the text ends.
    """

    def __init__(self, engine: Engine, words: int) -> None:
        self._engine = engine
        self._words = words

    @property
    def name(self) -> str:
        return self._engine.name

    @property
    def context_length(self) -> int:
        return self._engine.context_length

    def count_tokens(self, text: str) -> int:
        return self._engine.count_tokens(text)

    def generate(
        self, prompt: str, sampling: Sampling, *, alternatives: int = 0, stop: Event | None = None
    ) -> Iterator[Piece]:
        told = 0
        while told < self._words:
            for piece in self._engine.generate(prompt, sampling, alternatives=alternatives, stop=stop):
                if piece.finish == "stopped":
                    yield piece
                    return
                told += piece.text.count(" ")
                if piece.finish is not None:
                    piece = replace(piece, text=piece.text + "\n\n", finish=None)
                yield piece
                if told >= self._words:
                    break
            prompt, sampling = "", replace(sampling, seed=sampling.seed + 1)
        yield Piece("", -1, 0.0, finish="end")
