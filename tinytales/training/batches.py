"""Batches: rows that begin where a story begins, and hold whole stories as far as they fit.

What is learned in the middle of a story, without its beginning, helps little in telling one from its beginning: with a
context of 256 tokens such rows reach 3% fewer bits per byte in the same time (`benchmarks/README.md`).

Rows are a function of (seed, epoch) alone: step N reads the same ones on one process or eight, before and after a
resume.
"""

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from tinytales.tokenizer.targets import only_read
from tinytales.training.packing import Integers, Pattern, best_fit, deal


class StoryStream:
    """All epochs of a token file as one endless stream of rows, in another order each epoch.

    A story longer than a row is cut into several; the last tokens of a row, where no story fits, hold the beginning of
    one that is seen whole elsewhere. What is only read, not learned, stands as `tokenizer.targets` has it.

    Args:
        tokens: the token file: each story preceded by `<|endoftext|>`, one more at the very end.
        starts: position in `tokens` of each story's leading `<|endoftext|>`; the first is 0.
        length: targets of a row.
        seed: decides the orders.
    """

    def __init__(self, tokens: NDArray[np.uint16], starts: Integers, length: int, seed: int) -> None:
        self._tokens, self._starts, self._length, self._seed = tokens, starts, length, seed
        sizes = np.diff(starts, append=len(tokens) - 1)
        pieces = -(-sizes // length)
        within = np.arange(pieces.sum()) - np.repeat(np.cumsum(pieces) - pieces, pieces)
        self._begins: Integers = np.repeat(starts, pieces) + within * length
        self._sizes: Integers = np.minimum(length, np.repeat(sizes, pieces) - within * length)
        self._is_middle = within > 0
        self._epoch = -1
        self._dealt: list[Integers] = []
        self._fillers: Integers = np.zeros(0, dtype=np.int64)

    @cached_property
    def _patterns(self) -> list[Pattern]:
        return best_fit(self._sizes, self._length)

    @cached_property
    def epoch_rows(self) -> int:
        """Rows of one pass."""
        return sum(pattern.rows for pattern in self._patterns)

    @property
    def text_tokens(self) -> int:
        """Tokens of all stories, each with its leading `<|endoftext|>`."""
        return len(self._tokens) - 1

    @property
    def epoch_tokens(self) -> int:
        """Targets of one pass: every story, and what fills the rows."""
        return self.epoch_rows * self._length

    def rows(self, first: int, count: int) -> Integers:
        """Rows `first` to `first + count`: (count, length + 1) token ids."""
        return np.stack([self._row(*divmod(index, self.epoch_rows)) for index in range(first, first + count)])

    def places(self, first: int, count: int) -> Integers:
        """Where in the token file the targets of such rows stand: (count, length)."""
        return np.stack([self._targets(*divmod(index, self.epoch_rows))[0] for index in range(first, first + count)])

    def _row(self, epoch: int, index: int) -> Integers:
        places, unlearned = self._targets(epoch, index)
        row = np.concatenate((self._tokens[:1], self._tokens[places])).astype(np.int64)
        row[unlearned] = only_read(row[unlearned])
        return row

    def _targets(self, epoch: int, index: int) -> tuple[Integers, list[int]]:
        """The places of a row's targets in the token file, and where in the row those stand that aren't learned.

        A row begins with `<|endoftext|>`, and every piece in it ends with the one that the next begins after.
        """
        if epoch != self._epoch:
            self._shuffle(epoch)
        places = np.empty(self._length, dtype=np.int64)
        filled = 0
        unlearned = []
        for piece in self._dealt[index]:
            size = self._sizes[piece]
            places[filled : filled + size] = np.arange(self._begins[piece] + 1, self._begins[piece] + 1 + size)
            if self._is_middle[piece]:  # <|endoftext|> before it says nothing of what comes
                unlearned.append(filled + 1)
            filled += size
        # The file's first story follows its last one.
        rest = self._starts[self._fillers[index]] + np.arange(1, self._length - filled + 1)
        places[filled:] = (rest - 1) % (len(self._tokens) - 1) + 1
        return places, unlearned

    def _shuffle(self, epoch: int) -> None:
        random = np.random.default_rng([self._seed, epoch])
        self._epoch = epoch
        self._dealt = deal(self._sizes, self._patterns, random)
        self._fillers = random.integers(len(self._starts), size=self.epoch_rows)
