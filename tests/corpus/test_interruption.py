"""A preparation that is killed at any moment goes on and ends in the same bytes."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.corpus.test_cleaning import long_story
from tinytales.corpus import chunks
from tinytales.corpus.prepare import prepare
from tinytales.corpus.settings import CorpusSettings
from tinytales.errors import TinytalesError
from tinytales.storage import atomic, manifest

SCRIPT = """
import sys
from pathlib import Path
from tinytales.corpus import chunks
from tinytales.corpus.prepare import prepare
if __name__ == "__main__":
    chunks.CHUNK_STORIES = 64
    prepare([sys.argv[1]], Path(sys.argv[2]), workers=int(sys.argv[3]))
"""


@pytest.fixture
def stories(tmp_path: Path) -> Path:
    path = tmp_path / "stories.txt"
    path.write_text("\n".join(" ".join(long_story(number)) + "." for number in range(3_000)))
    return path


@pytest.mark.parametrize("moments", [4, pytest.param(20, marks=pytest.mark.slow)])
def test_a_killed_preparation_goes_on_to_the_same_bytes(stories: Path, tmp_path: Path, moments: int) -> None:
    whole = prepare([str(stories)], tmp_path / "corpora" / "whole")
    chooser = random.Random(5)
    for number in range(moments):
        workers = 1 + number % 2
        target = tmp_path / "corpora" / f"killed-{number}"
        command = [sys.executable, "-c", SCRIPT, str(stories), str(target), str(workers)]
        child = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while not list(target.parent.glob(".*.work/*.arrow")) and child.poll() is None:
            assert time.monotonic() < deadline
            time.sleep(0.005)
        time.sleep(chooser.random() * 0.5)
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
        if not target.exists():
            assert prepare([str(stories)], target, workers=workers).files == whole.files
    assert prepare([str(stories)], tmp_path / "corpora" / "last").files == whole.files
    assert not list((tmp_path / "corpora").glob(".*"))


def test_a_kill_while_the_chunks_are_removed_leaves_none_to_go_on_from(
    stories: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(folder: Path) -> None:
        next(iter(sorted(folder.iterdir()))).unlink()
        raise KeyboardInterrupt

    monkeypatch.setattr(chunks, "CHUNK_STORIES", 500)
    with monkeypatch.context() as patch:
        patch.setattr(atomic, "_remove_tree", lambda folder: killed(folder) if ".work" in folder.name else None)
        with pytest.raises(KeyboardInterrupt):
            prepare([str(stories)], tmp_path / "one")
    assert prepare([str(stories)], tmp_path / "two").files == manifest.read(tmp_path / "one", "corpus").files
    assert not list(tmp_path.glob(".*"))


def test_finished_chunks_are_not_made_again(stories: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunks, "CHUNK_STORIES", 500)
    whole = prepare([str(stories)], tmp_path / "whole")
    made: list[int] = []
    clean = chunks.clean

    def failing(*arguments: object) -> bytes:
        made.append(1)
        if len(made) > 3:
            raise OSError(28, "No space left on device", "somewhere")
        return clean(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(chunks, "clean", failing)
    with pytest.raises(TinytalesError, match="No space left"):
        prepare([str(stories)], tmp_path / "other", workers=1)
    assert len(list(tmp_path.glob(".*.work/*.arrow"))) == 3
    made.clear()
    monkeypatch.setattr(chunks, "clean", lambda *arguments: made.append(1) or clean(*arguments))
    assert prepare([str(stories)], tmp_path / "other", workers=1).files == whole.files
    assert len(made) == 6 - 3


def test_resuming_over_several_sources_and_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunks, "CHUNK_STORIES", 40)
    paths = []
    for number in range(3):
        paths.append(str(tmp_path / f"{number}.txt"))
        lines = [" ".join(long_story(number * 100 + line)) + "." for line in range(100)]
        Path(paths[-1]).write_text("\n\n".join(lines))
    settings = CorpusSettings(limit=250)
    whole = prepare(paths, tmp_path / "whole", settings)
    assert whole.facts["read_stories"] == 250
    clean = chunks.clean
    for stop in range(1, 8):
        made: list[int] = []

        def failing(*arguments: object, made: list[int] = made, stop: int = stop) -> bytes:
            made.append(1)
            if len(made) > stop:
                raise KeyboardInterrupt
            return clean(*arguments)  # type: ignore[arg-type]

        monkeypatch.setattr(chunks, "clean", failing)
        with pytest.raises(KeyboardInterrupt):
            prepare(paths, tmp_path / f"stopped-{stop}", settings, workers=1)
        monkeypatch.setattr(chunks, "clean", clean)
        assert prepare(paths, tmp_path / f"stopped-{stop}", settings, workers=1).files == whole.files


def test_two_runs_do_not_work_on_the_same_stories(
    stories: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clean = chunks.clean
    raised: list[TinytalesError] = []

    def again(*arguments: object) -> bytes:
        if not raised:
            with pytest.raises(TinytalesError, match="by another run") as caught:
                prepare([str(stories)], tmp_path / "second")
            raised.append(caught.value)
        return clean(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(chunks, "clean", again)
    prepare([str(stories)], tmp_path / "first", workers=1)
    assert raised
