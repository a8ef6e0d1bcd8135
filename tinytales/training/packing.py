"""Packing: which pieces of text share a row, so that little of it stays empty."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Pattern:
    """So many rows that hold pieces of these lengths."""

    lengths: tuple[int, ...]
    rows: int


def best_fit(lengths: Integers, capacity: int) -> list[Pattern]:
    """Best fit decreasing (Johnson, 1974): the longest piece opens a row, the longest that still fit follow it.

    Pieces of one length are alike, so that the work grows with the number of lengths, not of pieces.

    Args:
        lengths: of all pieces, from 1 to `capacity`.
        capacity: of a row.
    """
    left = np.bincount(lengths, minlength=capacity + 1)
    patterns = []
    for longest in range(capacity, 0, -1):
        while left[longest]:
            row = [longest]
            room, length = capacity - longest, longest
            while (length := min(length, room)) > 0:
                if left[length] > row.count(length):
                    row.append(length)
                    room -= length
                else:
                    length -= 1
            used = Counter(row)
            rows = min(int(left[length]) // count for length, count in used.items())
            for length, count in used.items():
                left[length] -= rows * count
            patterns.append(Pattern(tuple(row), rows))
    return patterns


def deal(lengths: Integers, patterns: Sequence[Pattern], random: np.random.Generator) -> list[Integers]:
    """Deal the pieces out to rows of these patterns by chance; the rows, each the indexes of its pieces, in any order.

    Args:
        lengths: of all pieces, as `best_fit` had them.
        patterns: what `best_fit` made of them.
        random: decides which of the pieces of one length goes where, their order in a row, and that of the rows.
    """
    order = random.permutation(len(lengths))
    order = order[np.argsort(lengths[order], kind="stable")]
    taken = np.searchsorted(lengths[order], np.arange(lengths.max(initial=0) + 1))
    rows: list[Integers] = []
    for pattern in patterns:
        columns = []
        for length in pattern.lengths:
            columns.append(order[taken[length] : taken[length] + pattern.rows])
            taken[length] += pattern.rows
        rows += list(random.permuted(np.stack(columns, axis=1), axis=1))
    return [rows[index] for index in random.permutation(len(rows))]
