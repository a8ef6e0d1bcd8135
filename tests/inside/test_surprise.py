"""Surprise by the word, layers that settle, and chances under sampling settings."""

import math
import re

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tinytales.inference.scoring import Candidate, Scored
from tinytales.inside.layers import layers
from tinytales.inside.odds import bytes_label, chances_of
from tinytales.inside.surprise import heat_lines, words


def scored(*pairs: tuple[str, float]) -> list[Scored]:
    return [Scored(number, text.encode(), -bits * math.log(2)) for number, (text, bits) in enumerate(pairs)]


def test_a_words_bits_are_those_of_its_tokens() -> None:
    found = words(scored(("On", 1), ("ce", 2), (" upon", 0.5), (",", 0.25), ("\n", 3), ("A", 1)))
    assert [(word.text, round(word.bits, 6)) for word in found] == [("Once", 3), (" upon,", 0.75), ("\nA", 4)]


@given(
    st.lists(st.tuples(st.sampled_from([" cat", "s", " \u4e2d\u56fd", "\n", " ", "\x1b[2J", "é"]), st.floats(0, 20)))
)
def test_heat_fits_and_can_be_read_without_colours(pairs: list[tuple[str, float]]) -> None:
    found = words(scored(*pairs))
    assert sum(word.bits for word in found) - sum(bits for _, bits in pairs) < 1e-6
    plain = list(heat_lines(found, 40, colours=False))
    assert all(cell_len(line) <= 40 and "\x1b" not in line for line in plain)
    assert re.findall(r"[\d.]+", " ".join(plain[1::2])) == [f"{word.bits:.1f}" for word in found]
    coloured = [re.sub(r"\x1b\[[\d;]*m", "", line) for line in heat_lines(found, 40, colours=True)]
    assert coloured == plain


def test_the_hottest_words_are_painted() -> None:
    [upper, _] = heat_lines(words(scored((" cool", 0.1), (" hot", 12))), 80, colours=True)
    assert upper.startswith("cool ")
    assert "\x1b[1;37;41mhot\x1b[0m" in upper


def test_where_the_answer_appears_and_stays() -> None:
    def guess(token: int) -> list[Scored]:
        return [Scored(token, b"x", -1.0)]

    found = layers([guess(3), guess(1), guess(3), guess(3)])
    assert [layer.settled for layer in found] == [False, False, True, True]
    assert [layer.settled for layer in layers([guess(1), guess(1)])] == [True, True]


def test_chances_keep_both_probabilities() -> None:
    [chance] = chances_of([Candidate(5, b" cat", math.log(0.25), 0.75)])
    assert (chance.alternative.text, round(chance.before, 6), chance.probability) == (" cat", 0.25, 0.75)


def test_labels_of_bytes_that_are_no_text() -> None:
    assert [bytes_label(data) for data in (b" a", b"\n", b"\xc3", b"\x1b[", b"")] == ["·a", "⏎", "<c3>", "<1b 5b>", "∅"]
