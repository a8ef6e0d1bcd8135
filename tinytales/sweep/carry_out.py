"""Carrying out a grid: an ordinary `tinytales` process for each run, several at once if asked.

What is done is known by the models that are there, so a sweep that was stopped or killed goes on where it was.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from tinytales.errors import TinytalesError
from tinytales.machine import usable_cores
from tinytales.storage.shelf import MODELS, TOKENS
from tinytales.sweep import shelf
from tinytales.sweep.grid import Grid, Run
from tinytales.training.settings import BOUNDS

_LOOK = 0.2  # seconds between two looks at the processes

State = Literal["waiting", "running", "done", "failed"]


@dataclass
class Progress:
    """How a run stands; `seconds` is how long it took, where this sweep carried it out."""

    run: Run
    state: State
    seconds: float | None = None


def tokenize(grid: Grid) -> None:
    """Make the token folders of the grid that aren't there yet.

    Raises:
        TinytalesError: one can't be made.
    """
    for command in grid.tokenizations():
        name = command[command.index("--name") + 1]
        if not TOKENS.holds(TOKENS.path(name)):
            with _start(grid, name, command, {}) as process:
                code = process.wait()
            if code:
                raise TinytalesError(f"the vocabulary {name} failed", f"see {shelf.log_file(grid, name)}")


def carry_out(grid: Grid, jobs: int, told: Callable[[Sequence[Progress]], None]) -> list[Progress]:
    """Run what isn't finished, `jobs` at once, telling of every change; how each run ended.

    A run that fails is marked, and the others go on. On Ctrl-C the running ones are stopped too and waited for.
    """
    table = [Progress(run, "done" if MODELS.holds(MODELS.path(run.name)) else "waiting") for run in grid.runs()]
    told(table)
    waiting = iter([progress for progress in table if progress.state == "waiting"])
    running: dict[int, tuple[Progress, subprocess.Popen[bytes], float]] = {}
    try:
        while True:
            _fill(running, waiting, grid, jobs, table, told)
            if not running:
                return table
            time.sleep(_LOOK)
            for key, (progress, process, started) in list(running.items()):
                if (code := process.poll()) is not None:
                    del running[key]
                    progress.seconds = time.monotonic() - started
                    progress.state = "failed" if code else "done"
                    told(table)
    finally:
        for _, process, _ in running.values():
            process.send_signal(signal.SIGINT)
        for _, process, _ in running.values():
            process.wait()


def _fill(
    running: dict[int, tuple[Progress, "subprocess.Popen[bytes]", float]],
    waiting: Iterator[Progress],
    grid: Grid,
    jobs: int,
    table: Sequence[Progress],
    told: Callable[[Sequence[Progress]], None],
) -> None:
    """Start runs until `jobs` are under way or none waits."""
    while len(running) < jobs and (progress := next(waiting, None)) is not None:
        variables = {**progress.run.variables}
        if jobs > 1:
            variables["OMP_NUM_THREADS"] = str(max(1, usable_cores() // jobs))
        process = _start(grid, progress.run.name, progress.run.command, variables)
        progress.state = "running"
        running[process.pid] = (progress, process, time.monotonic())
        told(table)


def _start(grid: Grid, name: str, command: Sequence[str], variables: Mapping[str, str]) -> "subprocess.Popen[bytes]":
    """Start `tinytales` with its output in the run's log; it ends when this process does."""
    path = shelf.log_file(grid, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-c", _GUARDED, *command],
            env={**_environment(variables), **variables},
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def _environment(variables: Mapping[str, str]) -> dict[str, str]:
    """This process's variables, without other bounds than the grid's own."""
    bounds = {f"TINYTALES_TRAIN_{bound.upper()}" for bound in BOUNDS}
    mine = not bounds.isdisjoint(variables)
    return {key: value for key, value in os.environ.items() if not (mine and key in bounds)}


# The pipe ends with the sweep, even if that is killed: then the run stops as it does on Ctrl-C, which it must hear even
# where the sweep was started in the background, deaf to it.
_GUARDED = """
import os, signal, sys, threading
signal.signal(signal.SIGINT, signal.default_int_handler)
def watch():
    while os.read(0, 1):
        pass
    os.kill(os.getpid(), signal.SIGINT)
threading.Thread(target=watch, daemon=True).start()
from tinytales.cli.main import main
sys.argv[0] = "tinytales"
main(sys.argv[1:])
"""


def seconds_left(table: Sequence[Progress], jobs: int) -> float | None:
    """How long the rest takes if it goes on like this; None before the first run is done."""
    taken = [progress.seconds for progress in table if progress.seconds is not None]
    left = sum(progress.state in ("waiting", "running") for progress in table)
    return sum(taken) / len(taken) * left / jobs if taken else None
