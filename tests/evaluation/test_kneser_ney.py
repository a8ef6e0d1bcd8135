from collections import defaultdict

import numpy as np
import pytest

from tests.inference.models import ByteTokenizer
from tinytales.errors import UsageError
from tinytales.evaluation.kneser_ney import ORDER, KneserNey
from tinytales.inference.sampling import Sampling

SIZE, END = 7, 6


class Letters:
    """The letters a to f, and an end."""

    vocab_size, end_of_text = SIZE, END

    def encode(self, text: str) -> list[int]:
        return [ord(letter) - ord("a") for letter in text]

    def token_bytes(self, token: int) -> bytes:
        return b"" if token == END else bytes([ord("a") + token])


def stories(count: int, seed: int) -> list[list[int]]:
    generator = np.random.default_rng(seed)
    return [generator.choice(END, size=length, p=[0.5, 0.2, 0.1, 0.1, 0.1, 0]).tolist() for length in range(1, count)]


class Plainly:
    """Interpolated Kneser-Ney by dictionaries, straight from the definition."""

    def __init__(self, texts: list[list[int]]) -> None:
        self.counts: list[dict[tuple[int, ...], int]] = [defaultdict(int) for _ in range(ORDER + 1)]
        for text in texts:
            line = [END] * (ORDER - 1) + text + [END]
            for place in range(ORDER - 1, len(line)):
                self.counts[ORDER][tuple(line[place - ORDER + 1 : place + 1])] += 1
        for order in range(ORDER - 1, 0, -1):
            for gram in self.counts[order + 1]:
                self.counts[order][gram[1:]] += 1

    def probability(self, context: tuple[int, ...], token: int, order: int = ORDER) -> float:
        if order == 0:
            return 1 / SIZE
        context = context[len(context) - order + 1 :]
        lower = self.probability(context[1:] if order > 1 else (), token, order - 1)
        table = self.counts[order]
        same = [count for gram, count in table.items() if gram[:-1] == context]
        if not same:
            return lower
        ones, twos = (sum(count == number for count in table.values()) for number in (1, 2))
        discount = ones / (ones + 2 * twos) if ones and twos else 0.5
        own = max(table.get((*context, token), 0) - discount, 0)
        return (own + discount * len(same) * lower) / sum(same)


@pytest.fixture(scope="module")
def texts() -> list[list[int]]:
    return stories(25, 0)


@pytest.fixture(scope="module")
def model(texts: list[list[int]]) -> KneserNey:
    return KneserNey(np.array([id_ for text in texts for id_ in [END, *text]], dtype=np.uint16), Letters())


def test_it_is_what_the_definition_says(texts: list[list[int]], model: KneserNey) -> None:
    plain = Plainly(texts)
    for text in [*stories(9, 1), [], [5, 5, 5]]:
        line = [END] * (ORDER - 1) + text + [END]
        expected = [
            -np.log2(plain.probability(tuple(line[place - ORDER + 1 : place]), line[place]))
            for place in range(ORDER - 1, len(line))
        ]
        assert model.predict_ids(text) == pytest.approx(expected)


def test_what_may_come_next_is_what_is_predicted(model: KneserNey) -> None:
    for ids in ([], [0], [0, 1, 0, 0, 2], [5, 5, 5, 5]):
        chances = model.next_probabilities(ids)
        assert chances.sum() == pytest.approx(1)
        for token in range(SIZE):
            if token != END:
                assert -np.log2(chances[token]) == pytest.approx(model.predict_ids([*ids, token])[len(ids)])


def test_a_prediction_counts_bytes_and_the_end(model: KneserNey) -> None:
    found = model.predict("abc")
    assert found.sizes.tolist() == [1, 1, 1]
    assert [*found.bits, found.ending] == pytest.approx(model.predict_ids([0, 1, 2]).tolist())


def test_it_tells_as_often_as_it_should(model: KneserNey) -> None:
    group = model.tell("", Sampling(temperature=1, top_p=1, max_tokens=1, seed=3), 3000)
    found = np.bincount([ord(story.text) - ord("a") if story.text else END for story in group], minlength=SIZE) / 3000
    assert found == pytest.approx(model.next_probabilities([]), abs=0.03)
    assert all(story.ended == (story.text == "") for story in group)
    narrow = model.tell("", Sampling(temperature=1, top_p=0.3, max_tokens=1), 50)
    assert {story.text for story in narrow} == {"a"}
    assert model.tell("ab", Sampling(max_tokens=9), 2) == model.tell("ab", Sampling(max_tokens=9), 2)


def test_a_vocabulary_that_is_too_large() -> None:
    tokenizer = ByteTokenizer()
    tokenizer.vocab_size = 8_000
    with pytest.raises(UsageError, match="8,000 tokens are too many"):
        KneserNey(np.array([0], dtype=np.uint16), tokenizer)
