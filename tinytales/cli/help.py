"""Help, drawn as boxes: that of `tinytales` without importing any command, nor Typer; that of each without Rich."""

import textwrap
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from tinytales.cli.commands import COMMANDS
from tinytales.terminal import columns, has_colours

SUMMARY = "Train a tiny story model and tell stories with it, in the terminal."
USAGE = "Usage: tinytales [OPTIONS] COMMAND [ARGS]..."
OPTIONS = (
    ("-h, --help", "Show this, or a command's own options after its name"),
    ("--version", "Show the version"),
    ("--debug", "Show the traceback of an error"),
    ("--install-completion", "Install completion for this shell"),
    ("--show-completion", "Show completion for this shell, to copy it"),
)
FIRST_STEP = 'First time here? Run:\n  tinytales tell "Once upon a time"'
_BOLD, _CYAN, _DIM, _RESET = "\x1b[1m", "\x1b[36m", "\x1b[2m", "\x1b[0m"

Panel = tuple[str, Sequence[tuple[str, str]]]
"""A title, and rows of a name and what it is."""


def top_level_help() -> str:
    """The help of `tinytales`, for stdout as it is now: as wide as the terminal, coloured only on one."""
    groups = groupby(COMMANDS, key=lambda command: command.panel)
    panels = [(panel, [(command.name, command.summary) for command in commands]) for panel, commands in groups]
    return f"{_page(USAGE, SUMMARY, [('Options', OPTIONS), *panels])}\n\n{FIRST_STEP}"


def command_help(command: Any, context: Any) -> str:
    """The help of a command of Typer's (a `typer.core.TyperCommand` or `TyperGroup`), which has been parsed so far."""
    kinds: dict[str, list[tuple[str, str]]] = {"Arguments": [], "Options": []}
    for parameter in command.get_params(context):
        if record := parameter.get_help_record(context):
            kinds["Arguments" if parameter.param_type_name == "argument" else "Options"].append(record)
    members = [(name, member.get_short_help_str(1000)) for name, member in getattr(command, "commands", {}).items()]
    panels = [(title, rows) for title, rows in (*kinds.items(), ("Commands", members)) if rows]
    return _page(command.get_usage(context), command.help, panels)


def _page(usage: str, summary: str, panels: Sequence[Panel]) -> str:
    plain, width = not has_colours(), columns()
    longest = max(len(name) for _, rows in panels for name, _ in rows)
    column = 2 + min(longest, width // 2)
    lines = [*_wrap(usage, width), "", *_wrap(summary, width), ""]
    for title, rows in panels:
        lines += _panel(title, rows, width, column)
    text = "\n".join(lines)
    for mark, code in (("\x02", _BOLD + _CYAN), ("\x03", _RESET), ("\x04", _DIM)):
        text = text.replace(mark, "" if plain else code)
    return text


def _panel(title: str, rows: Iterable[tuple[str, str]], width: int, column: int) -> list[str]:
    """A box with a title around two columns; what doesn't fit a line goes on in the next."""
    room = width - 4 - column
    lines = [f"\x04╭─\x03 {title} \x04{'─' * (width - 5 - len(title))}╮\x03"]
    for name, summary in rows:
        told = _wrap(summary, room)
        if len(name) > column - 2:
            lines += (f"\x04│\x03 \x02{line:<{width - 4}}\x03 \x04│\x03" for line in _wrap(name, width - 4))
        else:
            lines.append(f"\x04│\x03 \x02{name:<{column}}\x03{told.pop(0):<{room}} \x04│\x03")
        lines += (f"\x04│\x03 {'':<{column}}{line:<{room}} \x04│\x03" for line in told)
    return [*lines, f"\x04╰{'─' * (width - 2)}╯\x03"]


def _wrap(text: str, room: int) -> list[str]:
    return textwrap.wrap(text, room, break_on_hyphens=False) or [""]
