"""`tokens` and `next` as people call them."""

import json
from pathlib import Path

import pytest

from tests.command import run

TEXT = "Once upon a time, there was a zyxwv"


def test_tokens_in_boxes(trained_home: Path) -> None:
    result = run(trained_home, "tokens", TEXT, "-m", "demo", "-m", "demo", "--merges")
    assert result.returncode == 0, result.stderr
    assert result.stdout.count("demo, a vocabulary of 320") == 2
    assert f"for {len(TEXT)} bytes" in result.stdout
    assert "never in its corpus (═): zyxwv" in result.stdout
    assert "merge 1:" in result.stdout
    assert "\x1b" not in result.stdout


def test_tokens_as_json(trained_home: Path) -> None:
    [found] = json.loads(run(trained_home, "tokens", "--json", "--merges", given=TEXT).stdout)
    assert b"".join(bytes.fromhex(token["bytes"]) for token in found["tokens"]).decode() == TEXT
    assert (found["bytes"], found["unknown_words"]) == (len(TEXT), ["zyxwv"])
    assert found["bytes_per_token"] == found["bytes"] / found["count"]
    assert found["merges"][" there"]


def test_next_with_layers(trained_home: Path) -> None:
    result = run(trained_home, "next", TEXT, "--layers", "-t", "0.5")
    assert result.returncode == 0, result.stderr
    lines = result.stdout.splitlines()
    assert "bits of surprise" in result.stdout
    assert "temperature 0.5, top-p 0.95" in result.stdout
    assert sum(("%" in line and "█" in line) or "---" in line for line in lines) >= 1
    assert sum("the answer, from here on" in line for line in lines) == 1
    assert "\x1b" not in result.stdout


def test_next_as_json(trained_home: Path) -> None:
    found = json.loads(run(trained_home, "next", TEXT, "--layers", "--json", "-n", "320", "-t", "0").stdout)
    assert "".join(word["text"] for word in found["words"]) == TEXT
    assert sum(one["probability"] for one in found["next"]) == pytest.approx(1, abs=1e-4)
    assert [one["chance"] for one in found["next"][:2]] == [1, 0]
    assert [layer["layer"] for layer in found["layers"]] == [0, 1]
    assert found["layers"][-1]["guesses"][0]["token"] == found["next"][0]["token"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("tokens", ""), 2),
        (("tokens", "\x1b\x07\x00"[:2]), 2),
        (("tokens", "a", "-m", "nowhere"), 3),
        (("next", "a", "-m", "nowhere"), 3),
        (("next", "a", "-t", "-1"), 2),
        (("next", "a", "-n", "0"), 2),
    ],
)
def test_wrong_input(trained_home: Path, arguments: tuple[str, ...], code: int) -> None:
    result = run(trained_home, *arguments)
    assert result.returncode == code, result.stderr
    assert "Traceback" not in result.stderr
    assert result.stdout == ""


def test_control_characters_begin_a_story(trained_home: Path) -> None:
    result = run(trained_home, "next", "\x1b\x07")
    assert result.returncode == 0, result.stderr
    assert "\x1b" not in result.stdout
    assert "bits of surprise" not in result.stdout
