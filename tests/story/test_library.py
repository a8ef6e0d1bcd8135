"""The library: listing, searching, finding."""

import os
from pathlib import Path

import pytest

from tinytales.errors import MissingError
from tinytales.story.library import Library
from tinytales.story.operations import Add
from tinytales.story.passage import Passage


@pytest.fixture
def library(tmp_path: Path) -> Library:
    shelf = Library(tmp_path)
    for number, text in enumerate(["A cat sat.", "A dog ran.", "A bird and a dog."]):
        opened = shelf.new(text)
        assert opened.log is not None
        opened.log.append([Add(Passage("a", None, "model", text, model="tiny"))])
        opened.close()
        os.utime(opened.log.path, (1000 + number, 1000 + number))
    (tmp_path / "junk.jsonl").write_text("junk")
    os.utime(tmp_path / "junk.jsonl", (1, 1))
    return shelf


def test_stories_are_listed_with_the_latest_first(library: Library) -> None:
    entries = library.entries()
    assert [entry.title for entry in entries] == ["A bird and a dog", "A dog ran", "A cat sat"]
    assert (entries[0].words, entries[0].passages, entries[0].models) == (5, 1, ("tiny",))
    assert library.latest() == entries[0].path


def test_search_wants_every_word(library: Library) -> None:
    assert [entry.title for entry in library.search("DOG a")] == ["A bird and a dog", "A dog ran"]
    assert library.search("dog cat") == []


def test_find_takes_beginnings_and_ends_and_says_what_there_is(library: Library) -> None:
    path = library.entries()[2].path
    assert library.find("a-cat") == library.find(path.stem[-8:]) == library.find(str(path)) == path
    with pytest.raises(MissingError, match="more than one"):
        library.find("a-")
    with pytest.raises(MissingError, match="no story"):
        library.find("zebra")


def test_an_empty_library_is_no_error(tmp_path: Path) -> None:
    assert Library(tmp_path / "none").entries() == []
    assert Library(tmp_path / "none").latest() is None


def test_a_new_story_leaves_nothing_until_something_happens(tmp_path: Path) -> None:
    Library(tmp_path / "stories").new("x").close()
    assert not (tmp_path / "stories").exists()
