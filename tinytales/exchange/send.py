"""Sending a model out: one new folder with a GGUF file, a Modelfile for Ollama and a model card."""

from pathlib import Path

from tinytales.errors import UsageError
from tinytales.exchange.card import card
from tinytales.exchange.gguf import Exported, write_gguf
from tinytales.exchange.modelfile import write_modelfile
from tinytales.inference.rust_engine import load_engine
from tinytales.model.about import about
from tinytales.storage import atomic

SUFFIX = ".gguf"


def send(folder: Path, target: Path, dtype: str) -> Exported:
    """Export the model in `folder` to `target`: a new folder, or, where the name ends in .gguf, that file alone.

    Raises:
        MissingError: the model is damaged.
        UsageError: it can't be exported, or `target` is a folder that exists.
    """
    load_engine(folder)  # the engine checks every file: nothing damaged goes out
    model = about(folder)
    if target.suffix == SUFFIX:
        return write_gguf(model, target, dtype)
    if target.exists():
        raise UsageError(f"{target} exists", "name another place: --output")
    name = f"{model.name}-{dtype}{SUFFIX}"
    with atomic.new_folder(target) as new:
        exported = write_gguf(model, new / name, dtype)
        write_modelfile(model, new / name)
        (new / "README.md").write_text(card(model, name), encoding="utf-8")
    return Exported(target / name, exported.tensors, exported.bytes)
