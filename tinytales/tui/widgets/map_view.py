"""The tree of a story, drawn as an outline that scrolls."""

from typing import ClassVar

from rich.cells import set_cell_size
from rich.segment import Segment
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tinytales.story.story import Story
from tinytales.tui.layout import shown
from tinytales.tui.outline import Row, outline

_DEEPEST = 8  # levels drawn as such: deeper ones would leave no room for words


class MapView(ScrollView, can_focus=False):
    """Every passage on a line: ● in the story as it reads now, ○ beside it, the reader's place marked."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"map--path", "map--aside", "map--cursor"}

    class Chosen(Message):
        """The reader clicked a passage."""

        def __init__(self, passage: str) -> None:
            super().__init__()
            self.passage = passage

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._outline: list[Row] = []
        self._cursor: str | None = None

    @property
    def cursor(self) -> str | None:
        """The marked passage."""
        return self._cursor

    def show(self, story: Story, cursor: str | None) -> None:
        """Draw a story, with `cursor` marked."""
        self._outline = outline(story)
        self.virtual_size = Size(self.scrollable_content_region.width, len(self._outline))
        self.mark(cursor)

    def mark(self, cursor: str | None) -> None:
        """Mark another passage."""
        self._cursor = cursor
        index = self._index()
        if index is not None:
            self.scroll_to_region(Region(0, index, 1, 1), animate=False, immediate=True, force=True)
        self.refresh()

    def step(self, step: int) -> None:
        """Mark the passage some lines down."""
        if self._outline:
            index = (self._index() or 0) + step
            self.mark(self._outline[max(0, min(len(self._outline) - 1, index))].passage.id)

    def on_click(self, event: events.Click) -> None:
        index = event.y + self.scroll_offset.y
        if 0 <= index < len(self._outline):
            self.post_message(self.Chosen(self._outline[index].passage.id))

    def render_line(self, y: int) -> Strip:
        index = y + self.scroll_offset.y
        width = self.scrollable_content_region.width
        base = self.rich_style
        if index >= len(self._outline):
            return Strip.blank(width, base)
        row = self._outline[index]
        here = row.passage.id == self._cursor
        name = "map--cursor" if here else "map--path" if row.on_path else "map--aside"
        style = base + self.get_component_rich_style(name, partial=True)
        return Strip([Segment(set_cell_size(_line(row, here), width), style)])

    def _index(self) -> int | None:
        return next((at for at, row in enumerate(self._outline) if row.passage.id == self._cursor), None)


def _line(row: Row, here: bool) -> str:
    depth = min(row.depth, _DEEPEST)
    branch = "│ " * (depth - 1) + "├╴" if depth else ""
    dot = "▶" if here else "●" if row.on_path else "○"
    words = " ".join(shown(row.passage.text).split())[:120] or "(the end)"
    own = "✎ " if row.passage.source in ("user", "edit", "prompt") else ""
    return f" {branch}{dot} {own}{words}"
