from collections import Counter
from dataclasses import fields
from itertools import islice
from random import Random

import pytest

from tinytales.chat import outside
from tinytales.chat.asking import Asked, read_request, unseen_words
from tinytales.chat.conversation import Conversation
from tinytales.chat.facts import ENDING_SENTENCES, Who, describe, ending_of, facts_of, find_who, sentences_of
from tinytales.chat.making import make_documents, rarity_of, replace_kind
from tinytales.chat.phrases import Phrases, load, wording
from tinytales.chat.requests import Wish, draw_words, garble, phrase, wish_for
from tinytales.chat.words import appears, same, words_of
from tinytales.corpus.story import Story
from tinytales.corpus.synthetic.generator import Generator

TRAINING, MEASURED = load("training"), load("measured")
STORY = Story(
    "Once upon a time, there was a brave cat named Tom. Tom had a red ball. One day, the ball fell into an old well.\n"
    'Tom was sad. "Can you help me?" he asked a tall heron. The heron dipped its beak into the well and got the ball.\n'
    "Tom was very happy. They played until the sun went down."
)


@pytest.fixture(scope="module")
def stories() -> list[Story]:
    return list(Generator(3).stories(0, 600))


def test_what_is_found_in_a_story() -> None:
    facts = facts_of(STORY, {"heron": 0.01, "beak": 0.02, "well": 0.03, "ball": 0.2})
    assert facts.who == Who("cat", "Tom", "brave", "his")
    assert tuple(facts.telling) == ("heron", "well", "beak")
    assert (facts.ending, facts.dialogue) == ("happy", True)
    assert describe("ball", STORY.text) == "a red ball"
    assert describe("well", STORY.text) == "an old well"
    assert describe("beak", STORY.text) == ""


def test_what_a_story_was_made_around_tells_where_that_is_known() -> None:
    known = Story(STORY.text, words=("ball", "kite", "beak", "was"))  # the story doesn't say "kite"
    assert tuple(facts_of(known, {"heron": 0.01, "kite": 0.01, "beak": 0.02, "ball": 0.2}).telling) == ("ball", "beak")


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("Once there was a girl. Her name was Lily. She ran.", Who("girl", "Lily", "", "her")),
        ("One day, a little boy named Tim found clay. He sat.", Who("boy", "Tim", "little", "his")),
        ("Once upon a time, there was a door. It was big.", Who("door", "", "", "")),
        ("It rained. Nobody came.", None),
    ],
)
def test_who_a_story_is_about(text: str, who: Who | None) -> None:
    assert find_who(text) == who


def test_endings() -> None:
    assert ending_of("He lost it. He sat down and cried. He was all alone.") == "sad"
    assert ending_of("He was sad. Then he found it. They all danced. The end. It was fun.") == "happy"
    assert ending_of("He went home. It rained.") == ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ball", "balls"),
        ("go", "went"),
        ("happy", "happily"),
        ("run", "running"),
        ("mouse", "mice"),
        ("hide", "hidden"),
    ],
)
def test_forms_of_one_word(one: str, other: str) -> None:
    assert same(one, other)
    assert same(other, one)
    assert appears(one, [other])
    assert appears(other, ["x", one])


@pytest.mark.parametrize(
    ("one", "other"), [("car", "care"), ("bat", "cat"), ("bee", "be"), ("sea", "see"), ("pan", "panda")]
)
def test_other_words(one: str, other: str) -> None:
    assert not same(one, other)
    assert not appears(one, [other])


def test_what_is_measured_shares_no_phrase_with_training() -> None:
    for part in fields(TRAINING):
        if part.name != "plain":  # "a story" has no other name
            assert not set(getattr(TRAINING, part.name)) & set(getattr(MEASURED, part.name)), part.name


@pytest.mark.parametrize("phrases", [TRAINING, MEASURED])
def test_a_request_says_all_that_is_wished(phrases: Phrases) -> None:
    wish = Wish(Who("cat", "Tom", "brave"), ("heron", "beak"), (), "sad", False, "short", "It was late.")
    for seed in range(200):
        request = phrase(wish, phrases, Random(seed)).lower()
        assert {"heron", "beak", "cat"} <= set(words_of(request))
        assert "it was late." in request
        assert "{" not in request
        asked = read_request(request)
        assert (asked.ending, asked.dialogue) == ("sad", False)
        assert {"heron", "beak", "cat"} <= set(asked.words)
        assert not set(asked.words) - {"heron", "beak", "cat", "tom", "brave", "late"}


