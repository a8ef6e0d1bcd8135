"""How surprised a model was by each word of a text, in bits: one that it thought half as likely costs a bit more."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.cells import cell_len

from tinytales.inference.scoring import Scored
from tinytales.inside.odds import label

_RESET = "\x1b[0m"
_HEAT = ((2.0, ""), (4.0, "\x1b[33m"), (8.0, "\x1b[31m"), (math.inf, "\x1b[1;37;41m"))  # up to so many bits


@dataclass(frozen=True)
class Word:
    """A word with the space before it and the signs behind it; `bits` are its tokens' together."""

    text: str
    bits: float


def words(scored: Sequence[Scored]) -> list[Word]:
    """The words of a text that a model scored. One begins with each token that begins with white space."""
    groups: list[list[Scored]] = []
    for one in scored:
        if not groups or one.data[:1].isspace():
            groups.append([])
        groups[-1].append(one)
    return [
        Word(
            b"".join(one.data for one in group).decode(errors="replace"),
            (0.0 - sum(one.logprob for one in group)) / math.log(2),
        )
        for group in groups
    ]


def heat_lines(words: Sequence[Word], width: int, *, colours: bool) -> Iterator[str]:
    """The words in lines of `width` cells, below each its bits; the more bits, the hotter, where there are colours."""
    row: list[tuple[str, str, str]] = []
    room = 0
    for word in words:
        text = label(word.text.strip(" ")) if word.text.strip(" ") else "·"
        bits = f"{word.bits:.1f}"
        cells = max(cell_len(text), len(bits)) + 1
        if row and room + cells > width:
            yield from _row(row)
            row, room = [], 0
        paint = next(paint for limit, paint in _HEAT if word.bits < limit or limit == math.inf) if colours else ""
        row.append((text, bits, paint))
        room += cells
    if row:
        yield from _row(row)


def _row(row: Sequence[tuple[str, str, str]]) -> Iterator[str]:
    upper, lower = "", ""
    for text, bits, paint in row:
        cells = max(cell_len(text), len(bits))
        shown = f"{paint}{text}{_RESET}" if paint else text
        upper += shown + " " * (cells - cell_len(text) + 1)
        lower += f"{bits:<{cells}} "
    yield upper.rstrip()
    yield lower.rstrip()
