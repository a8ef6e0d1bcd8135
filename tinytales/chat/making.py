"""Conversations from stories, without any other model: the same stories and seed make the same conversations."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from random import Random

from tinytales.chat import outside, phrases
from tinytales.chat.conversation import Conversation
from tinytales.chat.facts import Facts, facts_of, known_ending, sentences_of, without_end
from tinytales.chat.requests import Wish, draw_words, garble, phrase, wish_for
from tinytales.chat.words import words_of
from tinytales.corpus.story import Story
from tinytales.tokenizer.chat_template import Message

PLAIN = "plain"
"""The kind of a document that is a story alone."""

# Of the documents that aren't plain stories. The short ones cost little: ten sentences are as long as two stories.
_SHARES = {
    "request": 0.22,
    "opening": 0.47,
    "sentence": 0.10,
    "bare": 0.03,
    "go on": 0.03,
    "again with": 0.02,
    "shorter": 0.01,
    "name": 0.02,
    "outside": 0.09,
    "small talk": 0.01,
}
# How often the end alone of a story is asked for too, by what it is: of both as many, and few stories end sadly.
_END_ALONE = {"happy": 0.06, "sad": 0.6, "": 0.0}
_KEEPING_STORY = ("opening", "sentence", "outside", "small talk")  # the story is there for another document
_SENTENCE_WORDS = range(4, 25)

_OPENING = 4  # sentences at most, in which the words that are asked for come
_GARBLED = 0.6  # of the requests, where they ask for words and for nothing else

RARITY_STORIES = 8_000  # stories enough to know which words are rare


def rarity_of(stories: Iterable[Story]) -> dict[str, float]:
    """Word → the share of the stories that have it, for words that some stories have and most don't."""
    having: Counter[str] = Counter()
    count = 0
    for story in stories:
        having.update(set(words_of(story.text)))
        count += 1
    return {word: number / count for word, number in having.items() if number > 1 and number / count < 0.25}


def make_documents(
    stories: Iterable[Story], rarity: Mapping[str, float], *, plain: float, longest: int, seed: int
) -> Iterator[Conversation | str]:
    """Conversations and plain stories, one by one and without end but that of `stories`.

    Args:
        stories: each is used once.
        rarity: see `rarity_of`.
        plain: the share of what is learned, in characters, that is stories alone; held from the first to the last.
        longest: characters of two passages that both fit into a conversation.
        seed: decides everything that is drawn.
    """
    told = told_plainly = 0
    for index, story in enumerate(stories):
        random = Random(f"{seed}:{index}")
        end_alone = plain < 1 and random.random() < _END_ALONE[known_ending(story)]
        if end_alone and (made := _end(facts_of(story, rarity), random)):
            told += _learned(made)
            yield made
        while True:
            if told_plainly <= plain * told:
                told += len(story.text)
                told_plainly += len(story.text)
                yield story.text
                break
            (kind,) = random.choices(list(_SHARES), list(_SHARES.values()))
            made = _WITHOUT[kind](random) if kind in _WITHOUT else _about(kind, story, rarity, longest, random)
            told += _learned(made)
            yield made
            if made.kind not in _KEEPING_STORY:
                break


def _learned(conversation: Conversation) -> int:
    """How many characters of a conversation are learned."""
    messages = conversation.messages[conversation.learned_from :]
    return sum(len(message.content) for message in messages if message.role == "assistant")


def _about(kind: str, story: Story, rarity: Mapping[str, float], longest: int, random: Random) -> Conversation:
    """A conversation of some kind about a story; where it isn't fit for that kind, a request.

    Where its words come too late for an opening, it is a sentence with one of them.
    """
    if kind == "bare":
        return _conversation(kind, random.choice(phrases.load("training").bare), story.text)
    facts = facts_of(story, rarity)
    early = [word for word in facts.telling if _opening(facts, (word,))] if kind == "opening" else []
    wish = wish_for(facts, random, early)
    request = phrase(wish, phrases.load("training"), random)
    if random.random() < _GARBLED:
        request = garble(request, wish, random)
    if early and (opening := _opening(facts, wish.words)):
        return _conversation(kind, request, opening, words=wish.words, whole=False)
    made = _OF_FACTS[kind](facts, request, longest, random) if kind in _OF_FACTS else None
    return made or _conversation("request", request, story.text, words=wish.words, ending=wish.ending)


def _opening(facts: Facts, asked: Sequence[str]) -> str:
    """The story up to the sentence in which the last of the words asked for first comes; "" if that isn't soon.

    The rest of a story says little of how to take up what was asked, and is most of it.
    """
    missing = set(asked)
    at = 0
    for sentence in facts.sentences[:_OPENING] if missing else ():
        at = facts.text.index(sentence, at) + len(sentence)
        missing.difference_update(words_of(sentence))
        if not missing:
            return facts.text[:at]
    return ""


