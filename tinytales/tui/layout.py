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


def paragraphs(blocks: Iterable[tuple[str, str]]) -> list[Paragraph]:
    """The paragraphs of consecutive (passage, shown text) blocks. Blank lines only part paragraphs."""
    found: list[Paragraph] = []
    open_spans: list[Span] = []
    for passage, text in blocks:
        start = 0
        for index, line in enumerate(text.split("\n")):
            if index and open_spans:
                _close(found, open_spans)
                open_spans = []
            if line:
                open_spans.append(Span(passage, start, line))
            start += len(line) + 1
    _close(found, open_spans)
    return found


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
