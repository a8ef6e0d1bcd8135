"""`tinytales train`: tokens to a model."""

from typing import Annotated

import typer

from tinytales.settings import resolve
from tinytales.storage.shelf import TOKENS
from tinytales.training.processes import Processes, count_processes
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
    dropout: Annotated[
        float | None, typer.Option(help="Share left out at random while training: for little text.")
    ] = None,
    teacher: Annotated[
        list[str] | None, typer.Option(help="A model of these tokens to learn from beside the text; give several.")
    ] = None,
    precision: Annotated[
        str | None, typer.Option(help="Of products: float32, bfloat16, or auto for what is faster here.")
    ] = None,
    compiled: Annotated[
        bool | None, typer.Option("--compile/--no-compile", help="Begin up to a minute later, with faster steps.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Of fresh weights and the order of stories.")] = None,
    nproc: Annotated[str, typer.Option(help="Processes on this machine; auto: one for each GPU.")] = "1",
    nnodes: Annotated[int, typer.Option(help="Machines that train together; start the command on each.")] = 1,
    rdzv_endpoint: Annotated[str | None, typer.Option(help="HOST:PORT of one of them, where they meet.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what the run would be, and do nothing.")] = False,
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
        "dropout": dropout,
        "teachers": ",".join(teacher) if teacher else None,
        "precision": precision,
        "compile": compiled,
        "seed": seed,
    }
    settings = resolve(TrainSettings, "train", flags=flags, preset=preset or DEFAULT_PRESET, exclusive=BOUNDS)
    folder = TOKENS.find(tokens)
    if dry_run:
        from tinytales.training.forecast import forecast

        print(forecast(folder, settings.value))
        return
    processes = Processes(count_processes(nproc), nnodes, rdzv_endpoint)
    given = settings.chosen(preset=preset is not None)
    print(pipeline.train(folder, settings.value, name or folder.name, given=given, resume=resume, processes=processes))
