import json
from pathlib import Path

import pytest

from tinytales.cli.main import run
from tinytales.errors import MissingError, TinytalesError, UsageError
from tinytales.storage.locks import LOCKS_TELL
from tinytales.story.library import Library
from tinytales.story.operations import Add
from tinytales.story.passage import Passage


@pytest.fixture(autouse=True)
def library(home: Path) -> Library:
    found = Library.home()
    for text in ("A cat sat.\n\nIt slept.", "A dog \x1b[31mran."):
        opened = found.new(text[:5])
        assert opened.log is not None
        opened.log.append([Add(Passage("a", None, "model", text, model="tiny"))])
        opened.close()
    return found


def test_list_and_search(capsys: pytest.CaptureFixture[str], library: Library) -> None:
    (library.folder / "junk.jsonl").write_text("junk")
    run(["stories", "list", "--json"])
    out, err = capsys.readouterr()
    assert {story["words"] for story in json.loads(out)} == {5, 3}
    assert "1 of 3 files" in err
    run(["stories", "search", "CAT", "slept"])
    assert "a-cat" in (out := capsys.readouterr().out)
    assert "a-dog" not in out
    run(["stories", "list"])
    assert "\x1b" not in capsys.readouterr().out


def test_show_prints_the_story_or_all_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    run(["stories", "show", "a-dog"])
    assert capsys.readouterr().out.endswith("A dog [31mran.\n")
    run(["stories", "show", "a-dog", "--json"])
    assert [passage["model"] for passage in json.loads(capsys.readouterr().out)["passages"]] == ["tiny"]


@pytest.mark.parametrize(("form", "what"), [("txt", "It slept."), ("md", "# "), ("html", "<html"), ("json", '"text"')])
def test_export_in_each_format(tmp_path: Path, capsys: pytest.CaptureFixture[str], form: str, what: str) -> None:
    run(["stories", "export", "a-cat", "-o", str(tmp_path / f"cat.{form}")])
    assert capsys.readouterr().out == f"{tmp_path / f'cat.{form}'}\n"
    assert what in (tmp_path / f"cat.{form}").read_text(encoding="utf-8")


def test_export_to_a_folder_takes_no_other_files_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "out").mkdir()
    monkeypatch.chdir(tmp_path / "out")
    run(["stories", "export", "a-cat"])
    run(["stories", "export", "a-cat"])
    assert len(list((tmp_path / "out").iterdir())) == 2
    with pytest.raises(UsageError, match="says no format"):
        run(["stories", "export", "a-cat", "-o", "cat.docx"])


def test_rm(tmp_path: Path, library: Library) -> None:
    elsewhere = tmp_path / "elsewhere.jsonl"
    elsewhere.write_bytes(library.find("a-dog").read_bytes())
    with pytest.raises(UsageError, match="remove the story"):
        run(["stories", "rm", "a-cat"])
    with pytest.raises(UsageError, match="not in the library"):
        run(["stories", "rm", str(elsewhere), "-y"])
    with pytest.raises(MissingError, match="no story called a-bird"):
        run(["stories", "rm", "a-bird", "-y"])
    run(["stories", "rm", "a-cat", "-y"])
    assert [path.stem[:5] for path in library.files()] == ["a-dog"]


@pytest.mark.skipif(not LOCKS_TELL, reason="no locks that tell")
def test_an_open_story_is_not_removed(library: Library) -> None:
    path = library.find("a-cat")
    opened = library.open(path)
    with pytest.raises(TinytalesError, match="open in another window"):
        run(["stories", "rm", "a-cat", "-y"])
    opened.close()
    assert path.exists()
