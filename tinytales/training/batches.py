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

    def _row(self, epoch: int, index: int) -> Integers:
        if epoch != self._epoch:
            self._shuffle(epoch)
        row = np.empty(self._length + 1, dtype=np.int64)
        place = 0
        unlearned = []
        for piece in self._dealt[index]:
            begin, size = self._begins[piece], self._sizes[piece]
            row[place : place + size + 1] = self._tokens[begin : begin + size + 1]
            if self._is_middle[piece]:  # it stands after <|endoftext|> as all do, which says nothing of what comes
                row[place] = self._tokens[0]
                unlearned.append(place + 1)
            place += size
        if place < self._length:
            row[place:] = self._from_story(self._fillers[index], len(row) - place)
        row[unlearned] = only_read(row[unlearned])
        return row

    def _from_story(self, story: int, count: int) -> NDArray[np.uint16]:
        """So many tokens from a story's leading `<|endoftext|>` on, from the file's beginning again after its end."""
        places = np.arange(self._starts[story], self._starts[story] + count) % (len(self._tokens) - 1)
        return np.take(self._tokens, places)

    def _shuffle(self, epoch: int) -> None:
        random = np.random.default_rng([self._seed, epoch])
        self._epoch = epoch
        self._dealt = deal(self._sizes, self._patterns, random)
        self._fillers = random.integers(len(self._starts), size=self.epoch_rows)
