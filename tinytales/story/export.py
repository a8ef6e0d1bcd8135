"""A story for elsewhere: plain text, Markdown, JSON, and a booklet to print."""

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from tinytales.errors import TinytalesError, UsageError
from tinytales.storage import atomic
from tinytales.storage.shelf import slug
from tinytales.story.booklet import booklet
from tinytales.story.passage import to_document
from tinytales.story.story import Story
from tinytales.terminal import sanitize

# What Markdown would take for something else than text, at the places where it would.
_MARKDOWN = re.compile(r"([\\`*_\[\]<>])|^(\s*)([#+\-=~>|]|\d+[.)])", re.MULTILINE)


def to_text(story: Story) -> str:
    """The story as it reads now, under its title."""
    return f"{sanitize(story.title)}\n\n{sanitize(story.text).strip()}\n"


def to_markdown(story: Story) -> str:
    """The story as it reads now, as Markdown."""
    body = "\n\n".join(_escaped(paragraph) for paragraph in paragraphs(story.text))
    return f"# {_escaped(sanitize(story.title))}\n\n{body}\n"


def to_json(story: Story) -> str:
    """Everything: the text, the path through the tree, and every passage with its settings and tokens."""
    document = {
        "title": story.title,
        "text": story.text,
        "finished": story.finished,
        "path": [passage.id for passage in story.path],
        "passages": [to_document(passage) for passage in story.passages.values()],
    }
    return json.dumps(document, indent=1) + "\n"


def to_html(story: Story) -> str:
    """The story as it reads now, as one page that prints as a booklet and asks nothing of the network."""
    tellers = list(dict.fromkeys(passage.model for passage in story.path if passage.model))
    return booklet(sanitize(story.title), paragraphs(story.text), [sanitize(teller) for teller in tellers])


FORMATS: Mapping[str, Callable[[Story], str]] = MappingProxyType(
    {"txt": to_text, "md": to_markdown, "html": to_html, "json": to_json}
)


def export(story: Story, target: Path) -> Path:
    """Write the story to `target`, in the format that its suffix names; a folder gets a file named for the title.

    Raises:
        UsageError: a suffix of no known format.
        TinytalesError: it can't be written.
    """
    if target.is_dir():
        target = target / f"{slug(story.title)}.txt"
    form = target.suffix.removeprefix(".")
    if form not in FORMATS:
        raise UsageError(f"{target.name} says no format", f"end the name with one of .{', .'.join(FORMATS)}")
    try:
        atomic.write_text(target, FORMATS[form](story))
    except OSError as error:
        raise TinytalesError(f"{target} can't be written: {error.strerror}", "name another place") from None
    return target


def free_name(folder: Path, title: str, form: str) -> Path:
    """A path in `folder` that takes no other file's place."""
    number = 1
    while (path := folder / f"{slug(title)}{'' if number == 1 else f'-{number}'}.{form}").exists():
        number += 1
    return path


def paragraphs(text: str) -> list[str]:
    """The text's paragraphs, sanitised, each on one line."""
    found = (" ".join(part.split()) for part in re.split(r"\n+", sanitize(text)))
    return [paragraph for paragraph in found if paragraph]


def _escaped(paragraph: str) -> str:
    return _MARKDOWN.sub(lambda match: f"\\{match[1]}" if match[1] else _escaped_marker(match[2], match[3]), paragraph)


def _escaped_marker(space: str, marker: str) -> str:
    return f"{space}\\{marker}" if len(marker) == 1 else f"{space}{marker[:-1]}\\{marker[-1]}"
