"""`tinytales export`: a model for other programs."""

from pathlib import Path
from typing import Annotated

import typer

from tinytales.cli import output
from tinytales.errors import UsageError
from tinytales.storage.shelf import MODELS
from tinytales.terminal import note

FORMATS = ("gguf",)


def command(
    model: Annotated[str | None, typer.Argument(help="A model's name or folder; else the one in use.")] = None,
    to: Annotated[str, typer.Option("--to", help="gguf: for llama.cpp, Ollama and their like.")] = "gguf",
    dtype: Annotated[str, typer.Option(help="Weights as float32, bf16 or q8_0.")] = "bf16",
    target: Annotated[
        Path | None, typer.Option("--output", "-o", help="A new folder, or a .gguf file; NAME-gguf here if not given.")
    ] = None,
) -> None:
    """Write a model for other programs: a GGUF file, Ollama's Modelfile and a model card."""
    from tinytales.exchange.send import send

    if to not in FORMATS:
        raise UsageError(f"there is no format {to}", f"use one of: {', '.join(FORMATS)}")
    folder = MODELS.find(model)
    target = (target or Path(f"{folder.resolve().name}-{to}")).expanduser()
    done = send(folder, target, dtype.lower())
    note(f"{done.path.name}: {done.tensors} tensors, {output.size(done.bytes)}")
    print(target)
