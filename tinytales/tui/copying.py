"""Copying: through the terminal where it can, into a file where it can't."""

import os
from typing import TYPE_CHECKING

from tinytales import paths
from tinytales.storage import atomic

if TYPE_CHECKING:
    from textual.app import App

# Terminals take a copied text in an escape sequence (OSC 52); many drop a longer one, and these take none at all.
LONGEST = 74_000  # bytes
_DEAF_TERMS = ("linux", "dumb", "vt100", "ansi")
_DEAF_PROGRAMS = ("Apple_Terminal",)


def copy(app: "App[None]", text: str) -> str:
    """Copy a text; returns a sentence that says where it is."""
    if len(text.encode()) <= LONGEST and not _deaf():
        app.copy_to_clipboard(text)
        return "Copied."
    path = paths.home() / "copied.txt"
    try:
        atomic.write_text(path, text)
    except OSError as error:
        return f"This terminal takes no copies, and {path} can't be written: {error.strerror}."
    return f"This terminal takes no copies: the text is in {path}"


def _deaf() -> bool:
    return os.environ.get("TERM", "") in _DEAF_TERMS or os.environ.get("TERM_PROGRAM", "") in _DEAF_PROGRAMS
