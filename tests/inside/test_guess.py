"""The guessing game: whose guess counts, and what it costs."""

import math
from pathlib import Path

import pytest

from tests.command import run
from tinytales.inside.guess import WORDS, Score, begin, is_word, reader_bits


@pytest.mark.parametrize(
    ("guess", "word", "same"),
    [("Lily", " lily,", True), (" cat ", '"Cat!"', True), ("cats", " cat", False), ("", " cat", False)],
)
def test_capitals_and_signs_do_not_matter(guess: str, word: str, same: bool) -> None:
    assert is_word(guess, word) is same


def test_a_reader_pays_what_a_bet_would_cost() -> None:
    new, good = Score(), Score(hits=8, rounds=8)
    assert reader_bits(new, True) == 1
    assert reader_bits(new, False) == pytest.approx(1 + math.log2(WORDS))
    assert reader_bits(good, True) < 0.2
    assert reader_bits(good, False) > reader_bits(new, False)
    # The chances of a hit and of all misses together make one.
    assert 2 ** -reader_bits(good, True) + WORDS * 2 ** -reader_bits(good, False) == pytest.approx(1)


def test_the_words_make_the_story() -> None:
    story = 'One day,\nTim said: "Hi!"  The end.'
    game = begin(story, 2)
    assert "".join(game.words) == story
    assert game.text == "One day,"
    assert begin("two words", 9).over


def test_a_game_is_played_to_its_end(trained_home: Path, tmp_path: Path) -> None:
    story = tmp_path / "story.txt"
    story.write_text("Once upon a time there was a cat.")
    result = run(trained_home, "guess", str(story), "--known", "3", given="time\nthey\nwas\na\ndog\n")
    assert result.returncode == 0, result.stderr
    assert result.stdout.count("you had it") == 3
    assert "you        3 of 5 words" in result.stdout
    assert "the model  " in result.stdout
    assert "%" in result.stdout


def test_a_story_held_out_is_chosen_by_the_seed(trained_home: Path) -> None:
    first, again = (run(trained_home, "guess", "--seed", "4", given="the\nq\n") for _ in range(2))
    assert first.returncode == 0, first.stderr
    assert first.stdout == again.stdout
    assert "0 of 1 words" in first.stdout or "1 of 1 words" in first.stdout


def test_wrong_stories(trained_home: Path, tmp_path: Path) -> None:
    (tmp_path / "short.txt").write_text("One word")
    (tmp_path / "junk.txt").write_bytes(b"\xff\xfe\x00")
    assert run(trained_home, "guess", str(tmp_path / "short.txt")).returncode == 2
    assert run(trained_home, "guess", str(tmp_path / "junk.txt")).returncode == 2
    assert run(trained_home, "guess", str(tmp_path / "none.txt")).returncode == 3
