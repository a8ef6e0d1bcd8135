"""A sweep as people run it: asked about, killed, gone on with, shown."""

import json
import shutil
import time
from pathlib import Path

import pytest

from tests.command import run, start


@pytest.fixture
def ready(home: Path, trained_home: Path) -> Path:
    """A home with a corpus and tokens."""
    shutil.copytree(trained_home, home)
    return home


def test_a_grid_that_would_take_days_is_asked_about(ready: Path) -> None:
    result = run(ready, "sweep", "--depth", "1,2", "--minutes", "1000", "--seeds", "3")
    assert result.returncode == 2
    assert "6 runs take 100 h 00 min and more" in result.stderr


def test_print_gives_a_command_for_each_run(ready: Path) -> None:
    result = run(ready, "sweep", "--name", "p", "--vocab-size", "300,320", "--steps", "2", "--seeds", "2", "--print")
    assert result.returncode == 0, result.stderr
    lines = result.stdout.splitlines()
    assert len(lines) == 4
    assert all("TINYTALES_TRAIN_STEPS=2" in line and " tinytales train p-v3" in line for line in lines)
    assert result.stderr.count("first: tinytales tokenize demo --name p-v3") == 2
    assert run(ready, "sweep", "show", "p").returncode == 3


def test_killed_and_gone_on_with_and_a_failed_run_is_marked(ready: Path, tmp_path: Path) -> None:
    # A row of so many tokens is longer than the corpus: those runs fail.
    arguments = ("sweep", "--name", "s", "--set", "context_length=64,9999999", "--depth", "1,2", "--steps", "3", "-y")
    process = start(ready, *arguments)
    deadline = time.monotonic() + 120
    while not list((ready / "models").glob("s-*")) and time.monotonic() < deadline:
        time.sleep(0.1)
    process.kill()
    process.communicate()
    result = run(ready, *arguments)
    assert result.returncode == 1
    assert "2 of 4 runs failed" in result.stderr
    assert result.stderr.count("failed: s-depth-") == 2
    assert "(1 of 4 runs" in result.stderr  # what was done before stays done
    assert sorted(path.name for path in (ready / "models").glob("s-*")) == [
        "s-depth-1-context-length-64",
        "s-depth-2-context-length-64",
    ]
    found = json.loads(run(ready, "sweep", "show", "--json").stdout)
    assert [one["depth"] for one in found["runs"]] == ["1", "2"]
    assert found["fits"][0]["quantity"] == "parameters"
    svg = tmp_path / "plot.svg"
    assert run(ready, "sweep", "show", "s", "-o", str(svg)).returncode == 0
    assert svg.read_text(encoding="utf-8").lstrip().startswith("<?xml")
    shown = run(ready, "sweep", "show", "s").stdout
    assert "expected" in shown
    assert "●" in shown
    assert run(ready, "sweep", "collect", "s").stdout.startswith("name,")


@pytest.mark.parametrize(
    "arguments", [("--set", "depth"), ("--set", "colour=1"), ("--preset", "none"), ("--depth", ",")]
)
def test_wrong_grids(ready: Path, arguments: tuple[str, ...]) -> None:
    result = run(ready, "sweep", *arguments, "-y")
    assert result.returncode == 2, result.stderr
    assert "Traceback" not in result.stderr
