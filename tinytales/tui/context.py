"""What of a story its model still sees."""

from collections.abc import Sequence

from tinytales.inference.engine import Engine
from tinytales.story.passage import Passage


class Sight:
    """What the model sees of one story, whose passages never change: the tokens of each are counted once.

    Attributes:
        used: the tokens of the context that the story takes, as of the latest look.
    """

    def __init__(self) -> None:
        self.used = 0
        self._counts: dict[str, int] = {}

    def look(self, path: Sequence[Passage], engine: Engine) -> str | None:
        """The first passage that is wholly seen, where not all are; None where all are."""
        for passage in path:
            if passage.id not in self._counts:
                self._counts[passage.id] = engine.count_tokens(passage.text)
        self.used, first = in_sight([self._counts[passage.id] for passage in path], engine.context_length)
        return path[first].id if first else None


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
