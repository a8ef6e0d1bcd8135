"""`tinytales growth`: a training run replayed by what the model told on the way."""

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from tinytales.errors import MissingError, UsageError
from tinytales.inside.growth import Stage, find_run, lines, read_stages
from tinytales.storage import atomic
from tinytales.terminal import columns, note

_LOOK = 0.5  # seconds between two looks at a run that goes on
_ALTERNATE, _NORMAL, _CLEAR = "\x1b[?1049h\x1b[?25l", "\x1b[?25h\x1b[?1049l", "\x1b[H\x1b[2J"
_LEFT, _RIGHT, _HOME, _END, _ESCAPE = b"\x1b[D", b"\x1b[C", b"\x1b[H", b"\x1b[F", b"\x1b"


def command(
    run: Annotated[str | None, typer.Argument(help="A model, finished or in training; the newest run else.")] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on while the run does.")] = False,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write a moving picture (.svg) or a page (.html).")
    ] = None,
) -> None:
    """Replay a training run: the same opening told again and again as the loss falls; ←/→ scrub on a terminal."""
    folder = find_run(run)
    name = folder.name.removeprefix(".").removesuffix(".run")
    if follow:
        _follow(name)
        return
    stages = read_stages(folder)
    if not stages:
        raise MissingError(f"the run {name} kept nothing that it told", "train again: samples are kept on the way")
    if output is not None:
        _write(output, name, stages)
        print(output)
    elif sys.stdin.isatty() and sys.stdout.isatty() and os.environ.get("TERM") != "dumb" and os.name != "nt":
        _scrub(name, stages)
    else:
        _print(stages)


def _print(stages: Sequence[Stage]) -> None:
    for stage in stages:
        for line in lines(stage, columns()):
            print(line)
        print(flush=True)


def _follow(name: str) -> None:
    """Print each stage as it comes, until the run is finished."""
    note(f"following {name}; Ctrl-C ends it, and the run goes on")
    shown = 0
    while True:
        folder, stages = _look(name)
        _print(stages[shown:])
        shown = max(shown, len(stages))
        if not folder.name.startswith("."):
            return
        time.sleep(_LOOK)


def _look(name: str) -> tuple[Path, list[Stage]]:
    """Where a run is now, and its stages so far."""
    try:
        folder = find_run(name)
        return folder, read_stages(folder)
    except MissingError:
        # A run that is finished just now is renamed; then it is found the second time.
        folder = find_run(name)
        return folder, read_stages(folder)


def _write(path: Path, name: str, stages: Sequence[Stage]) -> None:
    from tinytales.inside.growth_pictures import html, svg

    make = {".svg": svg, ".html": html}.get(path.suffix.lower())
    if make is None:
        raise UsageError(f"{path} is neither .svg nor .html", "name it so: growth.svg")
    atomic.write_text(path, make(name, stages))


def _scrub(name: str, stages: Sequence[Stage]) -> None:
    """Show one stage at a time; keys walk through them."""
    import termios
    import tty

    number = len(stages) - 1
    before = termios.tcgetattr(sys.stdin)
    try:
        tty.setcbreak(sys.stdin)
        sys.stdout.write(_ALTERNATE)
        while True:
            sys.stdout.write(_CLEAR + f"{name}, {number + 1} of {len(stages)}   ←/→ walk, home/end, q ends\n\n")
            sys.stdout.write("\n".join(lines(stages[number], columns())))
            sys.stdout.flush()
            key = os.read(sys.stdin.fileno(), 8)
            if key in (b"q", b"", _ESCAPE):
                return
            moved = {_LEFT: number - 1, _RIGHT: number + 1, _HOME: 0, _END: len(stages)}.get(key, number)
            number = max(0, min(len(stages) - 1, moved))
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)
        sys.stdout.write(_NORMAL)
        sys.stdout.flush()
