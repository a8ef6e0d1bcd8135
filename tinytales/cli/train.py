"""`tinytales train`: tokens to a model."""

from typing import Annotated

import typer

from tinytales.settings import resolve
from tinytales.storage.shelf import TOKENS
from tinytales.training.settings import BOUNDS, TrainSettings

DEFAULT_PRESET = "tinystories"


def command(
    tokens: Annotated[str | None, typer.Argument(help="A token folder's name; the newest if not given.")] = None,
    name: Annotated[str | None, typer.Option(help="Name of the model; the tokens' if not given.")] = None,
    preset: Annotated[
        str | None, typer.Option(help="Settings to start from: demo or tinystories (the default).")
    ] = None,
    depth: Annotated[int | None, typer.Option(help="Layers; the width follows as 128 times as much.")] = None,
    width: Annotated[int | None, typer.Option(help="Length of a token's vector.")] = None,
    context_length: Annotated[int | None, typer.Option(help="Tokens that the model sees.")] = None,
    minutes: Annotated[float | None, typer.Option(help="Train so long.")] = None,
    tokens_seen: Annotated[float | None, typer.Option("--tokens", help="Train on so many tokens.")] = None,
    epochs: Annotated[float | None, typer.Option(help="Train for so many passes.")] = None,
    steps: Annotated[int | None, typer.Option(help="Train for so many steps.")] = None,
    batch_tokens: Annotated[int | None, typer.Option(help="Tokens of one step.")] = None,
    learning_rate: Annotated[float | None, typer.Option(help="Muon's, for matrices.")] = None,
    embedding_learning_rate: Annotated[float | None, typer.Option(help="AdamW's, for the rest.")] = None,
    weight_decay: Annotated[float | None, typer.Option(help="On matrices.")] = None,
    seed: Annotated[int | None, typer.Option(help="Of fresh weights and the order of stories.")] = None,
    resume: Annotated[
        bool | None,
        typer.Option("--resume/--fresh", help="Go on with a stopped run (the default if there is one), or begin anew."),
    ] = None,
) -> None:
    """Train a model on tokens, for --minutes, --tokens, --epochs or --steps. Run it again to go on after a stop."""
    from tinytales import pipeline

    flags = {
        "depth": depth,
        "width": width,
        "context_length": context_length,
        "minutes": minutes,
        "tokens": tokens_seen,
        "epochs": epochs,
        "steps": steps,
        "batch_tokens": batch_tokens,
        "learning_rate": learning_rate,
        "embedding_learning_rate": embedding_learning_rate,
        "weight_decay": weight_decay,
        "seed": seed,
    }
    settings = resolve(TrainSettings, "train", flags=flags, preset=preset or DEFAULT_PRESET, exclusive=BOUNDS)
    folder = TOKENS.find(tokens)
    given = settings.chosen(preset=preset is not None)
    result = pipeline.train(folder, settings.value, name or folder.name, given=given, resume=resume)
    print(result.folder)
