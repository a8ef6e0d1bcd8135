"""What a request asks for, read from its words: the words to have, how it is to end, whether someone is to speak."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from tinytales.chat.facts import ending_of, sentences_ending
from tinytales.chat.words import appears, listed, words_of

_ENDINGS = (
    ("happy", re.compile(r"\b(?:happy|good|nice) end|\bends? (?:\w+ )?(?:well|happily)|ending happy|makes me smile")),
    ("sad", re.compile(r"\b(?:sad|bad|unhappy) end|\bends? (?:\w+ )?(?:badly|sadly)|ending sad|makes me cry")),
)
_QUOTED = re.compile(r"""(?<!\w)["“”'‘’]([\w-]+(?: [\w-]+)?)["“”'‘’](?!\w)""")
_SILENT = re.compile(r"\b(?:no|without|free of)(?: \w+)? (?:dialogue|talking)|\b(?:nobody|no one) (?:talk|speak|say)")
_SPEAKING = re.compile(r"\b(?:dialogue|talk|talks|talking|speaks?|conversation)\b")
_FOLLOW_UP = re.compile(
    r"^(?:go on|and then|what happen|more\b|continue|keep going|make it|shorter|tell it again"
    r"|what (?:is|was)|what's|who)"
)


@dataclass(frozen=True)
class Asked:
    """What a request asks for.

    Attributes:
        words: words that the story is to have, in lower case.
        ending: "happy", "sad", or "".
        dialogue: whether someone is to speak; None if that isn't asked.
    """

    words: tuple[str, ...]
    ending: str = ""
    dialogue: bool | None = None


def read_request(request: str) -> Asked:
    """What a request asks for, as far as that can be told."""
    text = request.lower()
    ending = next((name for name, pattern in _ENDINGS if pattern.search(text)), "")
    dialogue = False if _SILENT.search(text) else True if _SPEAKING.search(text) else None
    if _FOLLOW_UP.search(text):
        return Asked((), ending, dialogue)
    nothing = listed("common") | listed("of_requests")
    named = (word for word in words_of(text) if len(word) > 1 and word not in nothing)
    return Asked(tuple(dict.fromkeys(named)), ending, dialogue)


def unquoted(request: str) -> str:
    """A request without quotation marks around one word or two.

    After a space a word is one token or two that stand in the story too; after a mark it is others, and a model as
    small as ours takes up half as many words from there.
    """
    return _QUOTED.sub(r"\1", request)


def ways_to_write(word: str, request: str) -> tuple[str, ...]:
    """An asked word as a story may write it: one that the request never writes in lower case may be a name."""
    return (word,) if re.search(rf"\b{re.escape(word)}\b", request) else (word, word.capitalize())


def found_words(asked: Sequence[str], story: str) -> tuple[str, ...]:
    """Those of the asked words that a story has, in some form."""
    there = set(words_of(story))
    return tuple(word for word in asked if appears(word, there))


def unseen_words(asked: Sequence[str], seen: Collection[str]) -> tuple[str, ...]:
    """Those of the asked words of which no form is among the words that a model has seen."""
    return tuple(word for word in asked if word not in seen and not appears(word, seen))


def fulfilment(asked: Asked, story: str, *, ended: bool) -> tuple[float, ...]:
    """How well a story fulfils a request, for comparing.

    First its words, then that it ends, its end and its dialogue; then how surely it ends as it is to.
    """
    words = len(found_words(asked.words, story)) / len(asked.words) if asked.words else 1.0
    manner = (not asked.ending or ending_of(story) == asked.ending) + (
        asked.dialogue is None or ('"' in story) == asked.dialogue
    )
    surely = sentences_ending(story, asked.ending) if asked.ending else 0
    return (words, float(ended), float(manner), float(surely))
