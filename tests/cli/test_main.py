from pathlib import Path

import pytest

from tests.command import run
from tinytales.cli.commands import COMMANDS
from tinytales.cli.group import run_command
from tinytales.cli.help import top_level_help
from tinytales.cli.main import tell_error
from tinytales.errors import MissingError, UsageError


def test_version(home: Path) -> None:
    result = run(home, "--version")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.split()[0] == "tinytales"


@pytest.mark.parametrize("columns", [30, 60, 80, 200])
def test_help_lists_every_command_within_the_terminal(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    text = top_level_help()
    assert all(command.name in text for command in COMMANDS)
    assert max(len(line) for line in text.splitlines()[3:]) <= max(40, columns)
    assert "\x1b" not in text


@pytest.mark.parametrize("columns", [30, 60, 80, 200])
@pytest.mark.parametrize("name", [command.name for command in COMMANDS])
def test_each_command_has_help_of_its_own_within_the_terminal(
    name: str, columns: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    assert run_command([name, "-h"]) == 0
    text = capsys.readouterr().out
    assert text.startswith(f"Usage: tinytales {name}")
    assert "-h, --help" in text
    assert max(len(line) for line in text.splitlines()) <= max(40, columns)


def test_help_of_a_family_names_its_members_and_theirs_their_options(home: Path) -> None:
    assert "│ import " in run(home, "models", "--help").stdout
    assert "--name <str>" in run(home, "models", "import", "--help").stdout


@pytest.mark.parametrize(
    ("arguments", "code", "what"),
    [
        (["tel"], 2, "there is no command called tel\n  try: tinytales tell"),
        (["tell", "--temprature", "1"], 2, "No such option"),
        (["tell", "--temperature", "hot"], 2, "'--temperature'"),
        (["tell", "--temperature", "-1"], 2, "temperature -1.0 is out of range"),
        (["tell", "-m", "none"], 3, "there is no model called none"),
        (["tokenize"], 3, "there is no corpus yet"),
        (["train"], 3, "there is no token folder yet"),
        (["prepare", "nowhere.txt"], 3, "nowhere.txt"),
        (["prepare", "--min-words", "-1"], 2, "less than no words"),
        (["speedrun", "--preset", "huge"], 2, "no preset called huge"),
        (["train", "--steps", "1", "--minutes", "1"], 2, "can't be bound by minutes and steps"),
    ],
)
def test_a_mistake_gets_two_lines_and_its_code(home: Path, arguments: list[str], code: int, what: str) -> None:
    result = run(home, *arguments)
    assert result.returncode == code
    assert what in result.stderr
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    lines = result.stderr.splitlines()
    assert (len(lines), lines[0][:7], lines[1][:6]) == (2, "error: ", "  try:")
    assert not (home / "models").exists()


def test_debug_shows_the_traceback(home: Path) -> None:
    result = run(home, "--debug", "tell", "-m", "none")
    assert "Traceback" in result.stderr
    assert "MissingError" in result.stderr


@pytest.mark.parametrize(
    ("error", "code", "what"),
    [
        (UsageError("a", "b"), 2, "error: a\n  try: b\n"),
        (MissingError("a\x1b]0;title\x07\n\nb", "c"), 3, "error: a]0;title b\n  try: c\n"),
        (OSError(28, "No space left on device"), 1, "the disk is full"),
        (PermissionError(13, "Permission denied", "/x"), 1, "/x"),
        (MemoryError(), 1, "not enough memory"),
        (ZeroDivisionError("division by zero"), 1, "tinytales --debug"),
    ],
)
def test_every_error_becomes_lines_for_people(
    error: Exception, code: int, what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert tell_error(error) == code
    assert what in capsys.readouterr().err
