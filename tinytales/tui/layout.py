"""From passages to lines: paragraphs, and where they wrap. Pure; every text in here is safe for a terminal."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rich.cells import cell_len, chop_cells

from tinytales.terminal import sanitize

_WORD = re.compile(r"\S+\s*|\s+")


@lru_cache(maxsize=4096)
def shown(text: str) -> str:
    """`text` as it may go to the terminal.

    Characters only vanish or are swapped one for one, so that the shown length of a whole is the sum of the shown
    lengths of its parts.
    """
    return sanitize(text).replace("\t", " ")


@dataclass(frozen=True)
class Span:
    """A part of a paragraph that comes from one passage; `start` counts the passage's shown characters."""

    passage: str
    start: int
    text: str


@dataclass(frozen=True)
class Paragraph:
    """What stands between two line breaks."""

    spans: tuple[Span, ...]

    @property
    def text(self) -> str:
        return "".join(span.text for span in self.spans)

    def passage_at(self, offset: int) -> tuple[str, int]:
        """Which passage a character belongs to, and which of its shown characters it is."""
        for span in self.spans:
            if offset < len(span.text):
                return span.passage, span.start + offset
            offset -= len(span.text)
        last = self.spans[-1]
        return last.passage, last.start + len(last.text)

    def range_of(self, passage: str) -> tuple[int, int] | None:
        """Where a passage's characters stand in this paragraph, if any do."""
        found: tuple[int, int] | None = None
        offset = 0
        for span in self.spans:
            end = offset + len(span.text)
            if span.passage == passage and span.text:
                found = (found[0] if found else offset, end)
            offset = end
        return found


Block = tuple[str, str]  # a passage and its shown text


def paragraphs(blocks: Iterable[Block], start: int = 0) -> list[Paragraph]:
    """The paragraphs of consecutive blocks. Blank lines only part paragraphs.

    Args:
        blocks: what to part.
        start: how many characters of the first block's passage come before what is given of it.
    """
    found: list[Paragraph] = []
    open_spans: list[Span] = []
    for passage, text in blocks:
        for index, line in enumerate(text.split("\n")):
            if index and open_spans:
                _close(found, open_spans)
                open_spans = []
            if line:
                open_spans.append(Span(passage, start, line))
            start += len(line) + 1
        start = 0
    _close(found, open_spans)
    return found


class Growing:
    """The paragraphs of a text that is shown again and again and mostly grows at its end.

    While it does, only what comes after the last line break is parted anew: a frame of a long story costs no more than
    one of a short one.
    """

    def __init__(self) -> None:
        self.found: list[Paragraph] = []
        self._blocks: list[Block] = []
        self._done = 0  # characters of the last block whose paragraphs can't change any more by growing
        self._closed = 0  # how many paragraphs come before those characters' end

    def show(self, blocks: Sequence[Block]) -> int:
        """Take the text as it is now; returns how many paragraphs at its beginning are the same as before."""
        closed = self._closed if self._grows(blocks) else 0
        if closed:
            name, text = blocks[-1]
            del self.found[closed:]
            self.found += paragraphs([(name, text[self._done :])], self._done)
            same = closed
        else:
            before, self.found = self.found, paragraphs(blocks)
            pairs = enumerate(zip(before[:-1], self.found, strict=False))
            same = next((at for at, (old, new) in pairs if old != new), min(len(before[:-1]), len(self.found)))
        self._blocks = list(blocks)
        text = blocks[-1][1] if blocks else ""
        self._done = text.rfind("\n") + 1
        still_open = self._done < len(text) and not text[self._done :].isspace()
        self._closed = len(self.found) - still_open if self._done else 0
        return same

    def _grows(self, blocks: Sequence[Block]) -> bool:
        if not self._blocks or len(blocks) != len(self._blocks) or blocks[-1][0] != self._blocks[-1][0]:
            return False
        return blocks[-1][1].startswith(self._blocks[-1][1]) and self._blocks[:-1] == list(blocks[:-1])


def _close(found: list[Paragraph], spans: Sequence[Span]) -> None:
    if any(not span.text.isspace() for span in spans):
        found.append(Paragraph(tuple(spans)))


@lru_cache(maxsize=4096)
def wrap(text: str, width: int) -> tuple[tuple[int, int], ...]:
    """Where the lines of a paragraph begin and end, at most `width` cells each; spaces at a line's end hang over."""
    lines: list[tuple[int, int]] = []
    start = end = cells = 0
    for match in _WORD.finditer(text):
        word = match[0].rstrip()
        if cells + cell_len(word) > width and cells:
            lines.append((start, end))
            start, cells = match.start(), 0
        if cell_len(word) > width:
            for part in chop_cells(word, width)[:-1]:
                lines.append((start, start + len(part)))
                start += len(part)
            cells = cell_len(text[start : match.end()])
        else:
            cells += cell_len(match[0])
        end = match.end()
    return (*lines, (start, len(text)))
