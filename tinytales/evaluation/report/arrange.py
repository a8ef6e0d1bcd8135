"""A run as a report: which facts, curves and stories, in which order. Sections with nothing in them are left out."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from tinytales.evaluation.report.blocks import Block, Curve, Paragraph, Report, Section, Story
from tinytales.evaluation.report.collect import Point, Run
from tinytales.evaluation.tables import Table, describe, evaluation_tables
from tinytales.storage.manifest import Manifest
from tinytales.terminal import clock

_ROWS = 12  # of the table of metrics


def arrange(run: Run) -> Report:
    """The report of a run."""
    sections = (
        Section("Training", _training(run)),
        Section("Growing up", [Story(one.prompt, one.text, f"after {one.tokens:,} tokens") for one in run.samples]),
        Section("Stories", _stories(run)),
        Section("Evaluation", _evaluation(run)),
        Section("Settings and lineage", _settings(run)),
        Section("Tokens", _facts(run.tokens)),
        Section("Corpus", _facts(run.corpus)),
    )
    return Report(f"Model {run.name}", summary(run), [section for section in sections if section.blocks])


def summary(run: Run) -> list[tuple[str, str]]:
    """The most important figures, each with a label."""
    lines: list[tuple[str, str]] = []
    if run.run:
        facts, validation = run.run.facts, run.run.facts.get("validation", {})
        lines.append(("made", run.run.created))
        if isinstance(parameters := facts.get("parameters"), int):
            lines.append(("parameters", f"{parameters:,}"))
        if isinstance(measured := validation.get("bits_per_byte"), float):
            stories = validation.get("stories")
            lines.append(("after training", f"{measured:.3f} bits per byte on {stories} stories held out"))
    if run.points:
        last = run.points[-1]
        lines.append(("seen", f"{last.tokens:,} tokens in {last.step:,} steps"))
    lines.extend(_time(run))
    if run.evaluation and (figure := run.evaluation.figures.get("bits_per_byte")) and figure.model:
        beside = f", 5-grams {figure.kneser_ney:.3f}" if figure.kneser_ney is not None else ""
        lines.append(("evaluation", f"{figure.model.value:.3f} bits per byte{beside}"))
        for name, label in (("ended", "stories ended properly"), ("quotes_closed", "with quotes closed")):
            if (found := run.evaluation.figures.get(name)) and found.model:
                lines.append((label, f"{found.model.value:.0%}"))
    return lines


def _time(run: Run) -> list[tuple[str, str]]:
    """What training took, where its metrics or its bound tell."""
    seconds = tokens = 0.0
    for before, point in pairwise((Point(0, 0, None, None, None), *run.points)):
        if point.tokens_per_second and point.tokens_per_second > 0:
            tokens += point.tokens - before.tokens
            seconds += (point.tokens - before.tokens) / point.tokens_per_second
    if seconds > 0:
        return [("training took", clock(seconds)), ("throughput", f"{tokens / seconds:,.0f} tokens/s")]
    minutes = run.run.facts.get("settings", {}).get("minutes") if run.run else None
    if isinstance(minutes, int | float) and minutes > 0 and run.points:
        rate = run.points[-1].tokens / minutes / 60
        return [("training was given", clock(minutes * 60)), ("throughput", f"about {rate:,.0f} tokens/s")]
    return []


def _settings(run: Run) -> list[Block]:
    if run.run is None:
        return [Paragraph("This model was not trained here: nothing is known of how it was made.")]
    made_from = [
        (kind, f"{parent.get('name')} ({parent.get('identity')})")
        for kind, parent in run.run.lineage.items()
        if isinstance(parent, dict)
    ]
    blocks: list[Block] = [_table("Made from", made_from)] if made_from else []
    for name in ("settings", "plan"):
        if found := _flatten(run.run.facts.get(name, {})):
            blocks.append(_table(name.capitalize(), found))
    return blocks


def _facts(found: Manifest | None) -> list[Block]:
    if found is None:
        return []
    files = [("files", f"{len(found.files)}, {sum(entry.bytes for entry in found.files):,} bytes")]
    return [_table(f"{found.name}, made {found.created}", [*_flatten(found.facts), *files])]


def _training(run: Run) -> list[Block]:
    blocks: list[Block] = []
    losses = [(point.tokens, point.loss) for point in run.points if point.loss is not None]
    measured = [(point.tokens, point.bits_per_byte) for point in run.points if point.bits_per_byte is not None]
    if losses:
        blocks.append(Curve("Loss", "tokens seen", "nats a token", *_columns(losses)))
    if measured:
        curve = _columns(measured)
        blocks.append(Curve("Stories held out", "tokens seen", "bits per byte", *curve, marked=True))
    rates = [(point.tokens, point.tokens_per_second) for point in run.points if point.tokens_per_second is not None]
    if rates:
        blocks.append(Curve("Throughput", "tokens seen", "tokens a second", *_columns(rates)))
    if run.points:
        step = max(1, len(run.points) // _ROWS)
        chosen = [
            point
            for index, point in enumerate(run.points, start=1)
            if index % step == 0 or point.bits_per_byte is not None or index == len(run.points)
        ]
        rows = [
            (f"{point.step:,}", f"{point.tokens:,}", _shown(point.loss), _shown(point.bits_per_byte))
            for point in chosen
        ]
        blocks.append(Table("Some of it in numbers", ("step", "tokens", "loss", "bits per byte"), rows))
    return blocks


def _evaluation(run: Run) -> list[Block]:
    if run.evaluation is None:
        return [Paragraph(f"Not measured yet: tinytales eval {run.name}")]
    return [Paragraph(describe(run.evaluation.conditions)), *evaluation_tables(run.evaluation)]


def _stories(run: Run) -> list[Block]:
    if run.evaluation is None:
        return []
    ends = {True: "ended by itself", False: "stopped at the longest length"}
    return [Story(story.prompt, story.text, ends[story.ended]) for story in run.evaluation.stories]


def _table(title: str, rows: Sequence[tuple[str, str]]) -> Table:
    return Table(title, ("", ""), rows)


def _flatten(facts: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """Nested facts as lines: `splits.train.stories`."""
    lines: list[tuple[str, str]] = []
    for key, value in facts.items():
        if isinstance(value, dict):
            lines.extend(_flatten(value, f"{prefix}{key}."))
        elif isinstance(value, list):
            lines.append((f"{prefix}{key}", ", ".join(map(_said, value))))
        else:
            lines.append((f"{prefix}{key}", _said(value)))
    return lines


def _said(value: object) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case int():
            return f"{value:,}"
        case float():
            return f"{value:.6g}"
        case "":
            return "-"
        case _:
            return str(value)


def _shown(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _columns(pairs: Sequence[tuple[float, float]]) -> tuple[list[float], list[float]]:
    return [x for x, _ in pairs], [y for _, y in pairs]