def test_a_request_for_nothing_names_nothing() -> None:
    for request in (*TRAINING.bare, *MEASURED.bare):
        assert not set(read_request(request).words) - {"sleep", "time"}


def test_a_wish_is_fulfilled_by_its_story(stories: list[Story]) -> None:
    rarity = rarity_of(stories)
    for index, story in enumerate(stories[:200]):
        wish = wish_for(facts_of(story, rarity), Random(index))
        assert all(word in words_of(story.text) for word in wish.words)
        assert wish.first in story.text
        assert wish.who is None or (wish.who.name in story.text and wish.who.kind in story.text)


@pytest.mark.parametrize("ending", ["happy", "sad"])
def test_an_end_is_asked_for_where_the_story_stands(stories: list[Story], ending: str) -> None:
    rarity = rarity_of(stories)
    made = make_documents(iter(stories), rarity, plain=0.42, longest=400, seed=1)
    ends = [one for one in made if isinstance(one, Conversation) and one.kind == "end" and one.ending == ending]
    assert ends
    for conversation in ends:
        asked, end = (message.content for message in conversation.messages[-2:])
        assert read_request(asked) == Asked((), ending)
        assert conversation.learned_from == 3
        assert len(sentences_of(end)) == ENDING_SENTENCES


def test_all_ways_to_ask_for_an_end_are_understood() -> None:
    for ending in ("happy", "sad"):
        for asked in wording("follow_ups")[f"{ending}_end"]:
            assert read_request(asked) == Asked((), ending)


def test_documents_are_the_same_for_one_seed_and_hold_the_share_of_plain_ones(stories: list[Story]) -> None:
    def make(seed: int) -> list[Conversation | str]:
        return list(make_documents(iter(stories), rarity, plain=0.42, longest=400, seed=seed))

    rarity = rarity_of(stories)
    one, same_again, other = make(1), make(1), make(2)
    assert one == same_again
    assert one != other
    kinds = Counter("plain" if isinstance(document, str) else document.kind for document in one)
    assert {
        "plain",
        "request",
        "opening",
        "sentence",
        "bare",
        "end",
        "go on",
        "again with",
        "shorter",
        "name",
        "outside",
        "small talk",
    } == set(kinds)
    told = told_plainly = 0
    for document in one:
        told += len(document if isinstance(document, str) else document.messages[-1].content)
        told_plainly += len(document) if isinstance(document, str) else 0
        assert abs(told_plainly - 0.42 * told) < max(len(story.text) for story in stories)
    beginnings = {" ".join(sentences_of(story.text)[0].split()) for story in stories}
    for document in one:
        if isinstance(document, Conversation):
            assert document.messages[document.learned_from].role == "assistant"
            assert document.learned_from == len(document.messages) - 1
            assert document.kind == "opening" or document.whole
            if document.kind == "sentence":
                assert len(sentences_of(document.messages[1].content)) == 1
                assert document.messages[1].content not in beginnings
            assert all(message.content.strip() == message.content != "" for message in document.messages)


def test_an_opening_goes_up_to_the_sentence_with_the_last_word_that_was_asked_for(stories: list[Story]) -> None:
    made = make_documents(iter(stories), rarity_of(stories), plain=0.42, longest=400, seed=1)
    openings = [one for one in made if isinstance(one, Conversation) and not one.whole]
    assert openings
    assert {opening.kind for opening in openings} == {"opening"}
    for opening in openings:
        told = opening.messages[-1].content
        before = sentences_of(told)[:-1]
        assert any(story.text.startswith(told) for story in stories)
        assert opening.asked
        assert set(opening.asked) <= set(words_of(told))
        assert not set(opening.asked) <= set(words_of(" ".join(before)))


