"""The help of `tinytales` itself, drawn from the table of commands without importing any of them, nor Typer."""

from collections.abc import Iterable
from itertools import groupby

from tinytales.cli.commands import COMMANDS
from tinytales.terminal import columns, has_colours

SUMMARY = "Train a tiny story model and tell stories with it, in the terminal."
USAGE = "tinytales [OPTIONS] COMMAND [ARGS]..."
OPTIONS = (
    ("-h, --help", "Show this, or a command's own options after its name"),
    ("--version", "Show the version"),
    ("--debug", "Show the traceback of an error"),
    ("--install-completion", "Install completion for this shell"),
    ("--show-completion", "Show completion for this shell, to copy it"),
)
FIRST_STEP = 'First time here? Run:\n  tinytales tell "Once upon a time"'
_BOLD, _CYAN, _DIM, _RESET = "\x1b[1m", "\x1b[36m", "\x1b[2m", "\x1b[0m"


def top_level_help() -> str:
    """The text for stdout as it is now: as wide as the terminal, coloured only on one."""
    plain, width = not has_colours(), columns()
    parts = [f"Usage: {USAGE}", "", SUMMARY, "", *_panel("Options", OPTIONS, width)]
    for panel, commands in groupby(COMMANDS, key=lambda command: command.panel):
        parts += _panel(panel, [(command.name, command.summary) for command in commands], width)
    text = "\n".join((*parts, "", FIRST_STEP))
    for mark, code in (("\x02", _BOLD + _CYAN), ("\x03", _RESET), ("\x04", _DIM)):
        text = text.replace(mark, "" if plain else code)
    return text


def _panel(title: str, rows: Iterable[tuple[str, str]], width: int) -> list[str]:
    """A box with a title around two columns; what doesn't fit a line goes on in the next."""
    column = max(len(name) for name, _ in (*OPTIONS, *((command.name, "") for command in COMMANDS))) + 2
    room = width - 4 - column
    lines = [f"\x04╭─\x03 {title} \x04{'─' * (width - 5 - len(title))}╮\x03"]
    for name, summary in rows:
        for index, line in enumerate(_wrap(summary, room)):
            shown = name if index == 0 else ""
            lines.append(f"\x04│\x03 \x02{shown:<{column}}\x03{line:<{room}} \x04│\x03")
    return [*lines, f"\x04╰{'─' * (width - 2)}╯\x03"]


def _wrap(text: str, room: int) -> list[str]:
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > room:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    return lines
