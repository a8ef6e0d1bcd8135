"""Takes: several ways to go on, told side by side while one watches."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container, VerticalScroll
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Static

from tinytales.story.passage import Passage, told
from tinytales.story.telling import finish_of
from tinytales.tui.layout import shown
from tinytales.tui.reveal import Pace, Reveal
from tinytales.tui.telling import Telling
from tinytales.tui.widgets.bars import HintLine, StatusLine

TAKES = 4
_FRAME = 1 / 25


@dataclass(frozen=True)
class Taken:
    """What came of it: every take, none of which is lost, and the chosen one."""

    passages: Sequence[Passage]
    chosen: Passage | None


class TakePane(VerticalScroll, can_focus=False):
    """One take as it is told."""

    class Chosen(Message):
        """The take was clicked."""

        def __init__(self, number: int) -> None:
            super().__init__()
            self.number = number

    def __init__(self, number: int, telling: Telling, pace: Pace) -> None:
        super().__init__()
        self.number = number
        self.telling = telling
        self._reveal = Reveal(pace)
        self._text = Static(markup=False)  # held here: a frame may come before the pane has its children
        self.border_title = f" {number + 1} "

    def compose(self) -> ComposeResult:
        yield self._text

    def advance(self, now: float) -> None:
        """Show what is due."""
        text = shown("".join(piece.text for piece in list(self.telling.pieces))).strip()
        if self._reveal.advance(text, self.telling.done, now):
            self._text.update(text[: self._reveal.shown])
            self.scroll_end(animate=False)
        if self.telling.done:
            end = "  the end " if finish_of(self.telling.pieces) == "end" else ""
            self.border_subtitle = self.telling.error or end

    def finish(self) -> None:
        """Show all of it."""
        self._reveal.pace = "instant"

    def on_click(self) -> None:
        self.post_message(self.Chosen(self.number))


class TakesScreen(Screen[Taken]):
    """Watch takes and choose one.

    Args:
        begin: begins another take.
        pace: how fast they are shown.
    """

    BINDINGS = [  # noqa: RUF012 - as Textual declares it
        *(Binding(str(number + 1), f"choose({number})", show=False) for number in range(TAKES)),
        Binding("escape,q", "leave", "none of them", show=False),
        Binding("enter", "choose_here", "this one", show=False),
        Binding("space", "finish", "show all", show=False),
        Binding("left,up", "step(-1)", "before", show=False),
        Binding("right,down", "step(1)", "after", show=False),
        Binding("r,g", "again", "four others", show=False),
    ]

    def __init__(self, begin: Callable[[], Telling], pace: Pace) -> None:
        super().__init__()
        self._begin = begin
        self._pace = pace
        self._here = 0
        self._earlier: list[Passage] = []

    def compose(self) -> ComposeResult:
        yield StatusLine()
        yield Container(*self._panes(), id="panes")
        yield HintLine()

    def on_mount(self) -> None:
        self.query_one(StatusLine).show("Four ways to go on", ["the others are kept as takes"])
        self.query_one(HintLine).show([
            ("", "1-4", "choose"), ("choose_here", "enter", "this one"), ("again", "r", "four others"),
            ("finish", "space", "show all"), ("leave", "esc", "none of them"),
        ])  # fmt: skip
        self._mark()
        self.set_interval(_FRAME, self._tick)

    def on_resize(self, event: events.Resize) -> None:
        self.set_class(event.size.width < 50, "-narrow")
        self.set_class(event.size.width >= 140, "-wide")

    def _panes(self) -> list[TakePane]:
        return [TakePane(number, self._begin(), self._pace) for number in range(TAKES)]

    def _tick(self) -> None:
        now = time.monotonic()
        for pane in self.query(TakePane):
            pane.advance(now)

    def _mark(self) -> None:
        for pane in self.query(TakePane):
            pane.set_class(pane.number == self._here, "-here")

    def action_step(self, step: int) -> None:
        self._here = (self._here + step) % TAKES
        self._mark()

    def action_finish(self) -> None:
        for pane in self.query(TakePane):
            pane.finish()

    def action_choose_here(self) -> None:
        self.action_choose(self._here)

    def action_choose(self, number: int) -> None:
        passages = self._passages()
        self.dismiss(Taken([*self._earlier, *(one for one in passages if one)], passages[number]))

    def action_leave(self) -> None:
        self.dismiss(Taken([*self._earlier, *(one for one in self._passages() if one)], None))

    async def action_again(self) -> None:
        self._earlier += [one for one in self._passages() if one]
        panes = self.query_one("#panes")
        await panes.remove_children()
        await panes.mount_all(self._panes())
        self._mark()

    def on_take_pane_chosen(self, message: TakePane.Chosen) -> None:
        self.action_choose(message.number)

    def on_hint_line_clicked(self, message: HintLine.Clicked) -> None:
        if message.action:
            self.run_worker(self.run_action(message.action))

    def _passages(self) -> list[Passage | None]:
        """The takes as far as they were told; None for one with nothing in it."""
        found: list[Passage | None] = []
        for pane in self.query(TakePane):
            telling = pane.telling
            telling.stop()
            pieces, order = telling.pieces, telling.order
            empty = not any(piece.text.strip() for piece in pieces)
            passage = told(
                order.parent, pieces, model=telling.engine_name, sampling=order.sampling, finish=finish_of(pieces)
            )
            found.append(None if empty else passage)
        return found
