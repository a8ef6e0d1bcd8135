"""`tinytales` and `tinytales write` open the session; without a terminal they say what to use instead."""

import subprocess
import sys

import pytest

MAIN = [sys.executable, "-c", "from tinytales.cli.main import main; main()"]


@pytest.mark.parametrize("arguments", [[], ["write"], ["write", "nothing"]])
def test_without_a_terminal_it_names_tell(arguments: list[str]) -> None:
    result = subprocess.run([*MAIN, *arguments], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert result.returncode == 2
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) == 2
    assert "tinytales tell" in result.stderr
