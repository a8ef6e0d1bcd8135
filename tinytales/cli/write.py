"""`tinytales write`: the full-screen storytelling session."""

from typing import Annotated

import typer


def command(
    story: Annotated[
        str | None, typer.Argument(help="A story of your library, or its file; asked for if not given.")
    ] = None,
    model: Annotated[
        str | None, typer.Option("--model", "-m", help="A model's name or folder; else the one in use.")
    ] = None,
) -> None:
    """Open the storytelling session on STORY, or on a new one."""
    from tinytales.tui.run import run

    run(story, model)
