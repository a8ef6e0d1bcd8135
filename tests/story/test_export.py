"""Stories for elsewhere: whole, safe, and in the format asked for."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tinytales.errors import TinytalesError, UsageError
from tinytales.storage.shelf import slug
from tinytales.story.export import FORMATS, export, free_name, to_html, to_json, to_markdown, to_text
from tinytales.story.operations import Add, Retitle
from tinytales.story.passage import Passage
from tinytales.story.story import Story
from tinytales.story.titles import UNTITLED, title_from

HOSTILE = "A \x1b]52;c;aGk=\x07cat\x9b31m \u202etac\u2066 <script>alert(1)</script> & *stars* _so_\n\n# 1. end"


def story(text: str = HOSTILE, title: str = "") -> Story:
    return Story([Add(Passage("a", None, "model", text, model="<tiny>")), Retitle(title)])


@pytest.mark.parametrize("form", FORMATS)
def test_no_export_carries_what_could_act_on_a_terminal(form: str) -> None:
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", FORMATS[form](story()))


def test_text_and_title() -> None:
    assert to_text(story("Tom ran.\n\nHe fell.\n", "Tom")) == "Tom\n\nTom ran.\n\nHe fell.\n"


def test_markdown_takes_nothing_for_markup() -> None:
    text = to_markdown(story("*a* _b_ `c`\n# d\n1. e\n- f\n3 dogs", "T"))
    assert text == "# T\n\n\\*a\\* \\_b\\_ \\`c\\`\n\n\\# d\n\n1\\. e\n\n\\- f\n\n3 dogs\n"


def test_json_has_every_passage() -> None:
    one = story("Tom ran.")
    one.apply(Add(Passage("b", "a", "user", " Away."), chosen=False))
    document = json.loads(to_json(one))
    assert document["text"] == "Tom ran."
    assert [passage["id"] for passage in document["passages"]] == ["a", "b"]


class Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs


def test_html_asks_nothing_of_anyone_and_runs_nothing() -> None:
    text = to_html(story())
    page = Page()
    page.feed(text)
    assert "script" not in page.tags
    assert not {"link", "img", "iframe", "base"} & {*page.tags}
    assert not {"src", "href", "style"} & {name for name, _ in page.attributes}
    assert "url(" not in text
    assert "@import" not in text
    assert "default-src 'none'" in text
    assert "&lt;script&gt;" in text


def test_export_writes_the_format_of_the_suffix(tmp_path: Path) -> None:
    one = story("Tom ran.", "Tom & Co.")
    assert export(one, tmp_path).name == "tom-co.txt"
    assert export(one, tmp_path / "a.md").read_text().startswith("# Tom & Co.")
    assert free_name(tmp_path, "Tom & Co.", "txt").name == "tom-co-2.txt"
    with pytest.raises(UsageError):
        export(one, tmp_path / "a.pdf")
    with pytest.raises(TinytalesError):
        export(one, Path("/dev/null/a.txt"))


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Once upon a time, there was a little girl named Lily. She sang.", "A little girl named Lily"),
        ("One day, Tom went to the park.\nHe ran", "Tom went to the park"),
        ("Once there was a cat", "A cat"),
        ("", UNTITLED),
        ("Once upon a time", UNTITLED),
        ("x" * 80, "x" * 48 + "…"),
        ("Tom was sad", "Tom was sad"),
    ],
)
def test_titles(text: str, title: str) -> None:
    assert title_from(text).casefold() == title.casefold()


@pytest.mark.parametrize(("title", "name"), [("Tom & Zoë!", "tom-zoe"), ("日本", "stories"), ("../../etc", "etc")])
def test_slugs_are_safe_file_names(title: str, name: str) -> None:
    assert slug(title) == name
