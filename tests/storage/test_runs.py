import json
from pathlib import Path

import pytest

from tinytales.errors import TinytalesError
from tinytales.storage import runs
from tinytales.storage.shelf import MODELS


def test_runs_are_found_finished_or_not(home: Path) -> None:
    root = home / "models"
    for name in ("old", ".new.run", "from-elsewhere", ".junk.1234.tmp"):
        (root / name).mkdir(parents=True)
        if name != "from-elsewhere":
            (root / name / runs.METRICS).write_text('{"step": 1, "tokens": 8, "loss": 5.0}\n{"step": 2, "tok')
    found = runs.find_runs(root)
    assert [(run.name, run.finished) for run in found] == [("new", False), ("old", True)]
    assert found[0].metrics() == [{"step": 1, "tokens": 8, "loss": 5.0}]
    assert runs.find_runs(home / "nowhere") == []


@pytest.mark.parametrize("line", ["[1]", "null", "\x00\x00", "[" * 100_000, '{"step": '])
def test_damaged_rows_are_left_out(tmp_path: Path, line: str) -> None:
    row = {"step": 3, "loss": 1.5}
    (tmp_path / runs.METRICS).write_text(f"{line}\n{json.dumps(row)}\n")
    assert runs.read_metrics(tmp_path) == [row]


def test_a_stopped_runs_name_is_taken(home: Path) -> None:
    (home / "models" / ".demo.run").mkdir(parents=True)
    assert MODELS.fresh("demo").name == "demo-2"
    assert MODELS.stopped("demo") == home / "models" / "demo"
    assert MODELS.stopped("other") is None


def test_a_stopped_run_behind_finished_ones_is_found(home: Path) -> None:
    (home / "models" / "demo").mkdir(parents=True)
    assert MODELS.stopped("demo") is None
    (home / "models" / ".demo-2.run").mkdir()
    assert MODELS.stopped("demo") == home / "models" / "demo-2"


def test_two_runs_of_one_name_are_refused(tmp_path: Path) -> None:
    target = tmp_path / "models" / "demo"
    with runs.claim(target) as folder:
        (folder / runs.RUN).write_text("")
        with pytest.raises(TinytalesError, match="demo is being trained by another process"), runs.claim(target):
            pass
    with runs.claim(target):
        pass
    assert folder.is_dir()


def test_a_run_that_never_began_leaves_nothing(tmp_path: Path) -> None:
    with runs.claim(tmp_path / "demo") as folder:
        (folder / "half").write_text("")
    assert list(tmp_path.iterdir()) == []


def test_a_finished_run_is_renamed_but_never_over_another(tmp_path: Path) -> None:
    with runs.claim(tmp_path / "demo") as folder:
        (folder / runs.RUN).write_text("")
        runs.finish(folder, tmp_path / "demo")
    assert [path.name for path in tmp_path.iterdir()] == ["demo"]
    with runs.claim(tmp_path / "demo") as folder, pytest.raises(FileExistsError):
        runs.finish(folder, tmp_path / "demo")


def test_what_a_killed_writer_left_in_a_run_is_cleared_away(tmp_path: Path) -> None:
    target = tmp_path / "demo"
    with runs.claim(target) as folder:
        (folder / runs.RUN).write_text("")
        torn = folder / ".run.toml.0a1b2c3d.tmp"
        torn.write_text("half")
        (folder / runs.CHECKPOINTS).mkdir()
    with runs.claim(target) as folder:
        assert not torn.exists()
        assert sorted(path.name for path in folder.iterdir()) == [runs.CHECKPOINTS, runs.RUN]
