"""`tinytales corpora`: the corpora there are, and what is in them."""

import secrets
from collections.abc import Iterator
from dataclasses import asdict
from typing import Annotated, Any

import typer

from tinytales.cli import output
from tinytales.cli.ask import agreed
from tinytales.cli.group import new_family
from tinytales.errors import MissingError
from tinytales.model.folder import RUN
from tinytales.storage import manifest
from tinytales.storage.manifest import Manifest
from tinytales.storage.shelf import CORPORA, MODELS, TOKENS, Shelf
from tinytales.terminal import note, sanitize

Json = Annotated[bool, typer.Option("--json", help="Print a JSON document.")]
Name = Annotated[str | None, typer.Argument(help="A corpus's name; the newest if not given.")]

app = new_family("List, show, sample and remove corpora.")


@app.command("list")
def list_corpora(as_json: Json = False) -> None:
    """List the corpora, the newest first."""
    found = list(_all())
    if as_json:
        output.print_json([_document(one) for one in found])
        return
    rows = [
        (
            one.name,
            one.facts["train_stories"],
            one.facts["valid_stories"],
            output.size(one.facts["train_bytes"] + one.facts["valid_bytes"]),
            output.size(sum(entry.bytes for entry in one.files)),
            output.day(one.created),
            ", ".join(map(str, one.facts["sources"])),
        )
        for one in found
    ]
    output.print_table(("name", "stories", "held out", "text", "on disk", "made (UTC)", "sources"), rows)


@app.command("show")
def show(
    corpus: Name = None,
    top: Annotated[int, typer.Option(min=0, help="Show so many of the most frequent words.")] = 20,
    as_json: Json = False,
) -> None:
    """Show one corpus: where it is from, what was dropped, its words and the lengths of its stories."""
    from tinytales import terminal
    from tinytales.corpus.corpus import Corpus
    from tinytales.corpus.survey import BIN, survey

    opened = Corpus.open(CORPORA.find(corpus))
    record = opened.manifest
    with terminal.progress("reading", record.facts["train_stories"] + record.facts["valid_stories"], "stories") as bar:
        found = survey(opened, bar.advance)
    if as_json:
        figures = {**asdict(found), "frequencies": dict(found.frequencies[:top]), "different": len(found.frequencies)}
        output.print_json({**_document(record), "survey": figures})
        return
    facts = record.facts
    output.print_facts(
        {
            "name": opened.folder.name,
            "folder": opened.folder,
            "made": f"{output.day(record.created)} UTC",
            "from": ", ".join(map(str, facts["sources"])),
            "stories": f"{facts['train_stories']:,} to learn from, {facts['valid_stories']:,} held out",
            "text": f"{output.size(found.bytes)}, {found.words:,} words, {len(found.frequencies):,} different ones",
            "dropped": _counts(facts.get("dropped")),
            "changed": _counts(facts.get("changed")),
            "coverage": ", ".join(f"{share:.1%} by {size}" for size, share in facts.get("coverage", {}).items())
            or None,
            "tokens": _made_from(record, TOKENS, "tokens", manifest.MANIFEST_NAME),
            "models": _made_from(record, MODELS, "model", RUN),
        }
    )
    if top:
        print("\nmost frequent words")
        shown = found.frequencies[:top]
        rows = ((word, count, f"{count / max(found.words, 1):.2%}") for word, count in shown)
        output.print_table(("word", "times", "share"), rows)
    print("\nstories by length in words")
    most = max(found.lengths.values(), default=1)
    bins = [(first, count) for first, count in found.lengths.items() if count]
    rows = ((f"{first}-{first + BIN - 1}", count, output.bar(count / most)) for first, count in bins)
    output.print_table(("words", "stories", ""), rows)


@app.command("sample")
def sample(
    corpus: Name = None,
    count: Annotated[int, typer.Option("--count", "-n", min=1, max=10_000, help="So many stories.")] = 1,
    seed: Annotated[int | None, typer.Option(help="One seed draws the same stories; a new one if not given.")] = None,
    held_out: Annotated[bool, typer.Option("--held-out", help="Among the stories held out.")] = False,
    as_json: Json = False,
) -> None:
    """Print stories drawn at random."""
    from tinytales.corpus.corpus import Corpus
    from tinytales.corpus.survey import sample as draw

    opened = Corpus.open(CORPORA.find(corpus))
    seed = secrets.randbelow(2**32) if seed is None else seed
    stories = draw(opened, "valid" if held_out else "train", count, seed)
    note(f"{len(stories)} of corpus {opened.folder.name}, seed {seed}")
    if as_json:
        output.print_json([asdict(story) for story in stories])
    else:
        print("\n---\n\n".join(f"{sanitize(story.text)}\n" for story in stories), end="")


@app.command("rm")
def remove(
    corpora: Annotated[list[str], typer.Argument(help="Names of corpora.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Remove without asking.")] = False,
) -> None:
    """Remove corpora for good; tokens and models made from them stay."""
    for name in corpora:
        size = output.size(output.folder_bytes(CORPORA.removable(name)))
        if agreed(f"remove the corpus {name}, {size}?", yes):
            CORPORA.remove(name)


def _all() -> Iterator[Manifest]:
    """Every corpus that can be read; the others are named on stderr."""
    for folder in CORPORA.all():
        try:
            record = manifest.read(folder, "corpus")
            yield Manifest(record.kind, folder.name, record.created, record.facts, record.lineage, record.files)
        except MissingError as error:
            note(f"{folder.name} is damaged: {error.what}")


def _made_from(corpus: Manifest, shelf: Shelf, kind: str, file_name: str) -> str | None:
    """The names of the folders of another shelf that were made from this very corpus."""
    names = []
    for folder in shelf.all():
        try:
            parent = manifest.read(folder, kind, file_name).lineage.get("corpus", {})
        except MissingError:
            continue
        if parent.get("identity") == corpus.identity:
            names.append(folder.name)
    return ", ".join(names) or None


def _counts(counts: dict[str, int] | None) -> str | None:
    return ", ".join(f"{count:,} {why}" for why, count in counts.items()) if counts else None


def _document(record: Manifest) -> dict[str, Any]:
    return {
        "name": record.name,
        "folder": str(CORPORA.path(record.name)),
        "created": record.created,
        "bytes": sum(entry.bytes for entry in record.files),
        **record.facts,
    }
