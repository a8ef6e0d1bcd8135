import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinytales import terminal


@given(st.text())
def test_sanitised_text_has_nothing_that_acts_on_a_terminal(text: str) -> None:
    clean = terminal.sanitize(text)
    assert all(character in "\t\n" or unicodedata.category(character) not in ("Cc", "Cs") for character in clean)
    assert not set(clean) & set("\u202a\u202b\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f")
    assert terminal.sanitize(clean) == clean


@given(st.text(alphabet=st.characters(categories=("L", "N", "P", "S", "Zs"))))
def test_plain_text_is_left_alone(text: str) -> None:
    assert terminal.sanitize(text) == text


def test_plain_progress_ends_with_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with terminal.progress("counting", 4, "stories") as bar:
        for _ in range(4):
            bar.advance(1, "all well")
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("counting: 100% of 4 stories, ")
    assert err.endswith("all well\n")
    assert "\x1b" not in err


def test_live_progress_needs_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not terminal.is_live()
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    assert terminal.is_live()
    monkeypatch.setenv("TERM", "dumb")
    assert not terminal.is_live()


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.31, "0.3 s"), (42.4, "42 s"), (59.7, "1 min 00 s"), (185, "3 min 05 s"), (3720, "1 h 02 min")],
)
def test_lengths_of_time_read_well(seconds: float, text: str) -> None:
    assert terminal.clock(seconds) == text
