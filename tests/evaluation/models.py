"""Models to measure."""

import shutil
from pathlib import Path

from tinytales.model import folder as standard
from tinytales.model.gpt import GPT
from tinytales.model.weights import save_weights


def untrained_copy(trained: Path, target: Path, seed: int = 0) -> None:
    """A model of the same shape and vocabulary that has learned nothing."""
    shutil.copytree(trained, target, ignore=shutil.ignore_patterns(standard.RUN, standard.WEIGHTS, "eval.json"))
    model = GPT(standard.read_config(trained)).initialize(seed)
    save_weights(model, target / standard.WEIGHTS)
