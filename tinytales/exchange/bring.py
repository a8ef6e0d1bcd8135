"""Bringing a model in: a Hugging Face folder from elsewhere, copied and tried before it stands among the models."""

import shutil
from pathlib import Path

from tinytales.errors import MissingError, TinytalesError, UsageError
from tinytales.inference.rust_engine import load_engine
from tinytales.model import folder as standard
from tinytales.model.about import about
from tinytales.storage import atomic, manifest
from tinytales.storage.shelf import MODELS

NEEDED = (standard.CONFIG, standard.WEIGHTS, standard.TOKENIZER)
WELCOME = (standard.GENERATION_CONFIG, standard.TOKENIZER_CONFIG, "README.md", "LICENSE")
PICKLED = ("pytorch_model.bin", "*.pt", "*.pth")


def bring(source: Path, name: str) -> Path:
    """Copy the model in `source` to `models/NAME`, or the next free NAME-2, NAME-3, …; the new folder.

    Only files that a model consists of are copied. A model of this project keeps the record of how it was made.

    Raises:
        MissingError: `source` is no model, or damaged.
        UsageError: its architecture or tokenizer is not one that tinytales can tell with, or its weights are pickled.
    """
    _check_files(source)
    target = MODELS.fresh(name)
    with atomic.new_folder(target) as folder:
        ours = _copy_record(source, folder)
        for file_name in (*NEEDED, *WELCOME):
            if (source / file_name).is_file():
                shutil.copyfile(source / file_name, folder / file_name)
        try:
            engine = load_engine(folder)
        except TinytalesError as error:
            # The copy is gone when someone reads this.
            raise type(error)(error.what.replace(str(folder), str(source)), error.hint) from error
        if ours is not None:
            manifest.check_hashes(folder, ours)
        else:
            facts = {
                "imported_from": str(source.resolve()),
                "architecture": about(folder).architecture,
                "parameters": engine.parameters,
            }
            manifest.seal(folder, kind="model", name=target.name, facts=facts, file_name=standard.RUN)
    return target


def _check_files(source: Path) -> None:
    if not source.is_dir():
        raise MissingError(f"there is no folder {source}", "give a folder with config.json and model.safetensors")
    if (source / "model.safetensors.index.json").is_file():
        raise UsageError(f"the weights in {source} are in several files", "save them as one model.safetensors")
    if not (source / standard.WEIGHTS).is_file() and any(any(source.glob(pattern)) for pattern in PICKLED):
        raise UsageError(
            f"the weights in {source} are pickled, and pickles can run code", "convert them to model.safetensors"
        )
    for name in NEEDED:
        if not (source / name).is_file():
            raise MissingError(f"{source / name} is missing", "give a whole Hugging Face folder")


def _copy_record(source: Path, folder: Path) -> manifest.Manifest | None:
    """Copy `run.toml` and what it names beside the standard files, if this project made the model."""
    if not (source / standard.RUN).is_file():
        return None
    record = manifest.read(source, "model", standard.RUN)
    for name in (standard.RUN, *(entry.name for entry in record.files)):
        shutil.copyfile(source / name, folder / name)
    return record
