"""`tinytales tokenize`: a corpus to tokens."""

from typing import Annotated

import typer

from tinytales.settings import resolve
from tinytales.storage.shelf import CORPORA
from tinytales.tokenizer.settings import TokenizerSettings


def command(
    corpus: Annotated[str | None, typer.Argument(help="A corpus's name; the newest if not given.")] = None,
    name: Annotated[str | None, typer.Option(help="Name of the token folder; the corpus's if not given.")] = None,
    vocab_size: Annotated[
        int | None, typer.Option(help="Tokens of the vocabulary, three special ones included.")
    ] = None,
    preset: Annotated[str | None, typer.Option(help="Settings to start from, e.g. demo.")] = None,
) -> None:
    """Train the vocabulary on a corpus and turn its stories into tokens."""
    from tinytales import pipeline

    settings = resolve(TokenizerSettings, "tokenize", flags={"vocab_size": vocab_size}, preset=preset).value
    folder = CORPORA.find(corpus)
    print(pipeline.tokenize(folder, settings, name or folder.name))
