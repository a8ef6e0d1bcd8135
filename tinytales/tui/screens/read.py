"""Reading: the story and nothing around it."""

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.binding import Binding
from textual.screen import Screen

from tinytales.tui.marks import Marks, Tail
from tinytales.tui.widgets.story_view import StoryView


class ReadScreen(Screen[None]):
    """A story in one centred column.

    Args:
        title: stands above it.
        blocks: (passage, shown text).
        finished: whether the last words are to be said.
    """

    BINDINGS = [  # noqa: RUF012 - as Textual declares it
        Binding("escape,z,q,enter", "leave", "back", show=False),
        Binding("space,pagedown", "page(1)", "on", show=False),
        Binding("backspace,pageup,b", "page(-1)", "back", show=False),
        Binding("down,j", "line(1)", "down", show=False),
        Binding("up,k", "line(-1)", "up", show=False),
        Binding("home", "ends(-1)", "beginning", show=False),
        Binding("end", "ends(1)", "end", show=False),
    ]

    def __init__(self, title: str, blocks: Sequence[tuple[str, str]], *, finished: bool) -> None:
        super().__init__()
        self._blocks = [("title", f"{title}\n\n"), *blocks]
        self._finished = finished

    def compose(self) -> ComposeResult:
        yield StoryView(gutter=False)

    def on_mount(self) -> None:
        self._view = self.query_one(StoryView)
        self._view.follow(False)
        end = "❦" if self._finished else ""
        self._view.show(self._blocks, Marks(own=frozenset({"title"})), Tail(end))

    def action_page(self, step: int) -> None:
        lines = max(1, self._view.size.height - 2)
        self._view.scroll_relative(y=step * lines, animate=False)

    def action_line(self, step: int) -> None:
        self._view.scroll_relative(y=step, animate=False)

    def action_ends(self, step: int) -> None:
        self._view.scroll_to(y=0 if step < 0 else self._view.max_scroll_y, animate=False)

    def on_story_view_passage_clicked(self) -> None:
        self.action_leave()

    def action_leave(self) -> None:
        self.dismiss()
