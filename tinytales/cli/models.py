"""`tinytales models`: the models there are, and which of them tells."""

from pathlib import Path
from typing import Annotated, Any

import typer

from tinytales.cli import output
from tinytales.cli.ask import agreed
from tinytales.cli.group import new_family
from tinytales.errors import MissingError, UsageError
from tinytales.model.about import About, about
from tinytales.storage.runs import find_runs
from tinytales.storage.shelf import MODELS, STARTER
from tinytales.terminal import note

Json = Annotated[bool, typer.Option("--json", help="Print a JSON document.")]
Name = Annotated[str | None, typer.Argument(help="A model's name or folder; else the one in use.")]

app = new_family("List, show, choose, import and remove models.")


@app.command("list")
def list_models(as_json: Json = False) -> None:
    """List the models, the newest first; * marks the one that tells."""
    found = _all()
    if as_json:
        output.print_json([_document(one) for one in found])
        return
    rows = [
        (
            "*" if _in_use(one) else " ",
            one.name,
            one.parameters,
            "-" if one.bits_per_byte is None else f"{one.bits_per_byte:.3f}",
            output.size(one.bytes),
            output.day(one.created),
            _origin(one),
        )
        for one in found
    ]
    output.print_table((" ", "name", "parameters", "bits per byte", "size", "made (UTC)", "from"), rows)
    for run in find_runs(MODELS.root):
        if not run.finished:
            step = max((row.get("step", 0) for row in run.metrics()), default=0)
            note(f"model {run.name} isn't finished, at step {step:,}: go on with the command that began it")


@app.command("show")
def show(model: Name = None, as_json: Json = False) -> None:
    """Show one model: its shape, how it was made, how good it was on stories held out."""
    found = about(MODELS.find(model))
    if as_json:
        output.print_json(_document(found))
        return
    facts: dict[str, object] = {
        "name": found.name,
        "folder": found.folder,
        "architecture": found.architecture,
        "parameters": found.parameters,
        "weights": found.dtype,
        "vocabulary": found.vocab_size,
        "context": f"{found.context_length:,} tokens",
        "size": output.size(found.bytes),
        "made": f"{output.day(found.created)} UTC",
        "in use": "yes" if _in_use(found) else "no",
    }
    if found.run is not None:
        facts |= {f"from {kind}": parent.get("name") for kind, parent in found.run.lineage.items()}
        for name, value in found.run.facts.items():
            facts[name.replace("_", " ")] = _flat(value) if isinstance(value, dict) else value
    output.print_facts(facts)


@app.command("use")
def use(
    model: Annotated[str | None, typer.Argument(help="A model's name; without it, the newest tells again.")] = None,
) -> None:
    """Choose the model that tells where none is named."""
    folder = MODELS.choose(model)
    note(f"{folder.name} tells from now on" if model else f"no choice: {folder.name} tells")


@app.command("import")
def import_model(
    folder: Annotated[Path, typer.Argument(help="A Hugging Face folder: config, safetensors, tokenizer.")],
    name: Annotated[str | None, typer.Option(help="Name of the model here; the folder's if not given.")] = None,
) -> None:
    """Copy a model from elsewhere, if the engine can tell with it."""
    from tinytales.exchange.bring import bring
    from tinytales.storage.shelf import slug

    print(bring(folder.expanduser(), name or slug(folder.expanduser().resolve().name)))


@app.command("rm")
def remove(
    models: Annotated[list[str], typer.Argument(help="Names of models.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Remove without asking.")] = False,
) -> None:
    """Remove models for good."""
    for name in models:
        if name == STARTER and not MODELS.path(name).exists():
            raise UsageError("the starter is a part of tinytales", "choose another: tinytales models use NAME")
        folder = MODELS.removable(name)
        what = "stopped run of model" if folder.name != name else "model"
        if agreed(f"remove the {what} {name}, {output.size(output.folder_bytes(folder))}?", yes):
            MODELS.remove(name)


def _all() -> list[About]:
    """Every model that can be read, and the starter; the others are named on stderr."""
    starter = MODELS.starter()
    found = []
    for folder in [*MODELS.all(), *([starter] if starter else [])]:
        try:
            found.append(about(folder))
        except MissingError as error:
            note(f"{folder.name} is damaged: {error.what}")
    return found


def _in_use(model: About) -> bool:
    return model.folder == MODELS.find(None)


def _origin(model: About) -> str:
    if model.folder == MODELS.starter():
        return "the package"
    if model.run is None or "imported_from" in model.run.facts:
        return "elsewhere"
    return f"corpus {model.run.lineage.get('corpus', {}).get('name', '?')}"


def _flat(values: dict[str, Any]) -> str:
    """A table of settings or figures on one line."""
    shown = (f"{value:.6g}" if isinstance(value, float) else str(value) for value in values.values())
    return ", ".join(f"{name} {value}" for name, value in zip(values, shown, strict=True))


def _document(model: About) -> dict[str, Any]:
    return {
        "name": model.name,
        "folder": str(model.folder),
        "in_use": _in_use(model),
        "starter": model.folder == MODELS.starter(),
        "architecture": model.architecture,
        "parameters": model.parameters,
        "dtype": model.dtype,
        "vocab_size": model.vocab_size,
        "context_length": model.context_length,
        "bytes": model.bytes,
        "created": model.created,
        "bits_per_byte": model.bits_per_byte,
        "lineage": dict(model.run.lineage) if model.run else {},
        "facts": dict(model.run.facts) if model.run else {},
    }
