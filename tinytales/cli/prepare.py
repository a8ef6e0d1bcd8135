"""`tinytales prepare`: stories to a corpus."""

from typing import Annotated

import typer

from tinytales.corpus.settings import CorpusSettings
from tinytales.settings import resolve


def command(
    sources: Annotated[list[str], typer.Argument(help="Files or folders with stories, or: synthetic.")],
    name: Annotated[str | None, typer.Option(help="Name of the corpus; after its source if not given.")] = None,
    limit: Annotated[int | None, typer.Option(help="Take so many stories at most.")] = None,
    seed: Annotated[int | None, typer.Option(help="Of synthetic stories.")] = None,
    preset: Annotated[str | None, typer.Option(help="Settings to start from, e.g. demo.")] = None,
) -> None:
    """Clean stories into a corpus: text with `<|endoftext|>` between stories or one a line, .jsonl or .parquet."""
    from tinytales import pipeline

    settings = resolve(CorpusSettings, "prepare", flags={"limit": limit, "seed": seed}, preset=preset).value
    print(pipeline.prepare(sources, settings, name or pipeline.name_of(sources)))
