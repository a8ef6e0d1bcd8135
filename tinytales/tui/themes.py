"""Colours: two themes of our own, and Textual's."""

import os

from textual.theme import Theme

BEDTIME = Theme(
    name="bedtime",
    primary="#e8b86d",
    secondary="#9db4d8",
    accent="#f0c987",
    foreground="#efe6d8",
    background="#171a26",
    surface="#1d2130",
    panel="#252a3c",
    success="#8fbf8a",
    warning="#e0a458",
    error="#e07a6f",
    dark=True,
)
PAPER = Theme(
    name="paper",
    primary="#8a4b2a",
    secondary="#3f5f86",
    accent="#a3562f",
    foreground="#2b2622",
    background="#fbf7ef",
    surface="#f4eee2",
    panel="#ebe3d4",
    success="#3f7a44",
    warning="#9a6412",
    error="#ad3a2f",
    dark=False,
)
SIXTEEN_COLOURS = "ansi-dark"  # Textual's theme that keeps to the terminal's own


def plain() -> bool:
    """Whether no colours are wanted (no-color.org)."""
    return bool(os.environ.get("NO_COLOR"))


def default_theme() -> str:
    """The theme to begin with: the terminal's own colours where it has few, or where none are wanted."""
    few = os.environ.get("TERM", "") in ("linux", "dumb", "ansi", "vt100")
    return SIXTEEN_COLOURS if few or plain() else BEDTIME.name