def test_a_word_is_asked_for_the_oftener_the_fewer_stories_have_it() -> None:
    facts = facts_of(Story("The cat saw a ball.", words=("cat", "ball")), {"cat": 0.098, "ball": 0.018})
    random = Random(0)
    first = Counter(draw_words(facts, facts.telling, 2, random)[0] for _ in range(6000))
    assert 0.8 < first["ball"] / 6000 < 0.87  # 5 of 6


def test_a_garbled_request_still_says_what_it_asks_for() -> None:
    wish = Wish(Who("boy", "Tom", "good"), ("heron", "beak"))
    changed = 0
    for seed in range(100):
        request = phrase(wish, TRAINING, Random(seed))
        garbled = garble(request, wish, Random(seed))
        changed += garbled != request
        assert {"heron", "beak", "boy"} <= set(words_of(garbled))
        assert ("good" in words_of(request)) == ("good" in words_of(garbled))
        assert [word[0].isupper() for word in garbled.split()] == [word[0].isupper() for word in request.split()]
    assert changed > 60


@pytest.mark.parametrize("wish", [Wish(), Wish(words=("beak",), ending="sad"), Wish(words=("beak",), dialogue=False)])
def test_a_request_that_asks_for_more_than_words_is_not_garbled(wish: Wish) -> None:
    request = phrase(wish, TRAINING, Random(0))
    assert all(garble(request, wish, Random(seed)) == request for seed in range(20))


def test_stories_alone_can_be_all_there_is(stories: list[Story]) -> None:
    assert list(make_documents(iter(stories), {}, plain=1.0, longest=400, seed=1)) == [story.text for story in stories]


def test_documents_are_made_as_they_are_taken(stories: list[Story]) -> None:
    taken = 0

    def counted() -> object:
        nonlocal taken
        for story in stories:
            taken += 1
            yield story

    list(islice(make_documents(counted(), {}, plain=0.42, longest=400, seed=0), 10))  # type: ignore[arg-type]
    assert taken <= 10


def test_another_kind_for_one() -> None:
    assert replace_kind("A cat saw an old cat. Cats! The cat ran.", "cat", "dog") == (
        "A dog saw an old dog. Dogs! The dog ran."
    )
    assert replace_kind("Once there was an elephant.", "elephant", "dog") == "Once there was a dog."
    assert replace_kind("The education of cattle.", "cat", "dog") == "The education of cattle."


def test_every_question_from_outside_can_be_filled_in() -> None:
    for phrasing in (*TRAINING.outside, *MEASURED.outside):
        assert outside.fill(phrasing, Random(0)).count("{") == phrasing.count("{{")


def test_refusals_are_known() -> None:
    assert all(outside.is_refusal(f" {answer}\n") for answer in outside.answers())
    assert not outside.is_refusal("Once upon a time, there was a cat.")
    assert not outside.is_refusal("")
    assert not outside.is_refusal("I am")


def test_words_that_were_never_seen() -> None:
    seen = frozenset({"cat", "run", "ball"})
    assert unseen_words(("cats", "ran", "xylophone"), seen) == ("xylophone",)


def test_a_request_for_a_sentence_asks_for_its_word_alone() -> None:
    for request in (*TRAINING.sentence, *MEASURED.sentence):
        assert read_request(request.format(word="heron")).words == ("heron",), request


def test_a_story_that_comes_again_is_asked_for_in_other_words(stories: list[Story]) -> None:
    rarity = rarity_of(stories)
    one, two = (
        [document for document in made if isinstance(document, Conversation) and document.kind == "request"]
        for made in (
            list(make_documents(iter(stories * times), rarity, plain=0.42, longest=400, seed=1)) for times in (1, 2)
        )
    )
    first, later = {document.messages[0].content for document in one}, two[len(one) :]
    assert len(later) > 0.8 * len(one)
    assert sum(document.messages[0].content in first for document in later) < 0.1 * len(later)


def test_stories_without_a_telling_word_are_asked_for_and_not_made_small_talk(stories: list[Story]) -> None:
    made = [
        one for one in make_documents(iter(stories), {}, plain=0.42, longest=400, seed=1) if not isinstance(one, str)
    ]
    kinds = Counter(document.kind for document in made)
    assert kinds["sentence"] == 0
    assert kinds["small talk"] < 0.06 * len(made)
