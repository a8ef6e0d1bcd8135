"""Batches: the stories in a new order each epoch, joined into one stream and cut into rows, nothing thrown away.

The stream is a function of (seed, epoch) alone, and every token of it has a position. Step N reads the same rows on one
process or eight, before and after a resume.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass
class StoryStream:
    """All epochs of a token file as one endless stream.

    Attributes:
        tokens: the token file: each story preceded by `<|endoftext|>`, one more at the very end.
        starts: position in `tokens` of each story's leading `<|endoftext|>`.
        seed: decides the orders.
    """

    tokens: NDArray[np.uint16]
    starts: NDArray[np.int64]
    seed: int
    _orders: dict[int, tuple[NDArray[np.int64], NDArray[np.int64]]] = field(default_factory=dict, repr=False)

    @property
    def epoch_tokens(self) -> int:
        """Tokens of one pass: every story with its leading `<|endoftext|>`."""
        return len(self.tokens) - 1

    def rows(self, first: int, count: int, length: int) -> NDArray[np.int64]:
        """Rows `first` to `first + count` of `length` targets each: (count, length + 1) token ids.

        A row's last token is the first of the next row: what is a target in one is an input in the other.
        """
        span = self._span(first * length, count * length + 1)
        return np.lib.stride_tricks.sliding_window_view(span, length + 1)[::length].astype(np.int64)

    def _span(self, position: int, length: int) -> NDArray[np.uint16]:
        """`length` tokens of the stream from `position`, over as many epochs as that takes."""
        pieces: list[NDArray[np.uint16]] = []
        while length > 0:
            epoch, offset = divmod(position, self.epoch_tokens)
            taken = min(length, self.epoch_tokens - offset)
            pieces += self._within(epoch, offset, taken)
            position, length = position + taken, length - taken
        return np.concatenate(pieces)

    def _within(self, epoch: int, offset: int, length: int) -> list[NDArray[np.uint16]]:
        order, ends = self._order(epoch)
        pieces = []
        index = int(np.searchsorted(ends, offset, side="right"))
        while length > 0:
            story = order[index]
            end = self.starts[story + 1] if story + 1 < len(self.starts) else self.epoch_tokens
            piece = self.tokens[end - (ends[index] - offset) : end][:length]
            pieces.append(piece)
            offset, length, index = offset + len(piece), length - len(piece), index + 1
        return pieces

    def _order(self, epoch: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The stories of an epoch in their order, and where each ends in the epoch's stream."""
        if epoch not in self._orders:
            lengths = np.diff(self.starts, append=self.epoch_tokens)
            order = np.random.default_rng([self.seed, epoch]).permutation(len(self.starts))
            self._orders = {epoch: (order, np.cumsum(lengths[order]))}  # only the one in use is kept
        return self._orders[epoch]
