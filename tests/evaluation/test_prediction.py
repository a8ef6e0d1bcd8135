import math

import numpy as np
import pytest

from tests.inference.models import END, ByteTokenizer
from tinytales.evaluation.prediction import EnginePredictor, Prediction, measure_prediction

CONTEXT = 64


class Engine:
    """Gives the token at place i the log-probability -i / 100."""

    context_length = CONTEXT
    tokenizer = ByteTokenizer()

    def logprobs(self, ids: list[int]) -> list[float]:
        assert ids[0] == END
        assert len(ids) <= CONTEXT + 1
        return [-place / 100 for place in range(1, len(ids))]


def predict(text: str) -> Prediction:
    return EnginePredictor(Engine()).predict(text)  # type: ignore[arg-type]


def test_a_story_stands_between_two_ends() -> None:
    found = predict("ab")
    assert found.bits == pytest.approx(np.array([0.01, 0.02]) / math.log(2))
    assert found.sizes.tolist() == [1, 1]
    assert found.ending == pytest.approx(0.03 / math.log(2))


def test_a_story_longer_than_the_context_is_cut_and_its_end_is_not_seen() -> None:
    found = predict("a" * 500)
    assert len(found.bits) == len(found.sizes) == CONTEXT
    assert found.ending is None


class EveryByteOneBit:
    def predict(self, text: str) -> Prediction:
        sizes = np.full(len(text) // 2, 2)
        return Prediction(sizes.astype(float), sizes, 5.0 if len(text) < 700 else None)


def test_bits_are_counted_by_position_and_ends_where_they_were_seen() -> None:
    counted: list[float] = []
    found = measure_prediction(EveryByteOneBit(), ["a" * 150, "b" * 900], counted.append)
    assert found["bits_per_byte"].value == 1
    assert found["bits_per_byte"].weights.tolist() == [150, 900]
    assert found["ending_bits"].value == 5
    assert found["bits_per_byte_from_0"].weights.tolist() == [100, 100]
    assert found["bits_per_byte_from_100"].weights.tolist() == [50, 100]
    assert found["bits_per_byte_from_800"].weights.tolist() == [0, 100]
    assert sum(counted) == 2
