"""What the disk knows of a model: its run, what it was made from, its metrics and its evaluation.

Everything but the model itself may be missing: other people's models have no run, a corpus may have been removed, and
an evaluation may never have been made.
"""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tinytales.errors import MissingError
from tinytales.evaluation.keeping import kept
from tinytales.evaluation.results import Evaluation
from tinytales.model.folder import RUN
from tinytales.storage import manifest
from tinytales.storage.manifest import Manifest
from tinytales.storage.shelf import CORPORA, TOKENS, Shelf

METRICS = "metrics.jsonl"
_LONGEST_LINE = 1 << 20
_MOST_LINES = 1_000_000


@dataclass(frozen=True)
class Point:
    """A row of `metrics.jsonl`; what wasn't measured there is None. The rate is that since the row before."""

    step: int
    tokens: int
    loss: float | None
    bits_per_byte: float | None
    tokens_per_second: float | None


@dataclass(frozen=True)
class GrowingUp:
    """What the model told after some steps, from the same beginning and seed each time."""

    step: int
    tokens: int
    prompt: str
    text: str


@dataclass(frozen=True)
class Run:
    """All that is known of a model.

    Attributes:
        name: of its folder.
        run: its `run.toml`.
        corpus: the manifest of the corpus that it comes from.
        tokens: the manifest of its token folder.
        points: its metrics.
        samples: how it grew up.
        evaluation: what was last found of it.
    """

    name: str
    run: Manifest | None
    corpus: Manifest | None
    tokens: Manifest | None
    points: tuple[Point, ...]
    samples: tuple[GrowingUp, ...]
    evaluation: Evaluation | None


def collect(folder: Path) -> Run:
    """Read all that there is on the model in `folder`.

    Raises:
        MissingError: a file of it is damaged.
    """
    run = manifest.read(folder, "model", RUN) if (folder / RUN).is_file() else None
    lineage = run.lineage if run else {}
    rows = list(_rows(folder / METRICS))
    return Run(
        name=folder.resolve().name,
        run=run,
        corpus=_ancestor(CORPORA, lineage, "corpus"),
        tokens=_ancestor(TOKENS, lineage, "tokens"),
        points=tuple(_point(row) for row in rows if "sample" not in row),
        samples=tuple(_sample(row) for row in rows if "sample" in row),
        evaluation=kept(folder),
    )


def _ancestor(shelf: Shelf, lineage: Mapping[str, Any], kind: str) -> Manifest | None:
    """The manifest of an ancestor, if the very folder is still there and whole."""
    wanted = lineage.get(kind)
    if not isinstance(wanted, dict):
        return None
    for folder in shelf.all():
        try:
            found = manifest.read(folder, kind)
        except MissingError:
            continue
        if found.identity == wanted.get("identity"):
            return found
    return None


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    if not path.is_file():
        return
    damaged = MissingError(f"{path} is damaged", "remove it: the model works without")
    with path.open(encoding="utf-8") as file:
        for _ in range(_MOST_LINES):
            try:
                line = file.readline(_LONGEST_LINE)
                if not line:
                    return
                row = json.loads(line)
            except (ValueError, RecursionError):
                raise damaged from None
            if not isinstance(row, dict) or not all(type(row.get(key)) is int for key in ("step", "tokens")):
                raise damaged
            yield row


def _point(row: Mapping[str, Any]) -> Point:
    return Point(
        row["step"], row["tokens"], *(_number(row.get(key)) for key in ("loss", "bits_per_byte", "tokens_per_second"))
    )


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else None


def _sample(row: Mapping[str, Any]) -> GrowingUp:
    return GrowingUp(row["step"], row["tokens"], str(row.get("prompt", "")), str(row["sample"]))
