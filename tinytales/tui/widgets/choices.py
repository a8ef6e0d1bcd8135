"""A few numbered choices, each with one key and open to the mouse."""

from collections.abc import Sequence

from textual import events
from textual.content import Content
from textual.message import Message
from textual.widget import Widget


class Choices(Widget):
    """Choices by number; with `cursor` one of them is marked, for those who walk with arrows."""

    class Chosen(Message):
        """A choice was clicked (from 0)."""

        def __init__(self, number: int) -> None:
            super().__init__()
            self.number = number

    def __init__(self, labels: Sequence[str], *, cursor: int | None = None, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._labels = labels
        self._cursor = cursor

    def show(self, labels: Sequence[str], cursor: int | None = None) -> None:
        """Offer other choices, or mark another."""
        self._labels, self._cursor = labels, cursor
        self.refresh(layout=True)

    def on_click(self, event: events.Click) -> None:
        if 0 <= event.y < len(self._labels):
            self.post_message(self.Chosen(event.y))

    def render(self) -> Content:
        lines = []
        for number, label in enumerate(self._labels):
            here = number == self._cursor
            key = f" {number + 1} " if number < 9 else "   "
            lines.append(Content.assemble("▸" if here else " ", (key, "bold $accent"), (label, "bold" if here else "")))
        width = self.size.width or self.app.size.width
        return Content("\n").join(line.truncate(width, ellipsis=True) for line in lines)
