"""Requests: what one asks of a story, drawn from what a story has, and put into words."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from random import Random

from tinytales.chat.facts import MOST_WORDS, Facts, Who, describe
from tinytales.chat.phrases import Phrases
from tinytales.chat.words import listed, words_of

# How often an ending is asked for, by what it is: few stories end sadly, and a model is to hear of them as often.
_ENDINGS_ASKED = {"happy": 0.2, "sad": 0.9, "": 0.0}
_ONSETS: tuple[str, ...] = (*"bcdfghjklmnprstvwz", "qu", "ch", "st", "tr", "pl", "con")
_CODAS: tuple[str, ...] = (*"nrst", "nd", "ng", "st")
SHORT_WORDS, LONG_WORDS = 120, 180  # words of a story that is called short, and long


@dataclass(frozen=True)
class Wish:
    """What a request asks for; what is empty or None isn't asked.

    Attributes:
        who: whom the story is about.
        words: words that it is to have.
        described: for some of `words`, how to speak of them ("a lost ball"); they are then asked for as things.
        ending: "happy" or "sad".
        dialogue: with someone who speaks, or without.
        length: "short" or "long".
        first: the first sentence.
    """

    who: Who | None = None
    words: tuple[str, ...] = ()
    described: tuple[str, ...] = ()
    ending: str = ""
    dialogue: bool | None = None
    length: str = ""
    first: str = ""


def wish_for(facts: Facts, random: Random, words: Collection[str] = ()) -> Wish:
    """Something that one could have asked for and that this story fulfils; more than nothing wherever it can be.

    Args:
        facts: of the story.
        random: draws.
        words: some of these are asked for in any case; empty for some of all that tell something, most often.
    """
    who = facts.who if random.random() < 0.35 else None
    asked: tuple[str, ...] = ()
    if words or random.random() < (0.6 if who else 0.95):
        pool = [word for word in words or facts.telling if who is None or word not in (who.kind, who.adjective)]
        asked = draw_words(facts, pool, random.choice((1, 1, 2, 2, 3, MOST_WORDS)), random)
    described: tuple[str, ...] = ()
    if asked and random.random() < 0.5:
        found = tuple(describe(word, facts.text) for word in asked)
        described = found if all(found) else ()
    length = ""
    if random.random() < 0.12:
        length = "short" if facts.words <= SHORT_WORDS else "long" if facts.words >= LONG_WORDS else ""
    first = facts.sentences[0] if facts.sentences and random.random() < 0.03 else ""
    return Wish(
        who=who,
        words=asked,
        described=described,
        ending=facts.ending if random.random() < _ENDINGS_ASKED[facts.ending] else "",
        dialogue=facts.dialogue if random.random() < 0.15 else None,
        length=length,
        first=first if len(first) < 120 and '"' not in first else "",
    )


def draw_words(facts: Facts, pool: Iterable[str], count: int, random: Random) -> tuple[str, ...]:
    """Up to `count` words of `pool`, the more telling the likelier: so each comes to be asked for about as often.

    A small model learns one by one which words it may be asked for; those that few stories have would stay unlearned.
    """
    # Of waiting times each the shorter the greater its rate, the first to end are a weighted draw.
    return tuple(sorted(pool, key=lambda word: random.expovariate(facts.telling[word]))[:count])


def phrase(wish: Wish, phrases: Phrases, random: Random) -> str:
    """The request for a wish in words.

    The parts stand in the order that people put them in: whom or what it is about, its words, its end; those that are
    sentences follow.
    """
    pick = random.choice
    nouns = {"short": phrases.short, "long": phrases.long}.get(wish.length, phrases.plain)
    opener = pick(phrases.openers)
    parts: list[str] = []
    if wish.who is not None:
        who = _with_article(f"{wish.who.adjective} {wish.who.kind}".strip() if pick((True, False)) else wish.who.kind)
        parts.append(pick(phrases.about).format(who=who))
        if wish.who.name and pick((True, True, False)):
            parts.append(pick(phrases.named).format(name=wish.who.name))
    if wish.described:
        parts.append(pick(phrases.things).format(things=_listed(wish.described)))
    elif wish.words:
        part = pick(phrases.words)
        parts.append(
            (_of_one(part) if len(wish.words) == 1 else part).format(words=_listed(_dressed(wish.words, random)))
        )
    if wish.ending:
        parts.append(pick(phrases.happy if wish.ending == "happy" else phrases.sad))
    if wish.dialogue is not None:
        parts.append(pick(phrases.speaking if wish.dialogue else phrases.silent))
    sentences = [part for part in parts if part[0].isupper()]
    clauses = [part for part in parts if not part[0].isupper()]
    if wish.first:
        sentences.append(pick(phrases.first).format(first=wish.first))
    story = " ".join([pick(nouns), *clauses])
    question = opener.endswith("?")
    request = opener.rstrip("?").format(story=story)
    request = request[0].upper() + request[1:] + ("?" if question else pick((".", ".", ".", "!", "")))
    if sentences and request[-1] not in ".!?":
        request += "."
    request = " ".join([request, *(sentence if sentence[-1] in '."' else f"{sentence}." for sentence in sentences)])
    return request.lower() if random.random() < 0.12 and not wish.first else request


def garble(request: str, wish: Wish, random: Random) -> str:
    """A request with some of its words made up: of those that only frame the words that it asks for.

    People ask in more ways than can be listed, and to a small model a word that it never met is noise: so it learns to
    find what is asked for among such. A request that asks for anything else stays as it is.
    """
    if not wish.words or wish.ending or wish.length or wish.first or wish.dialogue is not None:
        return request
    who = (wish.who.kind, wish.who.adjective) if wish.who else ()
    kept = set(words_of(" ".join((*wish.words, *wish.described, *who))))
    framing = (listed("common") | listed("of_requests")) - kept

    def put(found: re.Match[str]) -> str:
        replaced = len(found[0]) > 3 and found[0].lower() in framing and random.random() < 0.4
        if not replaced:
            return found[0]
        return _made_up(random).capitalize() if found[0].istitle() else _made_up(random)

    return re.sub(r"[A-Za-z]+", put, request)


def _made_up(random: Random) -> str:
    syllables = (random.choice(_ONSETS) + random.choice("aeiou") for _ in range(random.choice((1, 2, 2, 3))))
    return "".join(syllables) + random.choice(_CODAS)


def _of_one(part: str) -> str:
    """A part that speaks of several words, for one."""
    for several, one in (("hese words", "his word"), (" words", " word"), (" are", " is"), ("come up", "comes up")):
        part = part.replace(several, one)
    return part


def _dressed(words: Sequence[str], random: Random) -> list[str]:
    quote = random.choice(("", "", "", '"'))
    return [f"{quote}{word}{quote}" for word in words]


def _listed(words: Sequence[str]) -> str:
    """The words in a row: one, two and three."""
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def _with_article(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"
