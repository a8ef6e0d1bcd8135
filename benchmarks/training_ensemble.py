"""How much better than each of them several models are together: what a student of theirs can learn.

    uv run python -m benchmarks.training_ensemble TOKENS MODEL MODEL...

Bits per byte on the stories held out, of each model and of the mean of what they expect.
"""

import argparse
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from tinytales.evaluation.bits_per_byte import bits_per_byte
from tinytales.model.gpt import GPT
from tinytales.model.weights import load_model
from tinytales.storage.shelf import MODELS, TOKENS
from tinytales.tokenizer.token_files import TokenFile


class MeanGPT(GPT):
    """Several models of one vocabulary as one: it expects the mean of what they do."""

    def __init__(self, models: Sequence[GPT]) -> None:
        super().__init__(models[0].config)
        self.models = tuple(models)

    def forward(self, tokens: Tensor, mask: Tensor | None = None) -> Tensor:
        """As GPT's: logarithms of probabilities are logits too."""
        return torch.stack([model(tokens, mask).softmax(-1) for model in self.models]).mean(0).log()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("tokens")
    parser.add_argument("models", nargs="+")
    arguments = parser.parse_args()
    held_out = TokenFile.open(TOKENS.find(arguments.tokens), "valid")
    stories = [np.asarray(story) for story in held_out.stories()]
    models = {name: load_model(MODELS.find(name)) for name in arguments.models}
    for name, model in {**models, "all together": MeanGPT(list(models.values()))}.items():
        found = bits_per_byte(model, stories, held_out.tokenizer.byte_lengths, held_out.tokenizer.end_of_text)
        print(f"{name}: {found.bits_per_byte:.4f} bits per byte on {found.stories:,} stories", flush=True)


if __name__ == "__main__":
    main()
