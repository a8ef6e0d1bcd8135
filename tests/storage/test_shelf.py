import os
from pathlib import Path

import pytest

from tinytales.errors import MissingError, UsageError
from tinytales.storage.shelf import CORPORA


def make(home: Path, name: str, time: int) -> Path:
    folder = home / "corpora" / name
    folder.mkdir(parents=True)
    (folder / "manifest.toml").write_text("")
    os.utime(folder / "manifest.toml", (time, time))
    return folder


def test_the_newest_is_found_without_a_name(home: Path) -> None:
    make(home, "old", 100)
    new = make(home, "new", 200)
    make(home, "older", 50)
    assert CORPORA.find(None) == new
    assert [path.name for path in CORPORA.all()] == ["new", "old", "older"]


def test_names_and_paths_are_found(home: Path, tmp_path: Path) -> None:
    old = make(home, "old", 100)
    elsewhere = make(tmp_path / "elsewhere", "there", 100)
    assert CORPORA.find("old") == old
    assert CORPORA.find(str(elsewhere)) == elsewhere


def test_unfinished_folders_dont_count(home: Path) -> None:
    (home / "corpora" / "empty").mkdir(parents=True)
    (home / "corpora" / "stray").write_text("")
    with pytest.raises(MissingError, match="no corpus yet"):
        CORPORA.find(None)
    with pytest.raises(MissingError, match="no corpus called empty"):
        CORPORA.find("empty")


def test_a_taken_name_is_never_taken_over(home: Path) -> None:
    assert CORPORA.fresh("demo").name == "demo"
    make(home, "demo", 1)
    assert CORPORA.fresh("demo").name == "demo-2"
    make(home, "demo-2", 1)
    assert CORPORA.fresh("demo").name == "demo-3"


@pytest.mark.parametrize("name", ["", "..", "a/b", ".hidden", "x" * 65, "new\nline", "späti"])
def test_names_that_no_folder_should_have_are_refused(home: Path, name: str) -> None:
    with pytest.raises(UsageError, match="no good as a name"):
        CORPORA.fresh(name)
