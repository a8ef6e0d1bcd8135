from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinytales.inference.boundary import UNTIL, Boundary


def through(boundary: Boundary, parts: list[str]) -> str:
    shown = ""
    for part in parts:
        shown += boundary.add(part)
        if boundary.reached:
            return shown
    return shown + boundary.end()


def cut(text: str, places: list[int]) -> list[str]:
    ends = sorted({min(place, len(text)) for place in places} | {0, len(text)})
    return [text[begin:end] for begin, end in pairwise(ends)]


@pytest.mark.parametrize(
    ("until", "text", "shown"),
    [
        ("sentence", " sat down. Then he", " sat down."),
        ("sentence", ' "Stop!" she said.', ' "Stop!"'),
        ("sentence", " said Mr. Bear. He", " said Mr. Bear."),
        ("sentence", " had 3.5 apples", " had 3.5 apples"),
        ("sentence", " wait... no", " wait..."),
        ("sentence", " the end.", " the end."),
        ("sentence", ". He went. He", "."),
        ("paragraph", " One. Two.\n\nThree", " One. Two."),
        ("paragraph", "\n\nOne. Two.\nThree", "\n\nOne. Two."),
        ("paragraph", " no end", " no end"),
        ("end", " One.\n\nTwo.", " One.\n\nTwo."),
    ],
)
@given(places=st.lists(st.integers(0, 30)))
def test_where_text_ends(until: str, text: str, shown: str, places: list[int]) -> None:
    """However the text is cut into pieces."""
    assert through(Boundary(until), cut(text, places)) == shown


@given(
    st.text("ab. \n", max_size=30),
    st.lists(st.text("ab.", min_size=1, max_size=4), max_size=3),
    st.lists(st.integers(0, 30)),
)
def test_stop_strings(text: str, stops: list[str], places: list[int]) -> None:
    """Nothing of a stop string is ever shown, and nothing before it is lost."""
    first = min((text.index(stop) for stop in stops if stop in text), default=len(text))
    shown = through(Boundary(stop_strings=stops), cut(text, places))
    # Cut early enough, a later and shorter one may be complete before an earlier and longer one is.
    assert text.startswith(shown)
    assert len(shown) <= max(first, 0) or not any(stop in shown for stop in stops)
    if not any(stop in text for stop in stops):
        assert shown == text


@given(st.sampled_from(sorted(UNTIL)), st.text(max_size=40), st.lists(st.integers(0, 40)))
def test_what_is_shown_is_a_beginning(until: str, text: str, places: list[int]) -> None:
    assert text.startswith(through(Boundary(until), cut(text, places)))
