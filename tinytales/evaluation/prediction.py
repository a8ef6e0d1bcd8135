"""How well something predicts texts, token by token, without PyTorch: the common ground of models and n-grams."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tinytales.evaluation.estimates import Samples
from tinytales.inference.rust_engine import RustEngine
from tinytales.machine import usable_cores

POSITIONS = (0, 100, 200, 400, 800)
"""Where the stretches of a story begin, in bytes; the last goes on to its end."""


@dataclass(frozen=True)
class Prediction:
    """What a text was worth to a predictor that had not seen it.

    Attributes:
        bits: of each token, shape (tokens,); those that no longer fit into the context are left out.
        sizes: UTF-8 bytes of each token, shape (tokens,).
        ending: bits of the end of the text; None if it was not reached.
    """

    bits: NDArray[np.float64]
    sizes: NDArray[np.int64]
    ending: float | None


class Predictor(Protocol):
    """Something that predicts texts."""

    def predict(self, text: str) -> Prediction:
        """Predict `text` in a context of its own, as a story from beginning to end; threads may ask at once."""


class EnginePredictor:
    """A model in rustgpt."""

    def __init__(self, engine: RustEngine) -> None:
        self._engine = engine

    def predict(self, text: str) -> Prediction:
        tokenizer, length = self._engine.tokenizer, self._engine.context_length
        end = tokenizer.end_of_text
        ids = [end, *tokenizer.encode(text), end][: length + 1]
        bits = -np.array(self._engine.logprobs(ids), dtype=np.float64) / math.log(2)
        ended = ids[-1] == end and len(ids) > 1
        texts = ids[1:-1] if ended else ids[1:]
        sizes = np.array([len(tokenizer.token_bytes(token)) for token in texts], dtype=np.int64)
        return Prediction(bits[: len(texts)], sizes, float(bits[-1]) if ended else None)


def measure_prediction(
    predictor: Predictor, stories: Iterable[str], advance: Callable[[float], None]
) -> Mapping[str, Samples]:
    """Bits per byte, overall and by position in the story, and the bits of its end; a unit is a story.

    Returns:
        Samples of `bits_per_byte`, `ending_bits`, and `bits_per_byte_from_N` for the N of `POSITIONS`.
    """
    overall, endings = [], []
    stretches: list[list[tuple[float, float]]] = [[] for _ in POSITIONS]
    for found in _predictions(predictor, stories):
        overall.append((float(found.bits.sum()), float(found.sizes.sum())))
        endings.append((0.0, 0.0) if found.ending is None else (found.ending, 1.0))
        begins = np.cumsum(found.sizes) - found.sizes
        stretch = np.searchsorted(POSITIONS, begins, side="right") - 1
        for index, pairs in enumerate(stretches):
            here = stretch == index
            pairs.append((float(found.bits[here].sum()), float(found.sizes[here].sum())))
        advance(1)
    by_position = {position_name(begin): Samples.of(pairs) for begin, pairs in zip(POSITIONS, stretches, strict=True)}
    return {"bits_per_byte": Samples.of(overall), "ending_bits": Samples.of(endings), **by_position}


def position_name(begin: int) -> str:
    """What the measure of the stretch that begins at a byte is called."""
    return f"bits_per_byte_from_{begin}"


def _predictions(predictor: Predictor, stories: Iterable[str]) -> Iterator[Prediction]:
    with ThreadPoolExecutor(usable_cores()) as pool:
        yield from pool.map(predictor.predict, stories)
