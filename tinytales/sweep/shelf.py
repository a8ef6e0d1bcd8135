"""Sweeps on the disk: a file for each with its grid, and beside it the logs of the runs that failed."""

import tomllib
from pathlib import Path

import tomli_w

from tinytales import paths
from tinytales.errors import MissingError, UsageError
from tinytales.storage import atomic
from tinytales.sweep.grid import Grid

_HINT = "begin one: tinytales sweep --depth 1,2,3 --seeds 3 --minutes 5"


def root() -> Path:
    """Where sweeps are kept."""
    return paths.home() / "sweeps"


def log_file(grid: Grid, run: str) -> Path:
    """What a run said."""
    return root() / f"{grid.name}.logs" / f"{run}.log"


def keep(grid: Grid) -> None:
    """Write down what a sweep is, before it begins.

    Raises:
        UsageError: there is another sweep of that name.
    """
    path = root() / f"{grid.name}.toml"
    if path.exists():
        if find(grid.name) != grid:
            raise UsageError(f"there is another sweep called {grid.name}", "give this one another --name")
        return
    document = {
        "format": 1,
        "name": grid.name,
        "preset": grid.preset,
        "axes": {setting: list(values) for setting, values in grid.axes.items()},
        **({"corpus": grid.corpus} if grid.corpus else {}),
        **({"tokens": grid.tokens} if grid.tokens else {}),
    }
    atomic.write_text(path, tomli_w.dumps(document))


def find(name: str | None) -> Grid:
    """The sweep called `name`, the newest if None.

    Raises:
        MissingError: there is none, or its file is damaged.
    """
    files = sorted(root().glob("*.toml"), key=lambda path: path.stat().st_mtime_ns) if root().is_dir() else []
    if name is not None:
        files = [path for path in files if path.stem == name]
    if not files:
        raise MissingError(f"there is no sweep{'' if name is None else f' called {name}'} yet", _HINT)
    path = files[-1]
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
        axes = {str(setting): tuple(map(str, values)) for setting, values in found["axes"].items()}
        return Grid(str(found["name"]), found.get("corpus"), found.get("tokens"), str(found["preset"]), axes)
    except (ValueError, KeyError, TypeError, AttributeError, UsageError) as error:
        raise MissingError(f"{path} is damaged: {error}", "remove it and sweep again") from error
