"""The peer of every model: an interpolated Kneser-Ney 5-gram model of the same stories.

Kneser and Ney (1995), interpolated as in Chen and Goodman (1999), with one discount n1 / (n1 + 2 n2) per order. It
predicts and tells as a model does, over tokens of a vocabulary. Must not know corpora: tokens come in.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from tinytales.errors import UsageError
from tinytales.evaluation.prediction import Prediction
from tinytales.evaluation.told import Group, Told
from tinytales.inference.rust_engine import Vocabulary
from tinytales.inference.sampling import Sampling

ORDER = 5
MOST_TOKENS = 7_131  # so that ORDER ids fit into 64 bits
_FEW = 200
Grams = NDArray[np.uint64]
Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Order:
    """The n-grams of one length.

    Attributes:
        grams: each as one number, ascending.
        counts: how often each was seen; below the highest order, after how many different tokens.
        contexts: what comes before their last tokens, ascending.
        first: where those of each context begin in `grams`.
        types: how many those of each context are.
        totals: their counts together.
        discount: what is taken off each count, to be given to the order below.
    """

    grams: Grams
    counts: Counts
    contexts: Grams
    first: Counts
    types: Counts
    totals: Counts
    discount: float

    @classmethod
    def counted(cls, grams: Grams, counts: Counts, vocab_size: int) -> "Order":
        contexts, first, types = np.unique(grams // np.uint64(vocab_size), return_index=True, return_counts=True)
        ones, twos = int((counts == 1).sum()), int((counts == 2).sum())
        discount = ones / (ones + 2 * twos) if ones and twos else 0.5
        return cls(grams, counts, contexts, first, types, np.add.reduceat(counts, first), discount)


class KneserNey:
    """The model. Texts begin and end with `<|endoftext|>`, and no n-gram spans two of them."""

    def __init__(self, tokens: NDArray[np.uint16], tokenizer: Vocabulary) -> None:
        """Count.

        Args:
            tokens: of many stories, `<|endoftext|>` before each; shape (n,).
            tokenizer: made them.

        Raises:
            UsageError: it has more than `MOST_TOKENS` tokens.
        """
        if tokenizer.vocab_size > MOST_TOKENS:
            raise UsageError(
                f"{tokenizer.vocab_size:,} tokens are too many for 5-grams", f"use {MOST_TOKENS:,} or less"
            )
        self._tokenizer = tokenizer
        self._size = np.uint64(tokenizer.vocab_size)
        self._end = tokenizer.end_of_text
        line = np.append(np.asarray(tokens, dtype=np.uint64), np.uint64(self._end))
        # ORDER - 1 separators before each story; the first of them is the end of the one before.
        line = np.repeat(line, np.where(line == self._end, ORDER - 1, 1))
        current, previous = line[ORDER - 1 :], line[ORDER - 2 : -1]
        predicted = (current != self._end) | (previous != self._end)
        grams, counts = np.unique(self._grams(line, ORDER)[predicted], return_counts=True)
        orders = []
        for order in range(ORDER, 0, -1):
            orders.append(Order.counted(grams, counts, tokenizer.vocab_size))
            grams, counts = np.unique(grams % self._size ** np.uint64(order - 1), return_counts=True)
        self._orders = orders[::-1]

    def predict_ids(self, ids: list[int]) -> NDArray[np.float64]:
        """Bits of each token of a story and of its end, shape (len(ids) + 1,)."""
        line = np.array([*[self._end] * (ORDER - 1), *ids, self._end], dtype=np.uint64)
        found = np.full(len(ids) + 1, 1 / int(self._size))
        for order, table in enumerate(self._orders, start=1):
            gram = self._grams(line, order)
            count = _lookup(table.grams, table.counts, gram)
            context = gram // self._size
            total, kinds = (_lookup(table.contexts, of, context) for of in (table.totals, table.types))
            known = total > 0
            own = np.maximum(count[known] - table.discount, 0) / total[known]
            found[known] = own + table.discount * kinds[known] / total[known] * found[known]
        bits: NDArray[np.float64] = -np.log2(found)
        return bits

    def predict(self, text: str) -> Prediction:
        ids = self._tokenizer.encode(text)
        bits = self.predict_ids(ids)
        sizes = np.array([len(self._tokenizer.token_bytes(token)) for token in ids], dtype=np.int64)
        return Prediction(bits[:-1], sizes, float(bits[-1]))

    def next_probabilities(self, ids: list[int]) -> NDArray[np.float64]:
        """The probability of each token to follow `ids`, the beginning of a story; shape (vocab_size,)."""
        context = [*[self._end] * (ORDER - 1), *ids][1 - ORDER :]
        found = self._unigrams.copy()
        for order, table in enumerate(self._orders[1:], start=2):
            code = np.uint64(0)
            for token in context[ORDER - order :]:
                code = code * self._size + np.uint64(token)
            place = int(np.searchsorted(table.contexts, code))
            if place == len(table.contexts) or table.contexts[place] != code:
                break
            here = slice(table.first[place], table.first[place] + table.types[place])
            total = table.totals[place]
            found *= table.discount * table.types[place] / total
            tokens = (table.grams[here] % self._size).astype(np.int64)
            found[tokens] += (table.counts[here] - table.discount) / total
        return found

    def tell(self, prompt: str, sampling: Sampling, seeds: int) -> Group:
        """Stories from one beginning; of the sampling settings, temperature, top-p, seed and length hold."""
        opening = self._tokenizer.encode(prompt)
        group = []
        for seed in range(seeds):
            generator = np.random.default_rng([sampling.seed, seed])
            ids = list(opening)
            while len(ids) - len(opening) < sampling.max_tokens:
                ids.append(self._choose(ids, sampling, generator.random()))
                if ids[-1] == self._end:
                    break
            told = b"".join(self._tokenizer.token_bytes(token) for token in ids[len(opening) :])
            group.append(Told(prompt, told.decode(errors="replace"), ids[-1] == self._end))
        return tuple(group)

    def _choose(self, ids: list[int], sampling: Sampling, chance: float) -> int:
        weights = self.next_probabilities(ids) ** (1 / sampling.temperature)
        enough = sampling.top_p * weights.sum()
        # Most of the weight lies on few tokens: the others need not be put in order.
        likely = np.argpartition(-weights, _FEW)[:_FEW] if len(weights) > _FEW else np.arange(len(weights))
        if weights[likely].sum() < enough:
            likely = np.arange(len(weights))
        likely = likely[np.argsort(-weights[likely])]
        cumulative = np.cumsum(weights[likely])
        kept = min(int(np.searchsorted(cumulative, enough)), len(likely) - 1)
        place = int(np.searchsorted(cumulative, chance * cumulative[kept], side="right"))
        return int(likely[min(place, kept)])

    @cached_property
    def _unigrams(self) -> NDArray[np.float64]:
        (table, size) = (self._orders[0], int(self._size))
        total = table.totals[0]
        found = np.full(size, table.discount * len(table.grams) / total / size)
        found[table.grams.astype(np.int64)] += (table.counts - table.discount) / total
        return found

    def _grams(self, line: Grams, order: int) -> Grams:
        """Every n-gram of the line as one number: entry i ends at token i + ORDER - 1."""
        code = np.zeros(len(line) - ORDER + 1, dtype=np.uint64)
        for offset in range(ORDER - order, ORDER):
            code = code * self._size + line[offset : offset + len(code)]
        return code


def _lookup(keys: Grams, values: Counts, wanted: Grams) -> Counts:
    """The value of each wanted key, 0 where it is not among the sorted keys."""
    index = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[index] == wanted, values[index], 0)
