import numpy as np
import pytest

from tinytales.evaluation.prediction import Prediction
from tinytales.evaluation.probes import Pair, expand, load_probes, measure_probes
from tinytales.evaluation.results import PROBES

LISTS = {"girl": ["Lily", "Sue", "Mia"], "thing": ["hat", "ball", "box"]}


class Prefers:
    """Finds texts with a word in them likely."""

    def __init__(self, word: str) -> None:
        self._word = word

    def predict(self, text: str) -> Prediction:
        return Prediction(np.array([1.0 if self._word in text else 2.0]), np.array([len(text)]), None)


def test_templates_are_filled_from_their_lists_in_turn() -> None:
    assert expand("{girl} has a {thing}. The [{thing}|{thing2}] is {girl}'s.", LISTS) == [
        Pair("Lily has a hat. The hat is Lily's.", "Lily has a hat. The ball is Lily's."),
        Pair("Sue has a ball. The ball is Sue's.", "Sue has a ball. The box is Sue's."),
        Pair("Mia has a box. The box is Mia's.", "Mia has a box. The hat is Mia's."),
    ]
    assert expand("The sky is [blue|green].", LISTS) == [Pair("The sky is blue.", "The sky is green.")]


@pytest.mark.parametrize("template", ["No choice.", "[a|b] and [c|d]"])
def test_a_probe_has_one_choice(template: str) -> None:
    with pytest.raises(ValueError, match="exactly one"):
        expand(template, LISTS)


def test_unknown_lists_are_named() -> None:
    with pytest.raises(KeyError, match="boy"):
        expand("{boy} [a|b]", LISTS)


def test_the_probes_of_the_package() -> None:
    probes = load_probes()
    assert list(probes) == [measure.name for measure in PROBES]
    for templates in probes.values():
        pairs = [pair for template in templates for pair in template]
        assert len(pairs) >= 20
        assert all(pair.right != pair.wrong for pair in pairs)
        assert not any(set(pair.right + pair.wrong) & set("{}[]|") for pair in pairs)


@pytest.mark.parametrize("topic", ["names", "objects"])
def test_liking_one_word_is_no_help_in_keeping_to_one(topic: str) -> None:
    for pairs in load_probes()[topic]:
        differing = [
            (right, wrong)
            for pair in pairs
            for right, wrong in zip(pair.right.split(), pair.wrong.split(), strict=True)
            if right != wrong
        ]
        assert sorted(right for right, _ in differing) == sorted(wrong for _, wrong in differing)


def test_the_share_of_pairs_is_counted_by_template() -> None:
    probes = {
        "one": [expand("[yes|no]", LISTS), expand("{girl} [no|yes]", LISTS)],
        "two": [expand("[no|no way]", LISTS)],
    }
    counted: list[float] = []
    found = measure_probes(Prefers("yes"), probes, counted.append)
    assert found["one"].totals.tolist() == [1, 0]
    assert found["one"].weights.tolist() == [1, 3]
    assert found["two"].value == 0  # a tie is not right
    assert sum(counted) == 5
