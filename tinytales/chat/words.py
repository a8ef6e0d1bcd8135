"""Words and their forms: what counts as the same word in a request and in a story."""

import re
from collections.abc import Iterable
from functools import cache

from tinytales.chat.phrases import wording
from tinytales.corpus.vocabulary import bases

_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")


@cache
def listed(name: str) -> frozenset[str]:
    """A list of words in `wording/words.toml`."""
    return frozenset(wording("words")[name])


@cache
def _families() -> dict[str, str]:
    """Forms that no rule of endings finds → their word."""
    return {form: row.split()[0] for row in wording("words")["irregular"] for form in row.split()}


def words_of(text: str) -> list[str]:
    """The words of a text in their order, in lower case."""
    return _WORD.findall(text.lower())


def same(one: str, other: str) -> bool:
    """Whether two words in lower case are forms of one: ball and balls, run and ran, happy and happily."""
    return one == other or not _roots(one).isdisjoint(_roots(other))


def appears(word: str, words: Iterable[str]) -> bool:
    """Whether a word, or a form of it, is among `words`; all in lower case."""
    if word in _families():
        return any(same(word, other) for other in words)
    # Other forms of a word begin as it does: most words need no closer look.
    return any(other[:2] == word[:2] and same(word, other) for other in words)


def _roots(word: str) -> set[str]:
    families = _families()
    if word in families:
        return {families[word]}
    return {word, *(families.get(base, base) for base in bases(word) if len(base) > 2)}
