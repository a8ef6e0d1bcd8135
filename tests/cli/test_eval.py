import json
import shutil
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.evaluation.models import untrained_copy
from tinytales.cli.main import main

CHEAP = ("--stories", "30", "--seeds", "1")


@pytest.fixture(scope="module")
def evaluated(trained_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a model that was measured."""
    home = tmp_path_factory.mktemp("evaluated") / "home"
    shutil.copytree(trained_home, home)
    untrained_copy(home / "models" / "demo", home / "models" / "untrained")
    return home


@dataclass(frozen=True)
class Result:
    returncode: int | str | None
    stdout: str
    stderr: str


@pytest.fixture
def run(evaluated: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Result]:
    """Runs a command in this process: nothing here depends on how one starts."""

    def run(*arguments: str) -> Result:
        monkeypatch.setenv("TINYTALES_HOME", str(evaluated))
        with pytest.raises(SystemExit) as end:
            main(arguments)
        return Result(end.value.code, *capsys.readouterr())

    return run


def test_a_model_is_measured_as_training_measured_it(evaluated: Path, run: Callable[..., Result]) -> None:
    result = run("eval", "demo", "--seeds", "1", "--json")
    assert result.returncode == 0, result.stderr
    found = json.loads(result.stdout)
    run_file = tomllib.loads((evaluated / "models" / "demo" / "run.toml").read_text())
    assert found["bits_per_byte"] == pytest.approx(run_file["validation"]["bits_per_byte"], rel=1e-4)
    assert found["conditions"]["held_out_stories"] == run_file["validation"]["stories"]
    assert found["figures"]["bits_per_byte"]["kneser_ney"] > 0
    assert found["figures"]["words"]["human"] > 0
    assert 0 <= found["figures"]["names"]["model"]["value"] <= 1
    assert (evaluated / "models" / "demo" / "eval.json").is_file()


def test_two_are_set_side_by_side_on_a_file_of_stories(run: Callable[..., Result], tmp_path: Path) -> None:
    stories = ["The cat sat on the mat. It was happy.", "The dog ran home. It was tired."] * 10
    (tmp_path / "mine.txt").write_text("\n".join(stories))
    mine = str(tmp_path / "mine.txt")
    result = run("eval", "untrained", "demo", *CHEAP, "--held-out", mine, "--corpus", "demo")
    assert result.returncode == 0, result.stderr
    row = next(line for line in result.stdout.splitlines() if line.startswith("bits per byte "))
    assert "−" in row
    assert " demo " in row
    assert "20 stories predicted" in result.stdout
    assert "\x1b" not in result.stdout


def test_a_model_of_unknown_origin_is_measured_against_the_newest_corpus(
    evaluated: Path, run: Callable[..., Result], tmp_path: Path
) -> None:
    theirs = tmp_path / "theirs"
    shutil.copytree(evaluated / "models" / "demo", theirs, ignore=shutil.ignore_patterns("run.toml", "eval.json"))
    result = run("eval", str(theirs), *CHEAP)
    assert result.returncode == 0, result.stderr
    assert "measuring against demo, the newest" in result.stderr
    assert not (theirs / "eval.json").exists()


def test_a_report_is_written_and_said_in_short(run: Callable[..., Result], tmp_path: Path) -> None:
    result = run("report", "untrained", "--output", str(tmp_path))
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith("Model untrained\n")
    assert "## Evaluation" in (tmp_path / "report.md").read_text(encoding="utf-8")
    assert "<svg" in (tmp_path / "report.html").read_text(encoding="utf-8")
    assert run("report", "none").returncode == 3


@pytest.mark.parametrize(
    ("arguments", "code", "what"),
    [
        (["none"], 3, "there is no model called none"),
        (["demo", "none"], 3, "there is no model called none"),
        (["demo", "--corpus", "none"], 3, "there is no corpus called none"),
        (["demo", "--held-out", "none.txt"], 3, "none.txt"),
        (["demo", "--stories", "0"], 2, "0 stories tell nothing"),
        (["demo", "--seeds", "65"], 2, "65 stories"),
    ],
)
def test_mistakes(run: Callable[..., Result], arguments: list[str], code: int, what: str) -> None:
    result = run("eval", *arguments)
    assert (result.returncode, result.stdout) == (code, "")
    assert what in result.stderr
