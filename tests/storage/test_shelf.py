import os
from pathlib import Path

import pytest

from tinytales import paths
from tinytales.errors import MissingError, UsageError
from tinytales.storage import atomic
from tinytales.storage.shelf import CORPORA, MODELS


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


def test_a_name_that_another_process_makes_right_now_is_taken(home: Path) -> None:
    with atomic.new_folder(home / "corpora" / "demo"):
        assert CORPORA.fresh("demo").name == "demo-2"
    (home / "corpora" / ".other.0123abcd.tmp").mkdir()
    assert CORPORA.fresh("other").name == "other", "a killed one made it"


@pytest.mark.parametrize("name", ["", "..", "a/b", ".hidden", "x" * 65, "new\nline", "späti"])
def test_names_that_no_folder_should_have_are_refused(home: Path, name: str) -> None:
    with pytest.raises(UsageError, match="no good as a name"):
        CORPORA.fresh(name)


def make_model(folder: Path, time: int = 100) -> Path:
    folder.mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(b"")
    os.utime(folder / "model.safetensors", (time, time))
    return folder


@pytest.fixture
def starter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package that holds a starter model."""
    monkeypatch.setattr(paths, "package", lambda: tmp_path / "package")
    return make_model(tmp_path / "package" / "starter")


def test_the_model_is_the_chosen_one_else_the_newest_else_the_starter(home: Path, starter: Path) -> None:
    assert MODELS.find(None) == starter
    old, new = make_model(home / "models" / "old", 100), make_model(home / "models" / "new", 200)
    assert MODELS.find(None) == new
    assert MODELS.choose("old") == old
    assert MODELS.find(None) == old
    assert MODELS.choose("starter") == starter
    assert MODELS.find(None) == starter
    assert MODELS.find("new") == new
    assert MODELS.choose(None) == new
    assert MODELS.all() == [new, old]


def test_a_choice_that_is_gone_is_none(home: Path, starter: Path) -> None:
    old, new = make_model(home / "models" / "old", 100), make_model(home / "models" / "new", 200)
    MODELS.choose("old")
    (old / "model.safetensors").unlink()
    assert MODELS.chosen() is None
    assert MODELS.find(None) == new
    (home / "models" / "chosen.txt").write_bytes(b"\xff../new")
    assert MODELS.find(None) == new


@pytest.mark.parametrize(("name", "error"), [("none", MissingError), ("../models/old", UsageError)])
def test_what_cant_be_chosen_leaves_the_choice_as_it_was(home: Path, name: str, error: type[Exception]) -> None:
    old = make_model(home / "models" / "old")
    MODELS.choose("old")
    with pytest.raises(error):
        MODELS.choose(name)
    assert MODELS.chosen() == old


def test_a_model_of_ones_own_may_be_called_starter(home: Path, starter: Path) -> None:
    mine = make_model(home / "models" / "starter")
    assert MODELS.find("starter") == mine


def test_without_a_starter_there_is_no_model(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "package", lambda: tmp_path)
    for name in (None, "starter"):
        with pytest.raises(MissingError, match="there is no model"):
            MODELS.find(name)
