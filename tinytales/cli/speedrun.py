"""`tinytales speedrun`: all of it in one command."""

from typing import Annotated

import typer


def command(
    sources: Annotated[
        list[str] | None, typer.Argument(help="Files or folders with stories; built-in ones if not given.")
    ] = None,
    preset: Annotated[str, typer.Option(help="Settings to start from: demo or tinystories.")] = "demo",
    minutes: Annotated[float | None, typer.Option(help="Train so long.")] = None,
    name: Annotated[str | None, typer.Option(help="Name of corpus, tokens and model.")] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Download without asking.")] = False,
) -> None:
    """Prepare stories, learn a vocabulary, train a model and tell a story. Run it again to go on after a stop."""
    from tinytales import pipeline
    from tinytales.cli.ask import ask
    from tinytales.cli.story_output import print_stories
    from tinytales.inference.rust_engine import FASTEST, load_engine
    from tinytales.inference.sampling import Sampling

    confirm = None if yes else ask
    folder = pipeline.speedrun(
        sources or [pipeline.SYNTHETIC], preset=preset, minutes=minutes, name=name, confirm=confirm
    )
    print_stories(load_engine(folder, FASTEST), "Once upon a time", Sampling())
