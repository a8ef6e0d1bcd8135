"""`tinytales speedrun`: all of it in one command."""

from typing import Annotated

import typer

REQUEST = "Tell me a story about a cat and a drum."


def command(
    sources: Annotated[
        list[str] | None, typer.Argument(help="Files or folders with stories; built-in ones if not given.")
    ] = None,
    preset: Annotated[str, typer.Option(help="Settings to start from: demo or tinystories.")] = "demo",
    minutes: Annotated[float | None, typer.Option(help="Train so long, in all.")] = None,
    name: Annotated[str | None, typer.Option(help="Name of corpus, tokens and model.")] = None,
    resume: Annotated[
        bool | None,
        typer.Option("--resume/--fresh", help="Go on with stopped training (the default), or begin it anew."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Download without asking.")] = False,
) -> None:
    """Prepare stories, learn a vocabulary, train a model, teach it to answer. Run it again to go on after a stop."""
    from tinytales.chat.model import load_chat_model
    from tinytales.chat.settings import ChatSettings
    from tinytales.cli.ask import ask
    from tinytales.cli.chat import answer_once
    from tinytales.cli.story_output import print_stories
    from tinytales.inference.rust_engine import FASTEST, load_engine
    from tinytales.inference.sampling import Sampling
    from tinytales.speedrun import SYNTHETIC, speedrun
    from tinytales.terminal import note

    confirm = None if yes else ask
    folder = speedrun(sources or [SYNTHETIC], preset=preset, minutes=minutes, name=name, resume=resume, confirm=confirm)
    model = load_chat_model(folder, FASTEST)
    print_stories(load_engine(folder, FASTEST), "Once upon a time", Sampling())
    note(f'\nAsked: "{REQUEST}"\n')
    print()
    answer_once(model, REQUEST, Sampling(), ChatSettings().best_of)
