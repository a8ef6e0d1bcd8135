"""Opening the session: a terminal to tell on, the reader's keys, story and model."""

import gc
import os
import sys
from functools import partial
from typing import TYPE_CHECKING

from tinytales.errors import UsageError
from tinytales.tui.curtain import curtain

if TYPE_CHECKING:
    from tinytales.inference.engine import Engine
    from tinytales.tui.app import TinytalesApp


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
        session = _session(story, model)
        session.run()
    if session.return_code:
        sys.exit(session.return_code)


def _session(story: str | None, model: str | None) -> "TinytalesApp":
    # Starting makes many things and drops few: looking for garbage among them, as the application does once the model
    # is there, takes a twentieth of the time.
    gc.disable()
    from tinytales.inference.sampling import Sampling
    from tinytales.settings import resolve
    from tinytales.story.library import Library
    from tinytales.tui import keymap, memory
    from tinytales.tui.app import TinytalesApp
    from tinytales.tui.session import Manner

    settings = resolve(Sampling, "tell", flags={})
    fixed = {name for name, source in settings.sources.items() if source.startswith("TINYTALES_")}
    kept = memory.Memory(memory.file(), Manner(settings.value), fixed)
    theme, manner = kept.recall()
    keys = keymap.load(keymap.file())
    library = Library.home()
    path = library.find(story) if story is not None else None
    return TinytalesApp(
        partial(_load, model), library, path, keys, partial(_answering, model), manner, theme, kept.remember
    )


def _load(model: str | None) -> "Engine":
    from tinytales.inference.rust_engine import FASTEST, load_engine
    from tinytales.storage.shelf import MODELS

    return load_engine(MODELS.find(model), FASTEST)


def _answering(model: str | None, engine: "Engine") -> "Engine | None":
    from tinytales.chat.model import answering
    from tinytales.storage.shelf import MODELS

    return answering(MODELS.find(model), engine)
