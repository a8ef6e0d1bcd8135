"""The README's commands, run as they stand."""

import re
import shlex
import tomllib
from pathlib import Path

import pytest

from tests.command import run
from tinytales.corpus.synthetic.generator import Generator
from tinytales.settings import resolve
from tinytales.training.settings import TrainSettings

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, flags=re.MULTILINE | re.DOTALL)


def commands() -> list[list[str]]:
    """Every command line of the README that begins with `tinytales`."""
    lines = [line for block in blocks("sh") for line in block.splitlines()]
    return [shlex.split(line)[1:] for line in lines if line.startswith("tinytales ")]


def test_the_two_commands_are_there() -> None:
    assert "pip install uv && uv run tinytales speedrun\n" in blocks("sh")
    assert "pip install uv && uv run pytest\n" in blocks("sh")


def test_each_command_works_after_the_ones_before_it(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stories = [story.text for story in Generator(0).stories(0, 800)]
    (tmp_path / "my-stories.txt").write_text("\n<|endoftext|>\n".join(stories), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    found = commands()
    # A reader has run the two commands at the top before.
    assert run(home, "speedrun", TINYTALES_TRAIN_STEPS="4").returncode == 0
    assert len(found) >= 5
    for arguments in found:
        result = run(home, *arguments, TINYTALES_PREPARE_LIMIT="2000", TINYTALES_TRAIN_STEPS="4")
        assert result.returncode == 0, (arguments, result.stderr)
        assert result.stdout.strip()


def test_the_settings_shown_are_settings(home: Path) -> None:
    (text,) = blocks("toml")
    home.mkdir()
    (home / "settings.toml").write_text(text)
    assert resolve(TrainSettings, "train", flags={}).value.depth == tomllib.loads(text)["train"]["depth"]
