"""An engine that tells what it was given: for tests of everything above the engines."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from threading import Event

from tinytales.inference.engine import Alternative, Piece
from tinytales.inference.sampling import Sampling


class ScriptedEngine:
    """Tells one of `stories`, chosen by the seed, a word at a time; it ends by itself when the story does."""

    def __init__(self, stories: Sequence[str], *, delay: float = 0.0, context_length: int = 256) -> None:
        self._stories = stories
        self._delay = delay
        self._context_length = context_length

    @property
    def name(self) -> str:
        return "scripted"

    @property
    def context_length(self) -> int:
        return self._context_length

    def count_tokens(self, text: str) -> int:
        return len(text.split())

    def generate(
        self, prompt: str, sampling: Sampling, *, alternatives: int = 0, stop: Event | None = None
    ) -> Iterator[Piece]:
        words = self._stories[sampling.seed % len(self._stories)].split(" ")
        others = tuple(Alternative(index, f" other{index}", -1.0 - index) for index in range(alternatives))
        for index, word in enumerate(words):
            time.sleep(self._delay)
            if stop is not None and stop.is_set():
                yield Piece("", -1, 0.0, finish="stopped")
                return
            text = word if index == 0 else f" {word}"
            last = index + 1 == sampling.max_tokens
            yield Piece(text, index, -0.5, others, "length" if last else None)
            if last:
                return
        yield Piece("", -1, -0.1, finish="end")

    def generate_takes(
        self, prompt: str, sampling: Sampling, count: int, *, alternatives: int = 0, stop: Event | None = None
    ) -> Iterator[tuple[int, Piece]]:
        settings = [replace(sampling, seed=(sampling.seed + take) % 2**64) for take in range(count)]
        told = {
            take: self.generate(prompt, settings[take], alternatives=alternatives, stop=stop) for take in range(count)
        }
        while told:
            for take, pieces in list(told.items()):
                piece = next(pieces)
                yield take, piece
                if piece.finish is not None:
                    del told[take]
