"""Evaluations on the disk: what was last found of a model lies in its folder, for the report."""

import json
from pathlib import Path

from tinytales.errors import MissingError
from tinytales.evaluation.results import Evaluation
from tinytales.storage import atomic
from tinytales.storage.shelf import MODELS

FILE = "eval.json"
_LARGEST = 16 << 20


def keep(folder: Path, found: Evaluation) -> Path | None:
    """Write an evaluation into the folder of its model; None if that is not one of the home folder's models."""
    if folder.resolve().parent != MODELS.root.resolve():
        return None
    path = folder / FILE
    atomic.write_text(path, json.dumps(found.to_document(), indent=1, ensure_ascii=False) + "\n")
    return path


def kept(folder: Path) -> Evaluation | None:
    """The evaluation in the folder of a model; None if there is none.

    Raises:
        MissingError: it is damaged.
    """
    path = folder / FILE
    try:
        if path.stat().st_size > _LARGEST:
            raise ValueError("it is larger than such a file can be")
        return Evaluation.from_document(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise MissingError(f"{path} is damaged: {error}", "measure the model again: tinytales eval") from error
