"""The story on the screen: paragraphs in one centred column, marks beside them, choices beneath.

It draws lines, not widgets: a story of a thousand passages opens and scrolls like one of ten, and while one is told
only its last paragraph is laid out again.
"""

from collections.abc import Sequence
from typing import ClassVar, Literal, NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget

from tinytales.tui.layout import Block, Growing, Paragraph, wrap
from tinytales.tui.marks import Marks, Tail, Word, overlays

COLUMN = 66  # characters a line that eyes follow well
_GUTTER = 7
_ROOMY = 56  # columns from which the gutter has room for notes
_KEPT = 128  # drawn lines: each holds caches of Textual's, and garbage is looked for in all of them


class _Row(NamedTuple):
    kind: Literal["text", "blank", "forgotten", "line", "choice"]
    number: int = 0  # of the paragraph or the choice
    start: int = 0
    end: int = 0


class _Space(NamedTuple):
    """Cells of the widget, of its text column, and to the left of that."""

    width: int
    column: int
    left: int


class StoryView(ScrollView, can_focus=False):
    """See the module."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "story--own",
        "story--word",
        "story--mark",
        "story--faint",
        "story--key",
        "story--heat-1",
        "story--heat-2",
        "story--heat-3",
        "story--token",
        "story--match",
    }

    class PassageClicked(Message):
        """The reader clicked a passage, at one of its shown characters."""

        def __init__(self, passage: str, offset: int) -> None:
            super().__init__()
            self.passage = passage
            self.offset = offset

    class ChoiceClicked(Message):
        """The reader clicked a choice (from 0)."""

        def __init__(self, number: int) -> None:
            super().__init__()
            self.number = number

    def __init__(self, *, gutter: bool = True, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._has_gutter = gutter
        self._growing = Growing()
        self._space = _Space(0, 10, 0)
        self._styles: dict[str, Style] = {}
        self._tops: list[int] = []  # the row at which each paragraph begins
        self._end = 0  # the row after the last paragraph
        self._rows: list[_Row] = []
        self._marks = Marks()
        self._tail = Tail()
        self._word: Word | None = None
        self._strips: dict[int, Strip] = {}
        self._following = True

    @property
    def _paragraphs(self) -> Sequence[Paragraph]:
        return self._growing.found

    @property
    def text(self) -> str:
        """The story's text as it is shown."""
        return "\n\n".join(paragraph.text for paragraph in self._paragraphs)

    def _measure(self) -> None:
        """Take the widget's measures: asking Textual for them at each line would take longer than drawing it."""
        width = self.scrollable_content_region.width
        gutter = 2 if not self._has_gutter else _GUTTER if width >= _ROOMY else 3
        column = max(10, min(COLUMN, width - gutter - 2))
        self._space = _Space(width, column, max(gutter, (width - column) // 2))

    def _style(self, name: str = "") -> Style:
        """The widget's style, with one of its components laid over it."""
        if name not in self._styles:
            base = self._styles[""] = self.rich_style
            if name:
                self._styles[name] = base + self.get_component_rich_style(f"story--{name}", partial=True)
        return self._styles[name]

    def show(
        self,
        blocks: Sequence[Block],
        marks: Marks,
        tail: Tail,
        word: Word | None = None,
    ) -> None:
        """Show the story: (passage, shown text) blocks, what is marked, what is asked, and the word read just now."""
        same = self._growing.show(blocks)
        if marks.forgotten != self._marks.forgotten:
            same = 0
        first_row = self._tops[same] if same < len(self._tops) else self._end
        if marks != self._marks:
            self._strips.clear()
        self._marks, self._tail, self._word = marks, tail, word
        self._lay_out(same, first_row)

    def follow(self, following: bool = True) -> None:
        """Keep the end in sight as it grows, or stay."""
        self._following = following
        if following and self.is_mounted:
            self.scroll_end(animate=False, immediate=True, force=True)

    def bring_to_sight(self, passage: str) -> None:
        """Scroll as little as shows where a passage begins, or its end if that is the story's."""
        for index, paragraph in enumerate(self._paragraphs):
            place = paragraph.range_of(passage)
            if place is None:
                continue
            rows = self._tops[index : index + 2]
            bottom = rows[1] if len(rows) > 1 else len(self._rows)
            self._following = bottom >= len(self._rows)
            region = Region(0, max(0, rows[0] - 1), 1, bottom - rows[0] + 1)
            self.scroll_to_region(region, animate=False, immediate=True, force=True)
            return

    def locate(self, x: int, y: int) -> tuple[str, int] | None:
        """The passage and shown character at a place in the widget."""
        row = self._row(y + self.scroll_offset.y)
        if row is None or row.kind != "text":
            return None
        paragraph = self._paragraphs[row.number]
        column = max(0, x - self._space.left)
        line = paragraph.text[row.start : row.end]
        offset = min(len(line.rstrip()), len(Strip([Segment(line)]).crop(0, column).text))
        return paragraph.passage_at(row.start + offset)

    def on_resize(self) -> None:
        self._lay_out(0, 0)

    def on_click(self, event: events.Click) -> None:
        row = self._row(event.y + self.scroll_offset.y)
        if row is not None and row.kind == "choice":
            self.post_message(self.ChoiceClicked(row.number))
        elif place := self.locate(event.x, event.y):
            self.post_message(self.PassageClicked(*place))

    def on_mouse_scroll_up(self) -> None:
        self._following = False

    def on_mouse_scroll_down(self) -> None:
        self._following = self.scroll_offset.y >= self.max_scroll_y - 1

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._strips.clear()
        self._styles.clear()

    def _row(self, y: int) -> _Row | None:
        return self._rows[y] if 0 <= y < len(self._rows) else None

    def _lay_out(self, first: int, first_row: int) -> None:
        """Lay out the paragraphs from `first` on; those before it stand as they are."""
        self._measure()
        drawn = len(self._rows)
        del self._tops[first:]
        del self._rows[first_row:]
        for row in range(max(0, first_row - 1), drawn):
            self._strips.pop(row, None)
        for index in range(first, len(self._paragraphs)):
            paragraph = self._paragraphs[index]
            self._tops.append(len(self._rows))
            self._rows.append(_Row("blank"))
            if index and self._marks.forgotten and self._opening(self._marks.forgotten, index):
                self._rows += [_Row("forgotten"), _Row("blank")]
            self._rows += [_Row("text", index, start, end) for start, end in wrap(paragraph.text, self._space.column)]
        self._end = len(self._rows)
        if self._tail.line or self._tail.choices:
            self._rows += [_Row("blank"), *([_Row("line")] if self._tail.line else [])]
            self._rows += [_Row("choice", index) for index in range(len(self._tail.choices))]
        self._rows.append(_Row("blank"))
        self._resize(Size(self._space.width, len(self._rows)))
        if self._following:
            self.scroll_end(animate=False, immediate=True, force=True)
        self.refresh()

    def _resize(self, size: Size) -> None:
        """Take another size; lines that come to a story that is longer than the screen move nothing around it."""
        height, before = self.size.height, self.virtual_size
        if size.width == before.width and min(size.height, before.height) > height and self.show_vertical_scrollbar:
            self.set_reactive(Widget.virtual_size, size)
            self.vertical_scrollbar.window_virtual_size = size.height
        else:
            self.virtual_size = size

    def render_line(self, y: int) -> Strip:
        number = y + self.scroll_offset.y
        strip = self._strips.get(number)
        if strip is not None:
            return strip
        if (row := self._row(number)) is None:
            return Strip.blank(self._space.width, self._style())
        strip = Strip(self._segments(row)).crop_extend(0, self._space.width, self._style())
        if len(self._strips) >= _KEPT:
            self._strips.clear()
        self._strips[number] = strip
        return strip

    def _segments(self, row: _Row) -> list[Segment]:
        indent = Segment(" " * self._space.left, self._style())
        match row.kind:
            case "blank":
                return []
            case "forgotten":
                label = " the model no longer sees what is above "
                return [indent, Segment(label.center(self._space.column, "─"), self._style("faint"))]
            case "line":
                return [indent, Segment(self._tail.line, self._style("faint"))]
            case "choice":
                label = self._tail.choices[row.number]
                return [indent, Segment(f" {row.number + 1} ", self._style("key")), Segment(f" {label}", self._style())]
        return self._text_segments(row)

    def _text_segments(self, row: _Row) -> list[Segment]:
        paragraph = self._paragraphs[row.number]
        line = paragraph.text[row.start : row.end].rstrip()
        styles = [self._style()] * len(line)
        for start, end, name in overlays(paragraph, self._marks, self._word):
            style = self.get_component_rich_style(name, partial=True)
            for at in range(max(0, start - row.start), min(len(line), end - row.start)):
                styles[at] = styles[at] + style
        segments = self._gutter_segments(paragraph, row)
        start = 0
        for at in range(1, len(line) + 1):
            if at == len(line) or styles[at] is not styles[start]:
                segments.append(Segment(line[start:at], styles[start]))
                start = at
        return segments

    def _gutter_segments(self, paragraph: Paragraph, row: _Row) -> list[Segment]:
        left, base, mark = self._space.left, self._style(), self._style("mark")
        if not self._has_gutter:
            return [Segment(" " * left, base)]
        offset, note, here = 0, "", False
        for span in paragraph.spans:
            end = offset + len(span.text)
            if offset < row.end and end > row.start:
                here = here or span.passage == self._marks.cursor
                opening = self._opening(span.passage, row.number)
                if opening and row.start <= opening[0] < row.end:
                    note = self._marks.notes.get(span.passage, note)
            offset = end
        room = left - 2
        text = note.rjust(room) if len(note) <= room else " " * room
        return [
            Segment(text, mark if here else self._style("faint")),
            Segment("▌" if here else " ", mark),
            Segment(" ", base),
        ]

    def _opening(self, passage: str, index: int) -> tuple[int, int] | None:
        """Where a passage's characters stand in the paragraph in which it begins; None in any other."""
        if index and self._paragraphs[index - 1].range_of(passage):
            return None
        return self._paragraphs[index].range_of(passage)
