"""The grid: every combination of some settings' values, as the commands that make it."""

import dataclasses
import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tinytales.errors import UsageError
from tinytales.settings import load_preset
from tinytales.storage.shelf import check_name
from tinytales.training.settings import BOUNDS, TrainSettings

VOCABULARY = "vocab_size"
SEED = "seed"
_SETTINGS = (VOCABULARY, *(field.name for field in dataclasses.fields(TrainSettings)))
_MOST = 10_000

Values = Mapping[str, str]


@dataclass(frozen=True)
class Grid:
    """What a sweep runs.

    Attributes:
        name: of the sweep.
        corpus: whose stories the vocabularies are learned from, where `vocab_size` is one of the axes.
        tokens: the token folder that all runs share, where it isn't.
        preset: what settings that aren't axes come from.
        axes: setting → its values, as they are given on the command line.
    """

    name: str
    corpus: str | None
    tokens: str | None
    preset: str
    axes: Mapping[str, Sequence[str]]

    def __post_init__(self) -> None:
        check_name(self.name)
        for setting, values in self.axes.items():
            if setting not in _SETTINGS:
                raise UsageError(f"there is no setting {setting}", f"there are: {', '.join(_SETTINGS)}")
            if not values or len(set(values)) != len(values):
                raise UsageError(f"{setting} needs different values", f"give them so: {setting} 1,2,3")
        if sum(bound in self.axes for bound in BOUNDS) > 1:
            raise UsageError(f"a run has one bound, not {' and '.join(set(BOUNDS) & set(self.axes))}", "give one")
        if math.prod(len(values) for values in self.axes.values()) > _MOST:
            raise UsageError(f"a grid of more than {_MOST:,} runs is no grid", "give fewer values")
        for run in self.runs():
            check_name(run.name)

    def runs(self) -> list["Run"]:
        """Every combination, the first axis changing slowest."""
        names = list(self.axes)
        return [Run(self, dict(zip(names, values, strict=True))) for values in itertools.product(*self.axes.values())]

    def tokenizations(self) -> list[list[str]]:
        """The commands that make the token folders, which come before all runs."""
        return [
            ["tokenize", *([self.corpus] if self.corpus else []), "--name", self._tokens(size), "--vocab-size", size]
            for size in self.axes.get(VOCABULARY, ())
        ]

    def token_folder(self, values: Values) -> str:
        """The token folder of a run."""
        return self._tokens(values[VOCABULARY]) if VOCABULARY in values else self.tokens or ""

    def minutes(self) -> float | None:
        """How long all runs take one after the other; None if their bound isn't time."""
        if any(bound in self.axes for bound in BOUNDS if bound != "minutes"):
            return None
        usual = load_preset(self.preset).get("train", {}).get("minutes", 60.0)
        return sum(float(run.values.get("minutes", usual)) for run in self.runs())

    def _tokens(self, size: str) -> str:
        return f"{self.name}-v{size}"


@dataclass(frozen=True)
class Run:
    """One run of a grid: the values of its settings."""

    grid: Grid
    values: Values

    @property
    def name(self) -> str:
        """Of the model that it makes: the sweep's, and each value that isn't the same for all."""
        parts = [self.grid.name]
        for setting, value in self.values.items():
            if len(self.grid.axes[setting]) > 1:
                parts.append(f"{setting.replace('_', '-')}-{value}")
        return "-".join(parts)

    @property
    def label(self) -> str:
        """Its values, for people."""
        varied = [f"{key} {value}" for key, value in self.values.items() if len(self.grid.axes[key]) > 1]
        return ", ".join(varied) or "the only run"

    @property
    def variables(self) -> dict[str, str]:
        """The settings, as variables that `tinytales train` reads."""
        return {f"TINYTALES_TRAIN_{key.upper()}": value for key, value in self.values.items() if key != VOCABULARY}

    @property
    def command(self) -> list[str]:
        """The arguments of `tinytales`; its settings come as `variables`."""
        return ["train", self.grid.token_folder(self.values), "--name", self.name, "--preset", self.grid.preset]


def values_of(text: str) -> tuple[str, ...]:
    """The values in `1,2,3`."""
    return tuple(part.strip() for part in text.split(",") if part.strip())
