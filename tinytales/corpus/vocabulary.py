"""Which words a corpus is made of: how much of it the most frequent ones cover, and which stories stay within some."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.resources import files
from pathlib import Path

from tinytales.errors import MissingError, UsageError

COVERAGE_AT = (500, 1_000, 1_500, 2_000)

_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
_IRREGULAR_SUFFIXES = (
    # suffix of the inflected word, what stands there in the base
    ("'s", ""),
    ("s'", "s"),
    ("n't", ""),
    ("'ll", ""),
    ("'re", ""),
    ("'ve", ""),
    ("'m", ""),
    ("'d", ""),
    ("ies", "y"),
    ("ied", "y"),
    ("ier", "y"),
    ("iest", "y"),
    ("ily", "y"),
    ("ves", "f"),
    ("ves", "fe"),
    ("es", ""),
    ("s", ""),
    ("ed", ""),
    ("ed", "e"),
    ("ing", ""),
    ("ing", "e"),
    ("er", ""),
    ("er", "e"),
    ("est", ""),
    ("est", "e"),
    ("ly", ""),
)


def bases(word: str) -> Iterator[str]:
    """The words that `word` could be an inflection of, by simple rules: cats → cat, running → run, happily → happy."""
    for suffix, end in _IRREGULAR_SUFFIXES:
        stem = word.removesuffix(suffix)
        if len(stem) < len(word) and len(stem) + len(end) >= 2:
            yield stem + end
            if not end and len(stem) > 3 and stem[-1] == stem[-2]:
                yield stem[:-1]


def fold(counts: Sequence[tuple[str, int]]) -> tuple[dict[str, str], Counter[str]]:
    """Give the count of each inflection to the word that it comes from, if that is in the corpus too.

    Args:
        counts: words and how often they are used, the most frequent first.

    Returns:
        word → its base (itself if it has none), and base → count.
    """
    known = dict(counts)
    base_of: dict[str, str] = {}
    totals: Counter[str] = Counter()
    for word, count in counts:
        base = next((base for base in bases(word) if base in known), word)
        base = next((deeper for deeper in bases(base) if deeper in known), base)
        base_of[word] = base
        totals[base] += count
    return base_of, totals


def coverage(totals: Counter[str]) -> dict[str, float]:
    """Share of the running words that the most frequent ones make up, by how many these are."""
    everything = sum(totals.values())
    ranked = [count for _, count in _ranked(totals)]
    return {str(size): round(sum(ranked[:size]) / max(everything, 1), 4) for size in COVERAGE_AT}


def known_words(vocabulary: str, base_of: Mapping[str, str], totals: Counter[str]) -> list[str]:
    """The words of a corpus that lie within a vocabulary.

    Args:
        vocabulary: how many of the most frequent words, "basic", or a file with a word a line.
        base_of: word → its base.
        totals: base → count.

    Raises:
        UsageError: it is none of these.
        MissingError: the file can't be read.
    """
    if vocabulary.isdigit() and int(vocabulary) > 0:
        chosen = {word for word, _ in _ranked(totals)[: int(vocabulary)]}
        return [word for word, base in base_of.items() if base in chosen]
    listed = frozenset(read_words(vocabulary))
    return [word for word in base_of if is_known(word, listed)]


def read_words(vocabulary: str) -> list[str]:
    """The words of a list: "basic" or a file; raises as `known_words`."""
    if vocabulary == "basic":
        return basic_words()
    if re.fullmatch(r"-?\d+", vocabulary):
        raise UsageError(f"a vocabulary of {vocabulary} words is none", "use 1 or more, a file of words, or: basic")
    try:
        text = Path(vocabulary).expanduser().read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise MissingError(
            f"can't read the words of {vocabulary}: {error}", "give a file of words, or: basic"
        ) from error
    words = _words(text.splitlines())
    if not words:
        raise MissingError(f"{vocabulary} holds no words", "give a word a line")
    return words


def is_known(word: str, listed: frozenset[str]) -> bool:
    """Whether a word or one that it is an inflection of is in a list."""
    return word in listed or any(base in listed or any(b in listed for b in bases(base)) for base in bases(word))


def basic_words() -> list[str]:
    """The built-in list: words that a child of three or four knows."""
    return _words(files(__package__).joinpath("basic_words.txt").read_text(encoding="utf-8").splitlines())


def _words(lines: Iterable[str]) -> list[str]:
    spoken = (line.lower() for line in lines if not line.startswith("#"))
    return list(dict.fromkeys(word for line in spoken for word in _WORD.findall(line)))


def _ranked(totals: Counter[str]) -> list[tuple[str, int]]:
    return sorted(totals.items(), key=lambda item: (-item[1], item[0]))
