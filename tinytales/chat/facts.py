"""What a story is about, found in its text by rules: who, how it ends, whether someone speaks, its telling words."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from tinytales.chat.words import listed, words_of
from tinytales.corpus.story import Story

MOST_WORDS = 3
_MOST = 0.04  # of the stories have a word that tells something of one
_FEW = 0.002  # of the stories; words in fewer aren't much more telling
ENDING_SENTENCES = 3
"""So many of the last sentences are a story's end."""

_SENTENCE_END = re.compile(r"(?<=[.!?][\"'”’])\s+(?=[\"A-Z“])|(?<=[.!?])\s+(?=[\"A-Z“])")
_NAMED = re.compile(
    r"\b(?:an?|the|one|little|other) (?:[a-z-]+,? ){0,3}?([a-z]+)(?:,? (?:who was )?(?:named|called) "
    r"|\. (?:His|Her|Its) name was |\. (?:He|She|It) was (?:named|called) )([A-Z][a-z]+)\b"
)
_PLAIN = re.compile(r"\b(?:[Tt]here was|[Tt]here lived) (?:an?|the) ((?:[a-z-]+ )?)([a-z]+)(?=[. ,])")
_GENDER = re.compile(r"\b(he|she|his|her|him)\b", re.IGNORECASE)
_DESCRIBED = re.compile(r"\b(an?) ((?:[a-z-]+ )?)([a-z]+)\b")


@dataclass(frozen=True)
class Who:
    """Someone in a story: a girl, Lily; a kind is always there, a name where it is told."""

    kind: str
    name: str = ""
    adjective: str = ""
    pronoun: str = ""


@dataclass(frozen=True)
class Facts:
    """What is known about one story.

    Attributes:
        text: the story.
        who: whom it is about, if that can be told.
        telling: up to a few words that mark it off from other stories, the most telling first, and how telling each is.
        ending: "happy", "sad", or "" where it can't be told.
        dialogue: whether someone speaks.
    """

    text: str
    who: Who | None
    telling: Mapping[str, float]
    ending: str
    dialogue: bool

    @cached_property
    def words(self) -> int:
        """How many words it has."""
        return len(self.text.split())

    @cached_property
    def sentences(self) -> list[str]:
        """Its sentences."""
        return sentences_of(self.text)


def sentences_of(text: str) -> list[str]:
    """The sentences of a story, without the white space between them."""
    return [sentence for sentence in _SENTENCE_END.split(text.strip()) if sentence]


def without_end(text: str) -> str:
    """A story up to where its end begins; "" of one that is too short for that."""
    sentences = sentences_of(text)
    return text[: text.rfind(sentences[-ENDING_SENTENCES])].rstrip() if len(sentences) >= 2 * ENDING_SENTENCES else ""


def facts_of(story: Story, rarity: Mapping[str, float]) -> Facts:
    """What is known about a story: from the corpus where it knows, else from the text.

    Args:
        story: the story, with the corpus's words and features where there are any.
        rarity: word in lower case → a share of the stories that have it, or more.
    """
    who = find_who(story.text)
    names = {who.name.lower()} if who else set()
    return Facts(
        text=story.text,
        who=who,
        telling=_telling(story, rarity, names),
        ending=known_ending(story),
        dialogue="dialogue" in story.features or '"' in story.text,
    )


def find_who(text: str) -> Who | None:
    """The first one that is introduced: "a brave cat named Tom", else "there was an old door"."""
    begin = text[:400]
    named = _NAMED.search(begin)
    if named is not None and named[1] not in listed("not_kinds"):
        kind, name = named[1], named[2]
        before = re.search(rf"\b([a-z-]+) {kind}\b", begin)
        adjective = before[1] if before and before[1] not in listed("no_adjectives") | {"a", "an", "the", "one"} else ""
        return Who(kind, name, adjective, _pronoun(text[named.end() :]))
    plain = _PLAIN.search(begin)
    if plain is not None and plain[2] not in listed("not_kinds") and plain[1].strip() not in listed("no_adjectives"):
        return Who(plain[2], "", plain[1].strip(), _pronoun(text[plain.end() :]))
    return None


def _pronoun(text: str) -> str:
    found = _GENDER.search(text)
    return {"he": "his", "his": "his", "him": "his", "she": "her", "her": "her"}[found[1].lower()] if found else ""


def known_ending(story: Story) -> str:
    """Whether a story ends "happy" or "sad", from the corpus where it knows, else as `ending_of` its text."""
    if story.features:  # whoever knows a story's features knows this one too
        return "sad" if "bad ending" in story.features else "happy"
    return ending_of(story.text)


def ending_of(text: str) -> str:
    """Whether a story ends "happy" or "sad" by the words of its end; "" where they don't say."""
    happy, sad = (sentences_ending(text, ending) for ending in ("happy", "sad"))
    return "" if happy and sad else "happy" if happy else "sad" if sad else ""


def sentences_ending(text: str, ending: str) -> int:
    """How many sentences in the end of a text have a word that makes it `ending`, which is "happy" or "sad"."""
    return sum(not listed(ending).isdisjoint(words_of(sentence)) for sentence in sentences_of(text)[-ENDING_SENTENCES:])


def describe(word: str, text: str) -> str:
    """A word as the story first speaks of it, with article and adjective ("a lost ball"); "" if it never does so."""
    for article, adjective, noun in _DESCRIBED.findall(text):
        if noun == word and adjective.strip() not in listed("no_adjectives"):
            return f"{article} {adjective}{noun}"
    return ""


def _telling(story: Story, rarity: Mapping[str, float], names: set[str]) -> dict[str, float]:
    """Words that mark a story off: those it was made around and says, else the rarest and most repeated first.

    How telling one is grows as fewer stories have it.
    """
    times: dict[str, int] = {}
    for word in words_of(story.text):
        times[word] = times.get(word, 0) + 1
    if story.words:
        return {word: 1 / (rarity[word] + _FEW) for word in story.words if word in times and word in rarity}
    skipped = listed("common") | {word.lower() for word in re.findall(r"(?<=[a-z,] )[A-Z][a-z]+", story.text)} | names
    found = {
        word: (1 + min(count, 4)) / (share + _FEW)
        for word, count in times.items()
        if len(word) > 2 and "'" not in word and word not in skipped and 0 < (share := rarity.get(word, 0)) <= _MOST
    }
    return {word: found[word] for word in sorted(found, key=lambda word: (-found[word], word))[:8]}
