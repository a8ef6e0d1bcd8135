"""How unsure the model was, word by word."""

import math
from collections.abc import Iterator

from tinytales.story.passage import Passage
from tinytales.tui.layout import shown

LEGEND = "underlined: less than even odds · double: one in five · reversed: one in twenty"
_LEVELS = ((0.05, 3), (0.2, 2), (0.5, 1))


def heat(passage: Passage) -> Iterator[tuple[int, int, int]]:
    """(first shown character, end, level 1 to 3) of every token that the model wasn't sure of."""
    offset = 0
    for piece in passage.tokens:
        text = shown(piece.text)
        start = offset + len(text) - len(text.lstrip())
        offset += len(text)
        if piece.token >= 0 and start < offset and (level := _level(math.exp(min(0.0, piece.logprob)))):
            yield start, offset, level


def _level(probability: float) -> int:
    return next((level for bound, level in _LEVELS if probability < bound), 0)
