"""Probes: minimal pairs of texts, of which a model that knows its language finds the right one likelier.

As in BLiMP (Warstadt et al., 2020), but about what stories for small children need: agreement, the gender of pronouns,
keeping to a name and to an object, simple facts and reasoning. The text stands in `probes.toml`.
"""

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.resources import files

from tinytales.evaluation.estimates import Samples
from tinytales.evaluation.prediction import Predictor
from tinytales.machine import usable_cores

_SLOT = re.compile(r"\{([a-z]+)(2?)\}")
_CHOICE = re.compile(r"\[([^|\]]+)\|([^|\]]+)\]")


@dataclass(frozen=True)
class Pair:
    """Two texts that differ in one place."""

    right: str
    wrong: str


def load_probes() -> Mapping[str, Sequence[Sequence[Pair]]]:
    """The pairs by what they probe, those of one template together."""
    document = tomllib.loads(files(__package__).joinpath("probes.toml").read_text(encoding="utf-8"))
    return {
        topic: [expand(template, document["lists"]) for template in templates]
        for topic, templates in document["probes"].items()
    }


def expand(template: str, lists: Mapping[str, Sequence[str]]) -> list[Pair]:
    """The pairs of a template: {girl} is each of the list `girl` in turn, {girl2} the one after it.

    Raises:
        KeyError: there is no such list.
        ValueError: it doesn't have exactly one choice.
    """
    slots = {name for name, _ in _SLOT.findall(template)}
    length = max((len(lists[name]) for name in slots), default=1)
    return [_pair(_filled(template, lists, index)) for index in range(length)]


def measure_probes(
    predictor: Predictor,
    probes: Mapping[str, Sequence[Sequence[Pair]]],
    advance: Callable[[float], None],
) -> dict[str, Samples]:
    """The share of pairs whose right text is the likelier, by topic; a unit is a template."""

    def count_right(pairs: Sequence[Pair]) -> tuple[float, float]:
        right = [_bits(predictor, pair.right) < _bits(predictor, pair.wrong) for pair in pairs]
        return float(sum(right)), float(len(right))

    measured = {}
    with ThreadPoolExecutor(usable_cores()) as pool:
        for topic, templates in probes.items():
            found = []
            for result in pool.map(count_right, templates):
                found.append(result)
                advance(result[1])
            measured[topic] = Samples.of(found)
    return measured


def _bits(predictor: Predictor, text: str) -> float:
    return float(predictor.predict(text).bits.sum())


def _filled(template: str, lists: Mapping[str, Sequence[str]], index: int) -> str:
    def word(slot: re.Match[str]) -> str:
        words = lists[slot[1]]
        return words[(index + (slot[2] == "2")) % len(words)]

    return _SLOT.sub(word, template)


def _pair(text: str) -> Pair:
    if len(_CHOICE.findall(text)) != 1:
        raise ValueError(f"a probe has exactly one [right|wrong]: {text}")
    return Pair(_CHOICE.sub(r"\1", text), _CHOICE.sub(r"\2", text))
