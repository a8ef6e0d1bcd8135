"""Opening the session: a terminal to tell on, the reader's keys, story and model."""

import os
import sys
from functools import partial
from typing import TYPE_CHECKING

from tinytales.errors import UsageError
from tinytales.tui.curtain import curtain

if TYPE_CHECKING:
    from tinytales.inference.engine import Engine


def run(story: str | None = None, model: str | None = None) -> None:
    """Open the full-screen session, and return when it is left.

    Args:
        story: a story of the library by name, or its file; None to ask.
        model: a model's name or folder; None for the one in use. It is loaded behind the first picture.

    Raises:
        UsageError: there is no terminal, or the reader's keys or settings are wrong.
        MissingError: there is no such story.
    """
    # Textual reads from stdin and draws on stderr; stdout elsewhere would be a mistake of the caller's.
    streams = (sys.stdin, sys.stdout, sys.stderr)
    if not all(stream.isatty() for stream in streams) or os.environ.get("TERM") == "dumb":
        raise UsageError("there is no terminal here that can show the session", "tinytales tell PROMPT")
    with curtain():
        _open(story, model)


def _open(story: str | None, model: str | None) -> None:
    from tinytales.inference.sampling import Sampling
    from tinytales.settings import resolve
    from tinytales.story.library import Library
    from tinytales.tui import keymap
    from tinytales.tui.app import TinytalesApp
    from tinytales.tui.session import Manner

    sampling = resolve(Sampling, "tell", flags={}).value
    keys = keymap.load(keymap.file())
    library = Library.home()
    path = library.find(story) if story is not None else None
    TinytalesApp(partial(_load, model), library, path, keys, manner=Manner(sampling)).run()


def _load(model: str | None) -> "Engine":
    from tinytales.inference.rust_engine import load_engine
    from tinytales.storage.shelf import MODELS

    return load_engine(MODELS.find(model))
