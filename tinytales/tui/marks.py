"""What is marked in a story and asked beneath it, and where in a paragraph each mark lies. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tinytales.tui.layout import Paragraph

Word = tuple[str, int, int]  # a passage, the first of its shown characters, the end


@dataclass(frozen=True)
class Marks:
    """What is marked in and beside the text. Places are (passage, first shown character, end).

    Attributes:
        cursor: the passage at which the reader stands.
        notes: what stands beside the first line of a passage, e.g. "2/3".
        own: the passages in the reader's own words.
        heat: how unsure the model was, 1 to 3: (first shown character, end, level) by passage.
        token: the token that is being looked at.
        search: words to find.
        forgotten: the first passage that the model still sees; a line is drawn above its paragraph.
    """

    cursor: str | None = None
    notes: Mapping[str, str] = field(default_factory=dict)
    own: frozenset[str] = frozenset()
    heat: Mapping[str, Sequence[tuple[int, int, int]]] = field(default_factory=dict)
    token: Word | None = None
    search: str = ""
    forgotten: str | None = None


@dataclass(frozen=True)
class Tail:
    """What is asked beneath the story: a line, and the choices by number."""

    line: str = ""
    choices: tuple[str, ...] = ()


def overlays(paragraph: Paragraph, marks: Marks, word: Word | None) -> list[tuple[int, int, str]]:
    """Where in a paragraph which style lies, in the order in which they are laid: (first character, end, style).

    Args:
        paragraph: where to look.
        marks: what is marked.
        word: the word that is read just now.
    """
    found: list[tuple[int, int, str]] = []
    offset = 0
    for span in paragraph.spans:
        end = offset + len(span.text)
        shift = offset - span.start
        if span.passage in marks.own:
            found.append((offset, end, "story--own"))
        places = [(start, stop, f"story--heat-{level}") for start, stop, level in marks.heat.get(span.passage, ())]
        for place, style in ((marks.token, "story--token"), (word, "story--word")):
            if place is not None and place[0] == span.passage:
                places.append((place[1], place[2], style))
        for start, stop, style in places:
            if start + shift < end and stop + shift > offset:
                found.append((max(offset, start + shift), min(end, stop + shift), style))
        offset = end
    if marks.search:
        for match in re.finditer(re.escape(marks.search), paragraph.text, re.IGNORECASE):
            found.append((*match.span(), "story--match"))
    return found
