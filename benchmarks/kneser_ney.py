"""The peer of every trained model: an interpolated Kneser-Ney 5-gram model over the same tokens, in bits per byte.

    uv run python benchmarks/kneser_ney.py [TOKENS] [--model MODEL]

Counts come from the training split, the figure from the validation split, measured as the models are: each story in a
context of its own, the bits of its text over its UTF-8 bytes. Kneser and Ney (1995), interpolated as in Chen and
Goodman (1999), one discount n1 / (n1 + 2 n2) per order.
"""

import argparse

import numpy as np
from numpy.typing import NDArray

from tinytales.model.folder import RUN
from tinytales.storage import manifest
from tinytales.storage.shelf import MODELS, TOKENS
from tinytales.tokenizer.token_files import TokenFile

ORDER = 5
Grams = NDArray[np.uint64]


def padded_stories(file: TokenFile, end_of_text: int) -> NDArray[np.uint64]:
    """All stories in a line, ORDER - 1 separators before each, so that no n-gram spans two stories' texts."""
    tokens = np.asarray(file.tokens, dtype=np.uint64)
    return np.repeat(tokens, np.where(tokens == end_of_text, ORDER - 1, 1))


def grams(tokens: NDArray[np.uint64], order: int, vocab_size: int) -> Grams:
    """Every n-gram of the line as one number, in place: entry i ends at token i + ORDER - 1."""
    code = np.zeros(len(tokens) - ORDER + 1, dtype=np.uint64)
    for offset in range(ORDER - order, ORDER):
        code = code * np.uint64(vocab_size) + tokens[offset : offset + len(code)]
    return code


class KneserNey:
    """The model: for each order, its n-grams sorted, with their (continuation) counts, and sums by context."""

    def __init__(self, tokens: NDArray[np.uint64], predicted: NDArray[np.bool_], vocab_size: int) -> None:
        self.vocab_size = vocab_size
        self.orders = []
        seen = grams(tokens, ORDER, vocab_size)[predicted]
        unique, counts = np.unique(seen, return_counts=True)
        for order in range(ORDER, 0, -1):
            context, first, types = np.unique(unique // np.uint64(vocab_size), return_index=True, return_counts=True)
            totals = np.add.reduceat(counts, first)
            ones, twos = int((counts == 1).sum()), int((counts == 2).sum())
            discount = ones / (ones + 2 * twos) if ones and twos else 0.5
            self.orders.insert(0, (unique, counts, context, totals, types, discount))
            # The next lower order counts in how many different contexts each n-gram was seen.
            unique, counts = np.unique(unique % np.uint64(vocab_size) ** np.uint64(order - 1), return_counts=True)

    def probabilities(self, tokens: NDArray[np.uint64], predicted: NDArray[np.bool_]) -> NDArray[np.float64]:
        """The probability of each predicted token of a line."""
        result = np.full(int(predicted.sum()), 1 / self.vocab_size)
        for order, (unique, counts, contexts, totals, types, discount) in enumerate(self.orders, start=1):
            gram = grams(tokens, order, self.vocab_size)[predicted]
            count = lookup(unique, counts, gram)
            context = gram // np.uint64(self.vocab_size)
            total, kinds = lookup(contexts, totals, context), lookup(contexts, types, context)
            known = total > 0
            own = np.maximum(count[known] - discount, 0) / total[known]
            result[known] = own + discount * kinds[known] / total[known] * result[known]
        return result


def lookup(keys: Grams, values: NDArray[np.int64], wanted: Grams) -> NDArray[np.int64]:
    """The value of each wanted key, 0 where it is not among the sorted keys."""
    index = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[index] == wanted, values[index], 0)


def measure(tokens_name: str | None) -> tuple[float, float]:
    """Bits per byte of validation text, and bits of a story's end."""
    folder = TOKENS.find(tokens_name)
    training, validation = (TokenFile.open(folder, split) for split in ("train", "valid"))
    tokenizer = training.tokenizer
    lines = [padded_stories(file, tokenizer.end_of_text) for file in (training, validation)]
    # A token is predicted unless it is padding: the first of the separators between two stories is the end of one.
    masks = []
    for line in lines:
        current, previous = line[ORDER - 1 :], line[ORDER - 2 : -1]
        masks.append((current != tokenizer.end_of_text) | (previous != tokenizer.end_of_text))
    model = KneserNey(lines[0], masks[0], tokenizer.vocab_size)
    bits = -np.log2(model.probabilities(lines[1], masks[1]))
    targets = lines[1][ORDER - 1 :][masks[1]].astype(np.int64)
    text = targets != tokenizer.end_of_text
    return float(bits[text].sum() / tokenizer.byte_lengths[targets[text]].sum()), float(bits[~text].mean())


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
