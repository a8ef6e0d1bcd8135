"""Evaluations as tables of words: the same ones for the terminal, for Markdown and for HTML."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tinytales.evaluation.estimates import Estimate
from tinytales.evaluation.results import SECTIONS, Better, Comparison, Conditions, Evaluation, Measure, Unit

NONE = "-"
_BETTER: Mapping[Better, str] = {"lower": "lower", "higher": "higher", "human": "as people"}
_MINUS = "−"


@dataclass(frozen=True)
class Table:
    """A table: its title, the heads of its columns, and rows of as many cells. All but the first column are numbers."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


def evaluation_tables(found: Evaluation) -> list[Table]:
    """A model beside people and the n-gram model, a table for each section of measures."""
    columns = ("", found.model, "95% interval", "people", "5-grams", "better is")
    tables = []
    for title, measures in SECTIONS.items():
        rows = []
        for measure in measures:
            if (figure := found.figures.get(measure.name)) is None:
                continue
            peers = (_number(value, measure.unit) for value in (figure.human, figure.kneser_ney))
            rows.append((measure.label, *_estimate(figure.model, measure.unit), *peers, _BETTER[measure.better]))
        tables.append(Table(title, columns, rows))
    return tables


def comparison_tables(found: Comparison) -> list[Table]:
    """Two models beside each other, what differs between them, and which one it speaks for."""
    one, other = found.models
    names = (one.model, other.model) if one.model != other.model else (f"{one.model} (1)", f"{other.model} (2)")
    columns = ("", *names, "change", "95% interval", "better", "people", "5-grams")
    tables = []
    for title, measures in SECTIONS.items():
        rows = [row for measure in measures if (row := _comparison_row(measure, found, names)) is not None]
        tables.append(Table(title, columns, rows))
    return tables


def _comparison_row(measure: Measure, found: Comparison, names: tuple[str, str]) -> tuple[str, ...] | None:
    figures = [model.figures.get(measure.name) for model in found.models]
    if figures[0] is None or figures[1] is None:
        return None
    values = (_number(figure.model.value if figure.model else None, measure.unit) for figure in figures if figure)
    difference = found.differences.get(measure.name)
    if difference is None:
        change, interval, better = NONE, NONE, NONE
    else:
        change, interval = _estimate(difference.change, measure.unit, signed=True)
        better = "unclear" if difference.better is None else names[difference.better]
    peers = (_number(value, measure.unit) for value in (figures[0].human, figures[0].kneser_ney))
    farther = " farther" if measure.better == "human" and difference else ""
    return (measure.label, *values, change + farther, interval, better, *peers)


def describe(conditions: Conditions) -> str:
    """The conditions in a sentence."""
    return (
        f"{conditions.held_out_stories:,} stories predicted ({conditions.held_out}); {conditions.seeds} stories told "
        f"from each of {conditions.prompts} beginnings (temperature {conditions.temperature:g}, top-p "
        f"{conditions.top_p:g}); words, copies and 5-grams of corpus {conditions.corpus}."
    )


def as_text(table: Table) -> str:
    """A table in columns for a terminal."""
    rows = [table.columns, *table.rows]
    widths = [max(len(row[column]) for row in rows) for column in range(len(table.columns))]
    lines = [
        "  ".join(
            [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        )
        for row in rows
    ]
    return "\n".join([table.title, *(line.rstrip() for line in lines)])


def _estimate(found: Estimate | None, unit: Unit, *, signed: bool = False) -> tuple[str, str]:
    if found is None:
        return NONE, NONE
    low, high = (_number(value, unit, signed=signed) for value in (found.low, found.high))
    return _number(found.value, unit, signed=signed), f"{low} to {high}"


def _number(value: float | None, unit: Unit, *, signed: bool = False) -> str:
    if value is None:
        return NONE
    sign = "+" if signed else ""
    match unit:
        case "bits":
            text = f"{value:{sign}.3f}"
        case "share":
            text = f"{value:{sign}.1%}"
        case "words":
            text = f"{value:{sign}.1f}"
    return text.replace("-", _MINUS)
