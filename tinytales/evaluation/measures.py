"""What can be counted in told stories. Knows neither models nor corpora: texts come in, numbers go out.

Only what was told counts, not the beginning that was given. Measures of variety look at the first `EQUAL_WORDS` words
of each story: they fall with length, so that without it the shorter teller would seem the richer one.
"""

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence, Set
from functools import partial
from typing import TypeVar

from tinytales.evaluation.estimates import Samples
from tinytales.evaluation.told import Group, Told

EQUAL_WORDS = 100
BLEU_ORDER = 4

_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
_ENDS = ".!?…"
_CLOSERS = "\"'”’)"
T = TypeVar("T")


def measure_stories(
    groups: Sequence[Group], vocabulary: Set[str], common: Set[str], copies: Sequence[Sequence[int]]
) -> dict[str, Samples]:
    """All measures of stories; a unit is a group.

    Args:
        groups: the stories.
        vocabulary: the words that there are, in lower case.
        common: the most frequent of them.
        copies: for each group, the words of each story's longest copy.
    """

    def per_story(measure: Callable[[Told], float]) -> Samples:
        return Samples.of((sum(map(measure, group)), len(group)) for group in groups)

    def per_group(measure: Callable[[Group], float]) -> Samples:
        return Samples.mean(map(measure, groups))

    def unknown(group: Group) -> tuple[int, int]:
        found = [words(story.text) for story in group]
        return sum(word not in vocabulary for text in found for word in text), sum(map(len, found))

    return {
        "ended": per_story(ended_properly),
        "quotes_closed": per_story(quotes_closed),
        "unknown_words": Samples.of(map(unknown, groups)),
        "words": per_story(lambda story: len(words(story.text))),
        "loops": per_story(loops),
        **{f"distinct_{order}": per_group(partial(distinct, order=order)) for order in (1, 2, 3)},
        "self_bleu": per_group(self_bleu),
        "coverage": per_group(partial(coverage, common=common)),
        "longest_copy": Samples.of((sum(found), len(found)) for found in copies),
    }


def words(text: str) -> list[str]:
    """The words of a text in lower case: runs of letters, with apostrophes between them."""
    return _WORD.findall(text.lower())


def ngrams(items: Sequence[T], order: int) -> list[tuple[T, ...]]:
    """Every run of `order` items."""
    return [tuple(items[first : first + order]) for first in range(len(items) - order + 1)]


def ended_properly(story: Told) -> bool:
    """Whether the teller ended it, and with the end of a sentence."""
    return story.ended and story.text.rstrip().rstrip(_CLOSERS)[-1:] in tuple(_ENDS)


def quotes_closed(story: Told) -> bool:
    """Whether each quotation mark that opens has one that closes, in every paragraph; straight ones come in pairs."""
    return all(
        paragraph.count('"') % 2 == 0 and paragraph.count("“") == paragraph.count("”")
        for paragraph in (story.prompt + story.text).split("\n")
    )


def loops(story: Told) -> float:
    """The share of its 4-grams of words that it had already told (Welleck et al., 2020)."""
    grams = ngrams(words(story.text), 4)
    return 1 - len(set(grams)) / len(grams) if grams else 0.0


def distinct(group: Group, order: int) -> float:
    """Different n-grams over all n-grams of a group (Li et al., 2016), of the stories' first words; 0 if none."""
    grams = [gram for text in _first_words(group) for gram in ngrams(text, order)]
    return len(set(grams)) / len(grams) if grams else 0.0


def coverage(group: Group, common: Set[str]) -> float:
    """The share of common words that a group uses, in the stories' first words."""
    used = {word for text in _first_words(group) for word in text}
    return len(used & common) / len(common) if common else 0.0


def self_bleu(group: Group) -> float:
    """How much each story of a group is made of the others: mean BLEU-4 (Zhu et al., 2018), of their first words."""
    counts = [[Counter(ngrams(text, order)) for order in range(1, BLEU_ORDER + 1)] for text in _first_words(group)]
    if len(counts) < 2:
        return 0.0
    return sum(_bleu(own, counts[:index] + counts[index + 1 :]) for index, own in enumerate(counts)) / len(counts)


def _bleu(own: Sequence[Counter[tuple[str, ...]]], others: Sequence[Sequence[Counter[tuple[str, ...]]]]) -> float:
    """BLEU of n-gram counts against several references; an order without a match counts a tenth of one.

    Papineni et al. (2002), with the first smoothing of Chen and Cherry (2014).
    """
    length = own[0].total()
    if length < BLEU_ORDER:
        return 0.0
    logs = 0.0
    for order, grams in enumerate(own):
        matches = sum(min(count, max(other[order][gram] for other in others)) for gram, count in grams.items())
        logs += math.log((matches or 0.1) / grams.total())
    closest = min((other[0].total() for other in others), key=lambda other: (abs(other - length), other))
    brevity = min(0.0, 1 - closest / length)
    return math.exp(logs / BLEU_ORDER + brevity)


def _first_words(group: Group) -> list[list[str]]:
    return [words(story.text)[:EQUAL_WORDS] for story in group]
