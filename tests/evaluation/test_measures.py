import math
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinytales.evaluation import measures
from tinytales.evaluation.measures import (
    coverage,
    distinct,
    ended_properly,
    loops,
    measure_stories,
    quotes_closed,
    self_bleu,
    words,
)
from tinytales.evaluation.told import Group, Told


def told(text: str, *, prompt: str = "Once.", ended: bool = True) -> Told:
    return Told(prompt, text, ended)


def group(*texts: str) -> Group:
    return tuple(map(told, texts))


@pytest.mark.parametrize(
    ("text", "ended", "properly"),
    [
        (" The end.", True, True),
        (' "Bye!"\n', True, True),
        (" The end.", False, False),
        (" The", True, False),
        ("", True, False),
        ('"', True, False),
    ],
)
def test_a_proper_end_is_chosen_and_ends_a_sentence(text: str, ended: bool, properly: bool) -> None:
    assert ended_properly(told(text, ended=ended)) == properly


@pytest.mark.parametrize(
    ("prompt", "text", "closed"),
    [
        ("", 'He said, "Hi." "Ho."', True),
        ('"Can', ' we?" she said.', True),
        ("", 'He said, "Hi.\n"Ho," he said."', False),
        ("", "“Hi.” ‘Ho.’", True),
        ("", "“Hi.", False),
        ("", "no quotes", True),
    ],
)
def test_quotes_close_within_their_paragraph(prompt: str, text: str, closed: bool) -> None:
    assert quotes_closed(Told(prompt, text, True)) == closed


def test_loops_are_4_grams_told_before() -> None:
    assert loops(told("a b c d e f g")) == 0
    assert loops(told("the dog ran far. The dog ran far.")) == pytest.approx(1 / 5)
    assert loops(told("a b")) == 0


def test_words_are_lower_case_with_their_apostrophes() -> None:
    assert words("Tim's DOG, 3 times: don't 'stop'") == ["tim's", "dog", "times", "don't", "stop"]


def test_variety_counts_within_stories_and_only_their_first_words(monkeypatch: pytest.MonkeyPatch) -> None:
    assert distinct(group("a b a", "a b"), 1) == 2 / 5
    assert distinct(group("a b a", "a b"), 2) == 2 / 3
    assert distinct(group("", "a"), 2) == 0
    assert coverage(group("a b", "a x"), {"a", "b", "c", "d"}) == 0.5
    monkeypatch.setattr(measures, "EQUAL_WORDS", 2)
    assert distinct(group("a b c d", "a b"), 1) == 2 / 4


def naive_self_bleu(texts: list[list[str]]) -> float:
    """The definition, spelled out."""
    scores = []
    for index, own in enumerate(texts):
        others = texts[:index] + texts[index + 1 :]
        if len(own) < 4:
            scores.append(0.0)
            continue
        product = 1.0
        for order in range(1, 5):
            grams = [tuple(own[place : place + order]) for place in range(len(own) - order + 1)]
            matches = 0
            for gram, count in Counter(grams).items():
                in_others = [
                    sum(tuple(other[place : place + order]) == gram for place in range(len(other) - order + 1))
                    for other in others
                ]
                matches += min(count, max(in_others))
            product *= (matches or 0.1) / len(grams)
        closest = sorted((abs(len(other) - len(own)), len(other)) for other in others)[0][1]
        scores.append(product**0.25 * (1.0 if len(own) >= closest else math.exp(1 - closest / len(own))))
    return sum(scores) / len(scores)


@given(st.lists(st.lists(st.sampled_from("abc"), max_size=12), min_size=2, max_size=5))
def test_self_bleu_is_what_the_definition_says(texts: list[list[str]]) -> None:
    assert self_bleu(group(*map(" ".join, texts))) == pytest.approx(naive_self_bleu(texts))


def test_self_bleu_of_equal_stories_is_one_and_of_different_ones_near_zero() -> None:
    assert self_bleu(group("a b c d e", "a b c d e")) == pytest.approx(1)
    assert self_bleu(group("a b c d e", "f g h i j")) < 0.1
    assert self_bleu(group("a b c d e")) == 0


def test_all_measures_of_stories() -> None:
    groups = [group("The dog ran.", "A cat zzz."), group("The cat ran.")]
    found = measure_stories(groups, {"the", "a", "dog", "cat", "ran"}, {"dog", "cat"}, [[2, 3], [4]])
    values = {name: samples.value for name, samples in found.items()}
    assert values["unknown_words"] == pytest.approx(1 / 9)
    assert values["words"] == 3
    assert values["ended"] == 1
    assert values["coverage"] == 0.75
    assert values["longest_copy"] == 3
    assert set(values) >= {"quotes_closed", "loops", "distinct_1", "distinct_2", "distinct_3", "self_bleu"}
