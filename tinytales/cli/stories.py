"""`tinytales stories`: the library of stories told in the session, from the command line."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from tinytales.cli import output
from tinytales.cli.ask import agreed
from tinytales.cli.group import new_family
from tinytales.story.library import Entry, Library
from tinytales.terminal import note

Json = Annotated[bool, typer.Option("--json", help="Print a JSON document.")]
Name = Annotated[str, typer.Argument(help="A story's name, the beginning or end of it, or its file.")]

app = new_family("List, show, search, export and remove your stories.")


@app.command("list")
def list_stories(as_json: Json = False) -> None:
    """List your stories, the latest changed first."""
    library = Library.home()
    found = library.entries()
    unread = len(library.files()) - len(found)
    if unread:
        note(f"{unread} of {len(library.files())} files in {library.folder} can't be read as stories")
    _print(found, as_json)


@app.command("search")
def search(
    words: Annotated[list[str], typer.Argument(help="What title or text must have, every one of them.")],
    as_json: Json = False,
) -> None:
    """List the stories with these words."""
    _print(Library.home().search(" ".join(words)), as_json)


@app.command("show")
def show(story: Name, as_json: Json = False) -> None:
    """Print a story as it reads now; as JSON with all its takes."""
    from tinytales.story.export import FORMATS

    print(FORMATS["json" if as_json else "txt"](_read(Library.home().find(story))), end="")


@app.command("export")
def export(
    story: Name,
    to: Annotated[
        Path, typer.Option("--output", "-o", help="A file that ends in .txt, .md, .html or .json, or a folder.")
    ] = Path(),
) -> None:
    """Write a story as text, Markdown, a booklet to print (HTML), or JSON."""
    from tinytales.story.export import export as write
    from tinytales.story.export import free_name

    found = _read(Library.home().find(story))
    target = to.expanduser()
    print(write(found, free_name(target, found.title, "txt") if target.is_dir() else target))


@app.command("rm")
def remove(
    stories: Annotated[list[str], typer.Argument(help="Names of stories.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Remove without asking.")] = False,
) -> None:
    """Remove stories for good, with all their takes."""
    library = Library.home()
    for name in stories:
        path = library.find(name)
        if agreed(f"remove the story {path.stem}?", yes):
            library.remove(path)


def _read(path: Path) -> Any:
    from tinytales.story import log
    from tinytales.story.story import Story

    return Story(log.read(path).operations)


def _print(found: list[Entry], as_json: bool) -> None:
    if as_json:
        output.print_json([_document(one) for one in found])
        return
    rows = [
        (one.path.stem, one.title, one.words, one.passages, _changed(one), "finished" if one.finished else "")
        for one in found
    ]
    output.print_table(("name", "title", "words", "passages", "changed (UTC)", ""), rows)


def _changed(story: Entry) -> str:
    return output.day(datetime.fromtimestamp(story.changed, UTC).isoformat())


def _document(story: Entry) -> dict[str, Any]:
    return {
        "name": story.path.stem,
        "file": str(story.path),
        "title": story.title,
        "words": story.words,
        "passages": story.passages,
        "models": list(story.models),
        "changed": datetime.fromtimestamp(story.changed, UTC).isoformat(timespec="seconds"),
        "finished": story.finished,
        "text": story.text,
    }
