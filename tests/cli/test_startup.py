"""What a command may import before it does its work: the difference between 0.03 s and 3 s."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.command import environment
from tinytales.cli.commands import COMMANDS

HEAVY = {"torch", "textual", "datasets", "tiktoken", "numpy", "pyarrow", "transformers"}

RUN_AND_LIST_MODULES = """
import json, sys
from tinytales.cli.main import main
try:
    main(sys.argv[1:])
except SystemExit as exit:
    assert exit.code == 0, exit.code
print("\\n" + json.dumps(sorted({name.split(".")[0] for name in sys.modules})))
"""


def modules_after(home: Path, *arguments: str) -> set[str]:
    result = subprocess.run(
        [sys.executable, "-c", RUN_AND_LIST_MODULES, *arguments],
        env=environment(home),
        capture_output=True,
        text=True,
        check=True,
        stdin=subprocess.DEVNULL,
    )
    return set(json.loads(result.stdout.splitlines()[-1]))


@pytest.mark.parametrize("flag", ["--version", "--help", "-h"])
def test_the_fastest_questions_import_next_to_nothing(home: Path, flag: str) -> None:
    assert not modules_after(home, flag) & (HEAVY | {"typer", "rich", "click"})


@pytest.mark.parametrize("name", [command.name for command in COMMANDS])
def test_no_commands_help_imports_what_its_work_needs(home: Path, name: str) -> None:
    assert not modules_after(home, name, "--help") & (HEAVY | {"markdown_it"})  # which Typer's own help needs


def test_telling_imports_no_trainer(trained_home: Path) -> None:
    assert not modules_after(trained_home, "tell", "Once upon a time", "--max-tokens", "5") & (HEAVY | {"rich"})


@pytest.mark.parametrize("arguments", [("tokens", "--merges", "a cat"), ("next", "--layers", "a cat")])
def test_looking_inside_imports_no_trainer(trained_home: Path, arguments: tuple[str, ...]) -> None:
    assert not modules_after(trained_home, *arguments) & HEAVY


def test_guessing_and_growing_import_no_trainer(trained_home: Path, home: Path) -> None:
    assert not modules_after(trained_home, "guess", "--seed", "1") & HEAVY
    (home / "models" / "kid").mkdir(parents=True)
    (home / "models" / "kid" / "metrics.jsonl").write_text('{"step": 0, "tokens": 0, "prompt": "a", "sample": "b"}\n')
    assert not modules_after(home, "growth") & HEAVY
