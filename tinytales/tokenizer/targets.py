"""How much each token of a training row is learned, written into the row itself.

An id, of 16 bits at most, stands as it is where it is learned like any other; as `-1 - id` where it is only read; and
as `id + (weight - 1) * 65,536` where it weighs more. All functions take arrays of NumPy and tensors of PyTorch alike.
"""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Array = TypeVar("Array")


def row_of(ids: NDArray[np.int32], weights: NDArray[np.int32]) -> NDArray[np.int32]:
    """A row of these ids, each with its weight of 0 (only read) to 16,384."""
    return np.where(weights > 0, ids + (weights - 1 << 16), only_read(ids)).astype(np.int32)


def only_read(ids: Array) -> Array:
    """The ids of a row that aren't learned."""
    return -1 - ids  # type: ignore[operator, return-value]


def ids_of(row: Array) -> Array:
    """The ids of a row."""
    return (row ^ (row >> 31)) & 0xFFFF  # type: ignore[operator, return-value]


def weights_of(row: Array) -> Array:
    """How much each token of a row counts as a target."""
    return (row >> 16) + 1  # type: ignore[operator, return-value]
