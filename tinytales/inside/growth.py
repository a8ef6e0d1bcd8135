"""A model growing up: what it told at each stage of its training, and how its loss fell meanwhile.

It reads `metrics.jsonl` of a run, finished or not; that of a running one grows while it is read.
"""

import json
import math
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tinytales.errors import MissingError
from tinytales.storage.shelf import MODELS
from tinytales.terminal import sanitize

_METRICS = "metrics.jsonl"
_LEVELS = "▁▂▃▄▅▆▇█"
_CURVE = 60  # cells of the curve


@dataclass(frozen=True)
class Loss:
    """What was measured after some steps; `loss` is in nats a token."""

    step: int
    loss: float
    bits_per_byte: float | None


@dataclass(frozen=True)
class Stage:
    """What the model told after so many steps, and the losses until then."""

    step: int
    tokens: int
    text: str
    losses: tuple[Loss, ...]

    @property
    def heading(self) -> str:
        """The stage in figures."""
        parts = [f"step {self.step:,}", f"{self.tokens:,} tokens read"]
        if self.losses:
            parts.append(f"loss {self.losses[-1].loss:.2f}")
        measured = [one.bits_per_byte for one in self.losses if one.bits_per_byte is not None]
        if measured:
            parts.append(f"{measured[-1]:.3f} bits per byte")
        return " · ".join(parts)


def find_run(name: str | None) -> Path:
    """The folder of the run called `name`, finished or not; of the one that measured last if None.

    Raises:
        MissingError: there is none.
    """
    if name is None:
        files = sorted(MODELS.root.glob(f"*/{_METRICS}"), key=lambda path: path.stat().st_mtime_ns)
        if not files:
            raise MissingError("there is no run yet", "train one: tinytales speedrun")
        return files[-1].parent
    target = MODELS.path(name)
    for folder in (target, target.with_name(f".{target.name}.run")):
        if (folder / _METRICS).is_file():
            return folder
    raise MissingError(f"there is no run called {name}", "see the models: tinytales models")


def read_stages(folder: Path) -> list[Stage]:
    """The stages of a run so far, the first first.

    Raises:
        MissingError: the file is missing or damaged.
    """
    path = folder / _METRICS
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").split("\n")
    except OSError as error:
        raise MissingError(f"{path} can't be read: {error}", "see the models: tinytales models") from error
    losses: list[Loss] = []
    stages: list[Stage] = []
    for number, line in enumerate(lines[:-1], start=1):  # what follows the last line break is still being written
        try:
            _take(json.loads(line), losses, stages)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise MissingError(f"{path} is damaged in line {number}: {error}", "train the model again") from error
    return stages


def _take(row: dict[str, Any], losses: list[Loss], stages: list[Stage]) -> None:
    step, bits = int(row["step"]), row.get("bits_per_byte")
    if "sample" in row:
        prompt, sample = str(row.get("prompt", "")), str(row["sample"])
        text = sample if sample.startswith(prompt) else prompt + sample
        stages.append(Stage(step, int(row["tokens"]), sanitize(text), tuple(losses)))
    elif "loss" in row:
        losses.append(Loss(step, float(row["loss"]), None if bits is None else float(bits)))


def lines(stage: Stage, width: int) -> Iterator[str]:
    """A stage in lines of `width` cells: its figures, the curve of its loss, what it told."""
    yield stage.heading
    if drawn := curve([one.loss for one in stage.losses]):
        yield drawn
    for paragraph in stage.text.split("\n"):
        yield from textwrap.wrap(paragraph, min(width, 80)) or [""]


def curve(values: Sequence[float]) -> str:
    """Falling values as a line of blocks, the highest as a full one."""
    values = [value for value in values if math.isfinite(value)]
    if not values:
        return ""
    picked = [values[index * len(values) // _CURVE] for index in range(_CURVE)] if len(values) > _CURVE else values
    low, high = min(picked), max(picked)
    return "".join(_LEVELS[round((value - low) / (high - low or 1) * (len(_LEVELS) - 1))] for value in picked)
