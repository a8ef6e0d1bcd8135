"""How unsure the model was, word by word."""

import math
from collections.abc import Iterator

from tinytales.story.passage import Passage
from tinytales.tui.layout import shown

LEGEND = "underlined: less than 30% sure · bold too: less than 10% · reversed: less than 2%"
_LEVELS = ((0.02, 3), (0.1, 2), (0.3, 1))


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
