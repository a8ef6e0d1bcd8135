"""`tinytales config`: every setting as it is now, and which place gave it."""

import os
from dataclasses import asdict
from importlib import import_module
from typing import Annotated, Any

import typer

from tinytales import paths, settings
from tinytales.cli import output
from tinytales.cli.group import new_family
from tinytales.errors import UsageError
from tinytales.terminal import note

# Section → where its dataclass is. In the order of a person's way through them.
SECTIONS = {
    "prepare": "tinytales.corpus.settings:CorpusSettings",
    "tokenize": "tinytales.tokenizer.settings:TokenizerSettings",
    "train": "tinytales.training.settings:TrainSettings",
    "mid-train": "tinytales.training.settings:MidTrainSettings",
    "conversations": "tinytales.chat.settings:ConversationSettings",
    "tell": "tinytales.inference.sampling:Sampling",
    "chat": "tinytales.chat.settings:ChatSettings",
    "eval": "tinytales.evaluation.evaluate:EvalSettings",
}
_NOT_SETTINGS = {"stop_strings"}  # a field that only a flag fills

app = new_family("Show every setting and where it came from.")


@app.callback()
def config() -> None:
    """Show every setting and where it came from."""


@app.command("show")
def show(
    section: Annotated[str | None, typer.Argument(help="A section, e.g. train; all if not given.")] = None,
    preset: Annotated[str | None, typer.Option(help="As it would be with this preset.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON document.")] = False,
) -> None:
    """Show settings as a command without flags would take them: value, and which place gave it."""
    if section is not None and section not in SECTIONS:
        raise UsageError(f"there is no section {section}", f"there are: {', '.join(SECTIONS)}")
    for name in settings.load_user_settings().keys() - SECTIONS.keys():
        note(f"{paths.settings_file()}: nothing reads the section [{name}]")
    found = {name: resolved(name, preset) for name in ([section] if section else SECTIONS)}
    if as_json:
        places = {
            "home": str(paths.home()),
            "settings_file": str(paths.settings_file()),
            "settings_file_exists": paths.settings_file().is_file(),
        }
        output.print_json({**places, "settings": found})
        return
    missing = "" if paths.settings_file().is_file() else " (there is none yet)"
    output.print_facts(
        {
            "home": f"{paths.home()}, from {'TINYTALES_HOME' if os.environ.get('TINYTALES_HOME') else 'the platform'}",
            "settings file": f"{paths.settings_file()}{missing}",
            "presets": ", ".join(settings.preset_names()),
        }
    )
    for name, values in found.items():
        print(f"\n[{name}]")
        output.print_table(
            ("setting", "value", "from"),
            [
                (field, "none" if one["value"] is None else str(one["value"]), one["from"])
                for field, one in values.items()
            ],
        )


def resolved(section: str, preset: str | None) -> dict[str, dict[str, Any]]:
    """Field → its `value`, and the place it came `from`: default, preset, file or variable."""
    module, name = SECTIONS[section].split(":")
    found = settings.resolve(getattr(import_module(module), name), section, flags={}, preset=preset)
    values = {field: value for field, value in asdict(found.value).items() if field not in _NOT_SETTINGS}
    return {
        # Of variables `resolve` names the common beginning.
        field: {"value": value, "from": source.removesuffix("*") + (field.upper() if source.endswith("*") else "")}
        for field, value in values.items()
        for source in [found.sources[field]]
    }
