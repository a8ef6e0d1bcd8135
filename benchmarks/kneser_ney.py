"""The peer of every trained model: an interpolated Kneser-Ney 5-gram model over the same tokens, in bits per byte.

    uv run python benchmarks/kneser_ney.py [TOKENS] [--model MODEL]

Counts come from the training split, the figure from the validation split, measured as the models are: each story in a
context of its own, the bits of its text over its UTF-8 bytes.
"""

import argparse

import numpy as np

from tinytales.evaluation.kneser_ney import KneserNey
from tinytales.model.folder import RUN
from tinytales.storage import manifest
from tinytales.storage.shelf import MODELS, TOKENS
from tinytales.tokenizer.token_files import TokenFile


def measure(tokens_name: str | None) -> tuple[float, float]:
    """Bits per byte of validation text, and bits of a story's end."""
    folder = TOKENS.find(tokens_name)
    training, validation = (TokenFile.open(folder, split) for split in ("train", "valid"))
    model = KneserNey(np.asarray(training.tokens[:-1]), training.tokenizer)
    text = size = endings = 0.0
    stories = validation.stories()
    for story in stories:
        bits = model.predict_ids(story.tolist())
        text, endings = text + float(bits[:-1].sum()), endings + float(bits[-1])
        size += int(training.tokenizer.byte_lengths[story].sum())
    return text / size, endings / len(stories)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tokens", nargs="?", help="a token folder; the newest if not given")
    parser.add_argument("--model", help="a model to print beside it; the newest if not given")
    arguments = parser.parse_args()
    text, ending = measure(arguments.tokens)
    print(f"{'Kneser-Ney 5-gram':24} {text:.4f} bits per byte, ending {ending:.2f} bits")
    run = manifest.read(MODELS.find(arguments.model), "model", RUN)
    found = run.facts["validation"]
    print(f"{run.name:24} {found['bits_per_byte']:.4f} bits per byte, ending {found['ending_bits']:.2f} bits")
    print(f"{'ratio':24} {found['bits_per_byte'] / text:.3f}")


if __name__ == "__main__":
    main()
