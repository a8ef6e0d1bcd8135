"""`tinytales report`: what is known of a model, as two files and a few lines."""

from pathlib import Path
from typing import Annotated

import typer

from tinytales.storage.shelf import MODELS
from tinytales.terminal import note, sanitize


def command(
    model: Annotated[str | None, typer.Argument(help="A model's name or folder; the newest if not given.")] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write into this folder; the model's own if not given.")
    ] = None,
) -> None:
    """Write report.html and report.md on a model: how it was made, how good it is, what it tells."""
    from tinytales.evaluation.report.arrange import arrange
    from tinytales.evaluation.report.collect import collect
    from tinytales.evaluation.report.html import to_html
    from tinytales.evaluation.report.markdown import to_markdown
    from tinytales.storage import atomic

    folder = MODELS.find(model)
    report = arrange(collect(folder))
    target = output or folder
    for name, text in (("report.md", to_markdown(report)), ("report.html", to_html(report))):
        atomic.write_text(target / name, text)
        note(f"wrote {target / name}")
    width = max(len(label) for label, _ in [("", ""), *report.summary])
    print(sanitize("\n".join([report.title, *(f"  {label:{width}}  {value}" for label, value in report.summary)])))
