"""Training runs on the disk, finished or not: where they are, and what they measured. Must not know PyTorch.

While a run goes on, its folder is `.NAME.run` beside the finished models; when it is done, the whole folder is renamed
to `NAME`. Both hold `run.toml` (settings, plan, lineage), `metrics.jsonl` and `checkpoints/step-NNNNNNNN/`, each of
them a standard folder too.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tinytales.errors import TinytalesError
from tinytales.storage import atomic
from tinytales.storage.locks import Lock

METRICS, CHECKPOINTS, RUN = "metrics.jsonl", "checkpoints", "run.toml"
_SUFFIX = ".run"


def unfinished(target: Path) -> Path:
    """Where the run lives that will be `target` when it is done."""
    return target.with_name(f".{target.name}{_SUFFIX}")


@dataclass(frozen=True)
class Run:
    """A training run.

    Attributes:
        name: of the model it makes.
        folder: where it is now.
        finished: whether it is done; one that isn't goes on right now, or was stopped.
    """

    name: str
    folder: Path
    finished: bool

    @property
    def checkpoints(self) -> list[Path]:
        """Its checkpoints, the oldest first."""
        return sorted((self.folder / CHECKPOINTS).glob("step-*"))

    def metrics(self) -> list[dict[str, Any]]:
        """The rows it has measured, in their order; see `read_metrics`."""
        return read_metrics(self.folder)


def find_runs(root: Path) -> list[Run]:
    """The runs in `root`, a shelf's folder, by name; a model that came from elsewhere has no metrics and is none."""
    runs = []
    for folder in sorted(root.iterdir()) if root.is_dir() else []:
        if not (folder / METRICS).is_file():
            continue
        if not folder.name.startswith("."):
            runs.append(Run(folder.name, folder, finished=True))
        elif folder.name.endswith(_SUFFIX):
            runs.append(Run(folder.name[1 : -len(_SUFFIX)], folder, finished=False))
    return sorted(runs, key=lambda run: (run.name, run.finished))


def read_metrics(folder: Path) -> list[dict[str, Any]]:
    """The rows of a run's `metrics.jsonl`; a line that is still being written, or is damaged, is left out.

    Rows of losses have `step`, `tokens` (seen in all), `loss` (nats, mean since the row before), and, where measured,
    `bits_per_byte` (on a few validation stories) and `tokens_per_second`. Rows of samples have `step`, `tokens`,
    `prompt`, `seed` and `sample`, the text that went on from the prompt.
    """
    try:
        lines = (folder / METRICS).read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return []
    rows = []
    for line in lines:
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(row, dict):
            rows.append(row)
    return rows


@contextmanager
def claim(target: Path) -> Iterator[Path]:
    """Hold the folder of the unfinished run of `target`, which is made if there is none; a crash frees it.

    If it is still without a `run.toml` when the block ends, nothing had begun, and it goes.

    Raises:
        TinytalesError: another process holds it.
    """
    folder = unfinished(target)
    folder.mkdir(parents=True, exist_ok=True)
    lock = Lock(folder)
    if not lock.acquire():
        raise TinytalesError(
            f"model {target.name} is being trained by another process",
            "wait for it or stop it, or begin another run: --fresh",
        )
    try:
        atomic.clear_files(folder)
        yield folder
    finally:
        if folder.is_dir() and not (folder / RUN).is_file():
            atomic.discard(folder)
        lock.release()


def finish(folder: Path, target: Path) -> None:
    """Rename the whole run to `target`, with everything in it on the disk.

    Raises:
        FileExistsError: `target` exists; it is never overwritten.
    """
    atomic.sync_tree(folder)
    if target.exists():
        raise FileExistsError(target)
    folder.rename(target)
    atomic.sync_folder(target.parent)


def cut_metrics(folder: Path, size: int) -> None:
    """Cut `metrics.jsonl` back to its first `size` bytes; it is made if there is none."""
    path = folder / METRICS
    path.touch()
    if path.stat().st_size > size:
        os.truncate(path, size)
