"""What the finished runs of a sweep measured."""

from dataclasses import dataclass

from tinytales.errors import MissingError
from tinytales.storage import manifest
from tinytales.storage.shelf import MODELS
from tinytales.sweep.grid import SEED, Grid, Values


@dataclass(frozen=True)
class Result:
    """A finished run.

    Attributes:
        name: of its model.
        values: its settings.
        parameters: weights of the model.
        tokens: tokens it was trained on.
        bits_per_byte: on the stories held out.
    """

    name: str
    values: Values
    parameters: int
    tokens: int
    bits_per_byte: float

    @property
    def point(self) -> tuple[tuple[str, str], ...]:
        """Its settings without the seed: runs of one point differ by chance alone."""
        return tuple((key, value) for key, value in self.values.items() if key != SEED)


def collect(grid: Grid) -> list[Result]:
    """The results of the runs that are finished, in the order of the grid; others are left out."""
    found = []
    for run in grid.runs():
        try:
            facts = manifest.read(MODELS.find(run.name), "model", "run.toml").facts
            plan = facts["plan"]
            result = Result(
                run.name,
                run.values,
                int(facts["parameters"]),
                int(plan["steps"]) * int(plan["rows"]) * int(facts["settings"]["context_length"]),
                float(facts["validation"]["bits_per_byte"]),
            )
        except (MissingError, KeyError, TypeError, ValueError):
            continue
        found.append(result)
    return found
