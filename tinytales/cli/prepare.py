"""`tinytales prepare`: stories to a corpus."""

from functools import partial
from typing import Annotated

import typer

from tinytales.cli.ask import ask
from tinytales.corpus.settings import CorpusSettings
from tinytales.settings import resolve

DEFAULT_SOURCE = "tinystories"
CLEANING = "Cleaning"  # a panel of the help
OR_FEWER = "say --yes to go ahead, or take fewer with --limit"


def command(
    sources: Annotated[
        list[str] | None,
        typer.Argument(help="Files, folders, synthetic, hf:OWNER/NAME[:COLUMN], or tinystories (the default)."),
    ] = None,
    name: Annotated[str | None, typer.Option(help="Name of the corpus; after its source if not given.")] = None,
    limit: Annotated[int | None, typer.Option(help="Take so many stories at most.")] = None,
    column: Annotated[str | None, typer.Option(help="Column or key that holds the story.")] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Download without asking.")] = False,
    workers: Annotated[int | None, typer.Option(min=1, help="Threads at work; all cores if not given.")] = None,
    preset: Annotated[str | None, typer.Option(help="Settings to start from, e.g. demo.")] = None,
    seed: Annotated[int | None, typer.Option(help="Of synthetic stories.")] = None,
    features: Annotated[str | None, typer.Option(help='What synthetic stories have: "dialogue, twist".')] = None,
    words: Annotated[str | None, typer.Option(help="File of words that synthetic stories are about.")] = None,
    mojibake: Annotated[
        bool | None, typer.Option("--mojibake/--no-mojibake", help="Repair it.", rich_help_panel=CLEANING)
    ] = None,
    quotes: Annotated[
        bool | None, typer.Option("--quotes/--no-quotes", help="Turn them into ASCII.", rich_help_panel=CLEANING)
    ] = None,
    cut_off: Annotated[
        bool | None,
        typer.Option("--cut-off/--no-cut-off", help="Drop stories without an end.", rich_help_panel=CLEANING),
    ] = None,
    min_words: Annotated[int | None, typer.Option(help="Drop shorter stories.", rich_help_panel=CLEANING)] = None,
    max_words: Annotated[int | None, typer.Option(help="Drop longer ones; 0 is off.", rich_help_panel=CLEANING)] = None,
    min_ascii: Annotated[
        float | None, typer.Option(help="Drop stories with fewer ASCII characters.", rich_help_panel=CLEANING)
    ] = None,
    near_duplicates: Annotated[
        float | None, typer.Option(help="Drop copies as alike as this; 0 is off.", rich_help_panel=CLEANING)
    ] = None,
    vocabulary: Annotated[
        str | None, typer.Option(help="Keep simple words: a number, a file, or basic.", rich_help_panel=CLEANING)
    ] = None,
    unknown_words: Annotated[
        float | None, typer.Option(help="Share of others that is let through.", rich_help_panel=CLEANING)
    ] = None,
) -> None:
    """Clean stories into a corpus. Text files hold a story a line, or lines `<|endoftext|>` between stories."""
    from tinytales import pipeline

    sources = sources or [DEFAULT_SOURCE]
    flags = {
        "limit": limit,
        "column": column,
        "seed": seed,
        "features": features,
        "words": words,
        "mojibake": mojibake,
        "quotes": quotes,
        "cut_off": cut_off,
        "min_words": min_words,
        "max_words": max_words,
        "min_ascii": min_ascii,
        "near_duplicates": near_duplicates,
        "vocabulary": vocabulary,
        "unknown_words": unknown_words,
    }
    settings = resolve(CorpusSettings, "prepare", flags=flags, preset=preset).value
    confirm = None if yes else partial(ask, otherwise=OR_FEWER)
    print(pipeline.prepare(sources, settings, name or pipeline.name_of(sources), confirm=confirm, workers=workers))
