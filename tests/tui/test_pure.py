"""The parts without a screen: layout, pace, odds, outlines, picks, openings."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tinytales.inference.engine import Alternative, Piece
from tinytales.inference.sampling import Sampling
from tinytales.inside.odds import bar, chances, percent
from tinytales.story.operations import Add
from tinytales.story.passage import Passage
from tinytales.story.story import Story
from tinytales.terminal import sanitize
from tinytales.tui.context import in_sight
from tinytales.tui.layout import Growing, paragraphs, shown, wrap
from tinytales.tui.openings import opening_for, strange_names
from tinytales.tui.outline import outline
from tinytales.tui.picks import find
from tinytales.tui.reveal import Reveal

texts = st.text(alphabet=st.sampled_from("ab \n\t猫\x1b\u202e.,é"), max_size=60)


@given(st.lists(texts))
def test_what_is_shown_of_the_parts_is_what_is_shown_of_the_whole(parts: list[str]) -> None:
    assert "".join(shown(part) for part in parts) == shown("".join(parts))
    assert sanitize(shown("".join(parts))) == shown("".join(parts))


@given(texts, st.integers(2, 20))
def test_lines_cover_the_text_in_order_and_fit(text: str, width: int) -> None:
    text = shown(text).replace("\n", " ")
    lines = wrap(text, width)
    assert "".join(text[start:end] for start, end in lines) == text
    assert all(cell_len(text[start:end].rstrip()) <= width for start, end in lines)


@given(st.lists(st.tuples(st.sampled_from("abc"), texts.map(shown)), max_size=5))
def test_paragraphs_keep_every_visible_character_and_know_whose_it_is(blocks: list[tuple[str, str]]) -> None:
    named = [(f"{name}{number}", text) for number, (name, text) in enumerate(blocks)]
    found = paragraphs(named)
    visible = "".join("".join(text for _, text in named).split())
    assert "".join("".join(paragraph.text for paragraph in found).split()) == visible
    whole = dict(named)
    for paragraph in found:
        for offset, character in enumerate(paragraph.text):
            passage, at = paragraph.passage_at(offset)
            assert whole[passage][at] == character
        for span in paragraph.spans:
            start, end = paragraph.range_of(span.passage) or (0, 0)
            assert span.text in paragraph.text[start:end]


@given(st.lists(st.tuples(st.sampled_from("abc"), texts.map(shown)), max_size=4), st.data())
def test_growing_paragraphs_are_those_of_the_whole(blocks: list[tuple[str, str]], data: st.DataObject) -> None:
    growing = Growing()
    named = [(f"{name}{number}", text) for number, (name, text) in enumerate(blocks)]
    for number in range(len(named)):
        name, text = named[number]
        cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=4)))
        for cut in [*cuts, len(text)]:
            before = list(growing.found)
            now = [*named[:number], (name, text[:cut])]
            same = growing.show(now)
            assert growing.found == paragraphs(now)
            assert growing.found[:same] == before[:same]
    shorter = named[: data.draw(st.integers(0, len(named)))]
    growing.show(shorter)
    assert growing.found == paragraphs(shorter)


def test_reveal_goes_word_by_word_at_its_pace() -> None:
    reveal = Reveal("reading")
    text = "One day, Tom ran."
    reveal.advance(text, complete=True, now=100.0)
    assert text[: reveal.shown] == "One"
    reveal.advance(text, complete=True, now=100.1)
    assert text[: reveal.shown] == "One"
    reveal.advance(text, complete=True, now=100.5)
    assert text[slice(*reveal.word)] == "day,"
    for step in range(30):
        reveal.advance(text, complete=True, now=101 + step * 0.3)
    assert reveal.shown == len(text)


def test_reveal_waits_for_a_word_to_be_whole() -> None:
    reveal = Reveal("quick")
    assert not reveal.advance("On", complete=False, now=1.0)
    assert reveal.advance("Once ", complete=False, now=2.0)


def test_a_pause_is_not_made_up_for_by_a_burst() -> None:
    reveal = Reveal("reading")
    text = "a " * 100
    reveal.advance(text, complete=True, now=0.0)
    reveal.advance(text, complete=True, now=50.0)
    assert reveal.shown < 10


@given(st.integers(0, 12), st.sampled_from(["reading", "quick", "instant"]))
def test_a_hold_is_never_passed(hold: int, pace: str) -> None:
    reveal = Reveal(pace, holds=[hold])  # type: ignore[arg-type]
    for step in range(40):
        reveal.advance("one two three four", complete=True, now=step * 1.0)
    assert reveal.shown == hold
    assert reveal.held


alternatives = st.lists(st.floats(-8, -0.7), min_size=1, max_size=8).map(
    lambda values: [
        Alternative(number, f" w{number}", value - math.log(len(values)))
        for number, value in enumerate(sorted(values, reverse=True))
    ]
)


@given(alternatives, st.floats(0.02, 3), st.integers(0, 5), st.floats(0.05, 1))
def test_chances_are_probabilities_that_keep_their_order(
    likely: list[Alternative], temperature: float, top_k: int, top_p: float
) -> None:
    found = [chance.probability for chance in chances(likely, Sampling(temperature, top_k, top_p))]
    assert all(0 <= value <= 1 for value in found)
    assert sum(found) <= 1 + 1e-9
    assert found == sorted(found, reverse=True)
    assert found[0] > 0
    if top_k:
        assert sum(value > 0 for value in found) <= top_k


def test_chances_of_a_whole_distribution_are_those_of_the_sampler() -> None:
    likely = [
        Alternative(0, "a", math.log(0.6)),
        Alternative(1, "b", math.log(0.3)),
        Alternative(2, "c", math.log(0.1)),
    ]
    assert [one.probability for one in chances(likely, Sampling(1.0, 0, 1.0))] == pytest.approx([0.6, 0.3, 0.1])
    assert [one.probability for one in chances(likely, Sampling(1.0, 2, 1.0))] == pytest.approx([2 / 3, 1 / 3, 0])
    assert [one.probability for one in chances(likely, Sampling(1.0, 0, 0.7))] == pytest.approx([2 / 3, 1 / 3, 0])
    assert [one.probability for one in chances(likely, Sampling(0.0))] == [1, 0, 0]
    halves = [0.6**2, 0.3**2, 0.1**2]
    assert [one.probability for one in chances(likely, Sampling(0.5, 0, 1.0))] == pytest.approx(
        [value / sum(halves) for value in halves]
    )


def test_bars_and_percents() -> None:
    assert bar(0.5, 4) == "██  "
    assert len(bar(0.333, 10)) == 10
    assert [percent(share) for share in (0, 0.004, 0.07, 1)] == ["  0%", " <1%", "  7%", "100%"]


def test_an_outline_has_every_passage_once_with_the_story_as_its_trunk() -> None:
    story = Story()
    for name, parent in (("a", None), ("b", "a"), ("c", "a"), ("d", "c"), ("e", "b"), ("z", None)):
        story.apply(Add(Passage(name, parent, "user", name), chosen=name in "acd"))
    rows = [(row.passage.id, row.depth, row.on_path) for row in outline(story)]
    assert rows == [("z", 1, False), ("a", 0, True), ("b", 1, False), ("e", 1, False), ("c", 0, True), ("d", 0, True)]


@pytest.mark.parametrize(
    ("counts", "length", "expected"),
    [([], 10, (0, 0)), ([4, 4], 10, (8, 0)), ([4, 4, 4], 10, (10, 1)), ([20], 10, (10, 0)), ([1, 20], 10, (10, 1))],
)
def test_what_the_model_sees(counts: list[int], length: int, expected: tuple[int, int]) -> None:
    assert in_sight(counts, length) == expected


def test_takes_of_which_none_is_chosen_hang_beside_the_story() -> None:
    story = Story()
    for name, parent in (("a", None), ("b", "a"), ("c", "a"), ("d", "c")):
        story.apply(Add(Passage(name, parent, "user", name), chosen=name == "a"))
    rows = [(row.passage.id, row.depth, row.on_path) for row in outline(story)]
    assert rows == [("a", 0, True), ("b", 1, False), ("c", 1, False), ("d", 1, False)]


def test_picks_are_unsure_nouns_with_whole_words() -> None:
    def others(*words: str) -> tuple[Alternative, ...]:
        return tuple(Alternative(number, word, -1.2) for number, word in enumerate(words))

    pieces = [
        Piece(" saw", 1, -2.0, others(" saw", " had")),  # no noun
        Piece(" a", 2, -0.1, others(" a")),
        Piece(" ti", 3, -1.2, others(" ti", " dog", "ny", " C")),
        Piece("ger", 4, -0.1, others("ger")),
        Piece(" and", 5, -0.1),
        Piece(" the", 6, -0.1),
        Piece(" cat", 7, -1.2, others(" cat", " cow")),  # too soon after the last
    ]
    picks = find(pieces, lambda index, beginning: {" dog": " doggy"}[beginning])
    assert [(pick.index, pick.options) for pick in picks] == [(2, (" doggy", " tiger"))]


@pytest.mark.parametrize(
    ("who", "opening"),
    [
        ("Lily", "One day, Lily"),
        ("an old owl.", "Once upon a time, there was an old owl"),
        ("The king", "Once upon a time, there was the king"),
        ("elephant", "Once upon a time, there was an elephant"),
        ("  ", ""),
    ],
)
def test_openings(who: str, opening: str) -> None:
    assert opening_for(who) == opening


def test_strange_names() -> None:
    assert strange_names("Zorblax met Lily and Tom.", lambda text: 5 if "orblax" in text else 1) == ["Zorblax"]


def test_a_word_that_only_begins_a_sentence_is_no_strange_name() -> None:
    assert strange_names("A door. Behind it was", lambda text: 5 if "Behind" in text else 1) == []
