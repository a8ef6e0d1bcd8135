"""What a report is made of, whatever it is written as. All text is as it was found: whoever writes it escapes it."""

from collections.abc import Sequence
from dataclasses import dataclass

from tinytales.evaluation.tables import Table


@dataclass(frozen=True)
class Paragraph:
    """A few sentences."""

    text: str


@dataclass(frozen=True)
class Curve:
    """Points to be plotted.

    Attributes:
        title: above it.
        x_label: what `x` is.
        y_label: what `y` is.
        x: ascending.
        y: as many.
        marked: whether to mark the points: there are few.
    """

    title: str
    x_label: str
    y_label: str
    x: Sequence[float]
    y: Sequence[float]
    marked: bool = False


@dataclass(frozen=True)
class Story:
    """A story: what was given, what was told, and a line on it."""

    prompt: str
    text: str
    remark: str


Block = Paragraph | Curve | Story | Table


@dataclass(frozen=True)
class Section:
    """A part of a report."""

    title: str
    blocks: Sequence[Block]


@dataclass(frozen=True)
class Report:
    """A report: its title, a summary of few words each, and its sections."""

    title: str
    summary: Sequence[tuple[str, str]]
    sections: Sequence[Section]
