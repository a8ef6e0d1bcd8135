"""What of a story its model still sees."""

from collections.abc import Sequence


def in_sight(counts: Sequence[int], context_length: int) -> tuple[int, int]:
    """How many tokens of the context are used, and the index of the first passage that is wholly seen.

    Args:
        counts: the tokens of each passage, in order.
        context_length: how many tokens the model sees.
    """
    used, first = 0, len(counts)
    for index in range(len(counts) - 1, -1, -1):
        if used + counts[index] > context_length:
            return context_length, min(first, len(counts) - 1)
        used += counts[index]
        first = index
    return used, 0
