"""The map: every passage and every take, to walk in and to go on from."""

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.screen import Screen
from textual.widgets import Static

from tinytales.story.story import Story
from tinytales.tui.layout import shown
from tinytales.tui.widgets.bars import HintLine, StatusLine
from tinytales.tui.widgets.map_view import MapView


class MapScreen(Screen[str | None]):
    """Choose a passage of a story."""

    BINDINGS = [  # noqa: RUF012 - as Textual declares it
        Binding("escape,m,q", "leave", "back", show=False),
        Binding("enter,space", "choose", "go there", show=False),
        Binding("up,k", "step(-1)", "up", show=False),
        Binding("down,j", "step(1)", "down", show=False),
        Binding("left", "take(-1)", "take before", show=False),
        Binding("right", "take(1)", "take after", show=False),
        Binding("pageup", "step(-10)", "up", show=False),
        Binding("pagedown", "step(10)", "down", show=False),
        Binding("home", "step(-1000000)", "beginning", show=False),
        Binding("end", "step(1000000)", "end", show=False),
    ]

    def __init__(self, story: Story) -> None:
        super().__init__()
        self._story = story

    def compose(self) -> ComposeResult:
        yield StatusLine()
        yield MapView()
        with VerticalScroll(id="whole", can_focus=False):
            yield Static(markup=False)
        yield HintLine()

    def on_mount(self) -> None:
        self.query_one(HintLine).show([
            ("choose", "enter", "go there"), ("step(1)", "↑↓", "passages"), ("take(1)", "←→", "takes"),
            ("leave", "esc", "back"),
        ])  # fmt: skip
        many = len(self._story.passages)
        self.query_one(StatusLine).show(f"Map · {self._story.title}", [f"{many} passage{'s' * (many != 1)}"])

    def on_resize(self) -> None:
        self.query_one(MapView).show(self._story, self.query_one(MapView).cursor or self._story.cursor)
        self._look()

    def _look(self) -> None:
        cursor = self.query_one(MapView).cursor
        text = self._story.passages[cursor].text if cursor is not None else ""
        self.query_one(Static).update(shown(text).strip())

    def action_step(self, step: int) -> None:
        self.query_one(MapView).step(step)
        self._look()

    def action_take(self, step: int) -> None:
        view = self.query_one(MapView)
        if view.cursor is not None:
            takes = self._story.takes(view.cursor)
            view.mark(takes[(takes.index(view.cursor) + step) % len(takes)])
            self._look()

    def action_choose(self) -> None:
        self.dismiss(self.query_one(MapView).cursor)

    def action_leave(self) -> None:
        self.dismiss(None)

    def on_map_view_chosen(self, message: MapView.Chosen) -> None:
        view = self.query_one(MapView)
        if message.passage == view.cursor:
            self.action_choose()
            return
        view.mark(message.passage)
        self._look()

    def on_hint_line_clicked(self, message: HintLine.Clicked) -> None:
        self.run_worker(self.run_action(message.action))