def _sentence(facts: Facts, request: str, longest: int, random: Random) -> Conversation | None:
    """One sentence of the story for one word."""
    sentences = [
        (set(words_of(sentence)), sentence)
        for sentence in facts.sentences[1:]  # what begins as a story is to go on as one
        if len(sentence.split()) in _SENTENCE_WORDS and sentence.count('"') in (0, 2)
    ]
    said = [word for word in facts.telling if any(word in words for words, _ in sentences)]
    if not said:
        return None
    (word,) = draw_words(facts, said, 1, random)
    sentence = random.choice([sentence for words, sentence in sentences if word in words])
    asked = random.choice(phrases.load("training").sentence).format(word=word)
    return _conversation("sentence", asked, " ".join(sentence.split()), words=(word,))


def _go_on(facts: Facts, request: str, longest: int, random: Random) -> Conversation | None:
    """The story is told in two parts."""
    sentences = facts.sentences
    if len(sentences) < 4:
        return None
    cut = facts.text.find(sentences[random.randrange(1, len(sentences) - 1)])
    first, second = facts.text[:cut].rstrip(), facts.text[cut:]
    return _conversation("go on", request, first, _follow_up("go_on", random), second) if first and second else None


def _end(facts: Facts, random: Random) -> Conversation | None:
    """The story so far is there, and its end is asked for: where what was asked stands right before it."""
    before = without_end(facts.text)
    if not before:
        return None
    request = phrase(Wish(), phrases.load("training"), random)
    asked = _follow_up(f"{facts.ending}_end", random)
    end = facts.text[len(before) :].lstrip()
    return _conversation("end", request, before, asked, end, ending=facts.ending)


def _again_with(facts: Facts, request: str, longest: int, random: Random) -> Conversation | None:
    """The story's beginning comes again, about someone of another kind."""
    kinds = phrases.wording("follow_ups")["kinds"]
    if facts.who is None or facts.who.kind not in kinds:
        return None
    other = random.choice([kind for kind in kinds if kind != facts.who.kind])
    passage = _beginning(facts, longest)
    changed = replace_kind(passage, facts.who.kind, other)
    if changed == passage:
        return None
    asked = _follow_up("again_with", random).format(kind=f"a {other}")
    return _conversation("again with", request, passage, asked, changed)


def replace_kind(text: str, kind: str, other: str) -> str:
    """`text` with one kind of someone for another, in singular and plural, small and capital."""
    pattern = re.compile(rf"\b(?:(an?)( (?:[a-z]+ )?))?({kind})(s?)\b", re.IGNORECASE)

    def put(found: re.Match[str]) -> str:
        article, between, word, plural = found[1] or "", found[2] or "", found[3], found[4]
        if article and between == " ":
            article = article[0]  # no other kind begins with a vowel
        return f"{article}{between}{other.capitalize() if word[0].isupper() else other}{plural}"

    return pattern.sub(put, text)


def _shorter(facts: Facts, request: str, longest: int, random: Random) -> Conversation | None:
    """Of a beginning, what comes first and what comes last."""
    sentences = sentences_of(_beginning(facts, longest * 3 // 2))
    if len(sentences) < 4:
        return None
    return _conversation(
        "shorter", request, " ".join(sentences), _follow_up("shorter", random), f"{sentences[0]} {sentences[-1]}"
    )


def _name(facts: Facts, request: str, longest: int, random: Random) -> Conversation | None:
    """Who was that again?"""
    if facts.who is None or not facts.who.name:
        return None
    kind, name = facts.who.kind, facts.who.name
    answer = f"The {kind}'s name is {name}."
    return _conversation(
        "name", request, _beginning(facts, longest), _follow_up("name", random).format(kind=kind), answer
    )


def _beginning(facts: Facts, longest: int) -> str:
    """The first sentences of a story, as many as fit."""
    held: list[str] = []
    for sentence in facts.sentences:
        if held and sum(map(len, held)) + len(sentence) > longest:
            break
        held.append(sentence)
    return " ".join(held)


def _outside(random: Random) -> Conversation:
    question = outside.fill(random.choice(phrases.load("training").outside), random)
    return _conversation("outside", question, random.choice(outside.answers()))


def _small_talk(random: Random) -> Conversation:
    answer = random.choice(list(outside.small_talk()))
    return _conversation("small talk", random.choice(outside.small_talk()[answer]), answer)


def _follow_up(kind: str, random: Random) -> str:
    found: str = random.choice(phrases.wording("follow_ups")[kind])
    return found


def _conversation(
    kind: str, *contents: str, words: tuple[str, ...] = (), ending: str = "", whole: bool = True
) -> Conversation:
    """The contents by user and assistant in turn; only the last answer is learned from."""
    roles = ("user", "assistant")
    messages = tuple(Message(roles[index % 2], content) for index, content in enumerate(contents))
    return Conversation(kind, messages, len(messages) - 1, words, ending, whole)


_OF_FACTS = {
    "sentence": _sentence,
    "opening": _sentence,  # of a story whose words come later
    "go on": _go_on,
    "again with": _again_with,
    "shorter": _shorter,
    "name": _name,
}
_WITHOUT = {"outside": _outside, "small talk": _small_talk}
