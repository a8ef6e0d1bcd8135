"""Where a passage stops, and what it begins with."""

from threading import Event

import pytest

from tinytales.inference.engine import Piece
from tinytales.inference.sampling import Sampling
from tinytales.inference.scripted import ScriptedEngine
from tinytales.story.telling import Length, Order, finish_of, tell

STORY = 'Lily ran. "Stop!" said Tom.\n\nThey hid.\n\nThe end.'


def take(length: Length, prompt: str = "", opening: tuple[Piece, ...] = (), story: str = STORY) -> tuple[str, str]:
    order = Order(None, prompt, Sampling(), opening, length)
    pieces = list(tell(ScriptedEngine([story.replace("\n\n", " \n\n ").replace("  ", " ")]), order, Event()))
    return "".join(piece.text for piece in pieces), finish_of(pieces)


@pytest.mark.parametrize(
    ("length", "text", "finish"),
    [
        ("sentence", "Lily ran.", "length"),
        ("paragraph", 'Lily ran. "Stop!" said Tom. \n\n', "length"),
        ("story", 'Lily ran. "Stop!" said Tom. \n\n They hid. \n\n The end.', "end"),
    ],
)
def test_a_passage_stops_where_it_was_told_to(length: Length, text: str, finish: str) -> None:
    assert take(length)[0].split() == text.split()
    assert take(length)[1] == finish


def test_a_story_that_ends_with_the_paragraph_says_so() -> None:
    assert take("paragraph", story="The end.") == ("The end.", "end")


def test_an_opening_comes_first_and_counts() -> None:
    text, finish = take("sentence", opening=(Piece("One day.", 3, -1.0),), story=" Lily ran. Tom sat.")
    assert (text, finish) == ("One day.", "length")


def test_stopping_keeps_what_was_told() -> None:
    stop = Event()
    pieces = []
    for piece in tell(ScriptedEngine([STORY]), Order(None, "", Sampling(), length="story"), stop):
        pieces.append(piece)
        if len(pieces) == 3:
            stop.set()
    assert finish_of(pieces) == "stopped"
    assert len(pieces) == 4
