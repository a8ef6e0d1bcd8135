import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tinytales.storage import atomic

WRITE_SLOWLY = """
import sys, time
from pathlib import Path
from tinytales.storage import atomic
with atomic.new_folder(Path(sys.argv[1])) as folder:
    (folder / "half").write_text("half")
    print("begun", flush=True)
    time.sleep(60)
"""


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "file.txt"
    atomic.write_text(path, "one")
    atomic.write_text(path, "two")
    assert path.read_text() == "two"
    assert [entry.name for entry in path.parent.iterdir()] == ["file.txt"]


def test_a_folder_appears_only_when_the_block_ends_well(tmp_path: Path) -> None:
    target = tmp_path / "made"
    with atomic.new_folder(target) as folder:
        (folder / "inside").write_text("x")
        assert not target.exists()
    assert (target / "inside").read_text() == "x"
    assert list(tmp_path.iterdir()) == [target]


def test_a_failed_block_leaves_nothing(tmp_path: Path) -> None:
    def interrupted() -> None:
        with atomic.new_folder(tmp_path / "made") as folder:
            (folder / "inside").write_text("x")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert list(tmp_path.iterdir()) == []


def test_an_existing_folder_is_never_overwritten(tmp_path: Path) -> None:
    target = tmp_path / "made"
    target.mkdir()
    (target / "old").write_text("old")
    with pytest.raises(FileExistsError), atomic.new_folder(target):
        pass
    assert [entry.name for entry in target.iterdir()] == ["old"]
    assert list(tmp_path.iterdir()) == [target]


def test_what_a_killed_writer_left_is_cleared_and_what_a_living_one_writes_is_not(tmp_path: Path) -> None:
    def start(name: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", WRITE_SLOWLY, str(tmp_path / name)], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        return process

    killed, living = start("killed"), start("living")
    try:
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        assert len(list(tmp_path.iterdir())) == 2
        deadline = time.monotonic() + 10
        while len(list(tmp_path.iterdir())) > 1 and time.monotonic() < deadline:
            atomic.clear_leftovers(tmp_path)
        assert [entry.name.split(".")[1] for entry in tmp_path.iterdir()] == ["living"]
    finally:
        living.kill()
        living.wait()


MAKE_MANY = """
import sys
from pathlib import Path
from tinytales.storage import atomic
for number in range(150):
    with atomic.new_folder(Path(sys.argv[1]) / f"{sys.argv[2]}-{number}") as folder:
        (folder / "inside").write_text("x")
"""


def test_writers_beside_each_other_never_take_the_others_folder_for_a_leftover(tmp_path: Path) -> None:
    processes = [subprocess.Popen([sys.executable, "-c", MAKE_MANY, str(tmp_path), name]) for name in "abc"]
    assert [process.wait(timeout=120) for process in processes] == [0, 0, 0]
    assert len(list(tmp_path.iterdir())) == 450
    assert all((folder / "inside").read_text() == "x" for folder in tmp_path.iterdir())


def test_where_locks_cant_tell_nothing_is_taken_for_a_leftover(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    leftover = tmp_path / ".made.0123abcd.tmp"
    leftover.mkdir()
    monkeypatch.setattr(atomic, "LOCKS_TELL", False)
    atomic.clear_leftovers(tmp_path)
    assert leftover.is_dir()
    monkeypatch.setattr(atomic, "LOCKS_TELL", True)
    atomic.clear_leftovers(tmp_path)
    assert not leftover.exists()
