"""A model in training as the standard folder."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from tinytales.model import folder as standard
from tinytales.model.gpt import GPT
from tinytales.model.weights import save_weights
from tinytales.storage import atomic
from tinytales.tokenizer.chat_template import tokenizer_config


def save_model(
    model: GPT, folder: Path, *, tokenizer_file: Path, end_of_text: int, also_ends: Sequence[int] = ()
) -> None:
    """Write the standard folder's files into `folder`: configuration, weights, tokenizer."""
    standard.write_config(folder, model.config, end_of_text, also_ends)
    save_weights(model, folder / standard.WEIGHTS)
    shutil.copyfile(tokenizer_file, folder / standard.TOKENIZER)
    atomic.write_text(folder / standard.TOKENIZER_CONFIG, tokenizer_config(model.config.context_length))
