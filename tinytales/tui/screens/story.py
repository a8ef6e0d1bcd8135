"""The main screen's keys: every gesture of the reader, and the screens that they lead to."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widgets import Input

from tinytales.inference.engine import Piece
from tinytales.story import export
from tinytales.story.telling import LENGTHS
from tinytales.tui import keymap
from tinytales.tui.copying import copy
from tinytales.tui.heat import LEGEND
from tinytales.tui.reveal import PACES
from tinytales.tui.saying import AFTER_THE_END, ENDINGS
from tinytales.tui.screens.rooms import RoomsScreen, next_passage
from tinytales.tui.session import Manner, Session
from tinytales.tui.widgets.bars import HintLine
from tinytales.tui.widgets.desk import BOTH_PANELS
from tinytales.tui.widgets.map_view import MapView
from tinytales.tui.widgets.next_panel import NextPanel
from tinytales.tui.widgets.story_view import StoryView


class StoryScreen(RoomsScreen):
    """A story and everything one can do with it. See `tinytales.tui.keymap` for the keys."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(key.keys, key.action, key.short, id=key.id, show=False) for key in (*keymap.CORE, *keymap.LETTERS)),
        *(Binding(str(number + 1), f"choose({number})", show=False) for number in range(9)),
        Binding("pageup", "scroll(-1)", "up", show=False),
        Binding("pagedown", "scroll(1)", "down", show=False),
    ]

    def __init__(self, path: Path | None, manner: Manner) -> None:
        super().__init__(path, manner)
        self._lines: dict[str, str] = {}  # what was typed and left, by purpose

    # The core

    def action_go_on(self) -> None:
        session, stage = self.session, self.stage
        if session is None or stage is None:
            return
        if stage.pick is not None:
            self.with_engine(lambda engine: stage.choose_word(engine, None))
        elif stage.busy:
            stage.pause()
            self.draw()
        elif not session.at_end:
            self.action_move(1)
        elif session.story.finished:
            self.notify(f"This story is finished. {self.tale.key_for('new')} begins another.")
        else:
            self.tell(next_passage)

    def action_write(self) -> None:
        if self.session is not None and self.may_change():
            if self.stage is not None and self.stage.reveal is not None:
                self.stage.reveal.paused = True
            self.open_line("write", "Your words — the story goes on from them")

    def action_take(self, step: int) -> None:
        self.change(lambda session: session.take(step), "There is only one take here. r tells another.")

    def action_move(self, step: int) -> None:
        self.change(lambda session: session.move(step))

    def action_step_back(self) -> None:
        self.change(Session.step_back)

    def action_close(self) -> None:
        """Close what is open: the reveal, then marks; never the session."""
        if self.stage is not None and self.stage.busy:
            self.stage.cut()
            self.draw()
        elif self._look.search or self._look.heat:
            self._look = replace(self._look, search="", heat=False)
            self.draw()

    def action_choose(self, number: int) -> None:
        stage = self.stage
        if stage is not None and stage.pick is not None:
            self.with_engine(lambda engine: stage.choose_word(engine, number))
            return
        choices = self.tail().choices
        if number >= len(choices):
            return
        match (choices, number):
            case (c, 0) if c is ENDINGS:
                self.action_retake()
            case (c, 1) if c is ENDINGS:
                self.tell(Session.order_what_happens_next)
            case (c, 2) if c is ENDINGS:
                self.change(Session.finish)
            case (c, 0) if c is AFTER_THE_END:
                self.action_read()
            case (c, 1) if c is AFTER_THE_END:
                self.export_as("html")
            case _:
                self.action_new()

    # Takes

    def action_retake(self) -> None:
        if self.session is not None and self.session.here is not None:
            here = self.session.here
            if here.source == "prompt" and here.parent is None and self.session.at_end:
                self.tell(next_passage)  # the beginning was given: what is told anew is what follows
            else:
                self.tell(lambda session: session.order_anew(here))
        else:
            self.tell(next_passage)

    def action_undo(self) -> None:
        self.change(Session.undo, "There is nothing to undo.")

    def action_redo(self) -> None:
        self.change(Session.redo, "There is nothing to redo.")

    # Looking

    def action_heat(self) -> None:
        self._look = replace(self._look, heat=not self._look.heat)
        if self._look.heat:
            self.notify(LEGEND, title="How sure the model was")
        self.draw()

    def action_panel(self, name: str) -> None:
        both = self.size.width >= BOTH_PANELS
        visible = {"map": self.desk.map.display, "next": self.desk.next.display}
        rest = self._look.panels - {name}
        beside = rest if both else frozenset[str]()
        self._look = replace(self._look, panels=rest if visible[name] else beside | {name})
        self.desk.make_room(self.size.width, self._look)
        self.call_after_refresh(self.draw)

    def action_scroll(self, step: int) -> None:
        self.desk.view.follow(False)
        self.desk.view.scroll_relative(y=step * max(1, self.desk.view.size.height - 2), animate=False)

    def action_search(self) -> None:
        if self.session is not None:
            self.open_line("search", "Search in this story", self._look.search)

    def action_pace(self) -> None:
        pace = PACES[(PACES.index(self.manner.pace) + 1) % len(PACES)]
        self.set_manner(replace(self.manner, pace=pace))
        self.notify({"reading": "At reading pace.", "quick": "Quickly.", "instant": "At once."}[pace], timeout=2)

    def action_pick_words(self) -> None:
        self.set_manner(replace(self.manner, pick_words=not self.manner.pick_words))
        on = self.manner.pick_words
        self.notify("From now on you pick the telling words." if on else "The model picks its words.", timeout=3)

    # Titles and requests

    def action_retitle(self) -> None:
        if self.session is not None and self.may_change():
            self.open_line("title", "Title", self.session.story.title)

    def action_ask(self) -> None:
        if self.tale.answers is None:
            self.notify("This model wasn't taught to answer. `tinytales mid-train` makes one that was.")
        else:
            self.open_line("ask", "What shall the story be about?")

    # Lines

    def open_line(self, purpose: str, title: str, text: str = "") -> None:
        """Open the line at the bottom; what was typed for the same purpose and left is still in it."""
        from tinytales.tui.widgets.line_input import LineInput

        if self.query(LineInput):
            return
        line = LineInput(purpose, title, self._lines.get(purpose, text))
        self.desk.mount(line, before="#hints")
        line.focus()

    def action_close_line(self) -> None:
        from tinytales.tui.widgets.line_input import LineInput

        for line in self.query(LineInput):
            self._lines[line.purpose] = line.value
            line.remove()
        if self.stage is not None and self.stage.reveal is not None:
            self.stage.reveal.paused = False
        self.draw()

    def on_input_submitted(self, message: Input.Submitted) -> None:
        purpose, text = getattr(message.input, "purpose", ""), message.value.strip()
        self._lines.pop(purpose, None)
        message.input.remove()
        match purpose:
            case "write":
                self._written(text)
            case "search":
                self._searched(text)
            case "title":
                self.change(lambda session: session.retitle(text))
            case "ask":
                self._asked(text)

    def _written(self, text: str) -> None:
        """Add the reader's words where the reveal stands, and go on from them."""
        stage = self.stage
        if stage is None or not text:
            self.action_close_line()
            return
        stage.cut()
        self.change(lambda session: session.write(text))
        self.tell(next_passage)
        self._about_names(text)

    def _searched(self, text: str) -> None:
        session = self.session
        self._look = replace(self._look, search=text)
        self.draw()
        if session is None or not text:
            return
        path = session.story.path
        names = [passage.id for passage in path]
        here = names.index(session.story.cursor) if session.story.cursor in names else -1
        for passage in (*path[here + 1 :], *path[: here + 1]):
            if text.casefold() in passage.text.casefold():
                session.stand(passage.id)
                self.draw()
                self.desk.view.bring_to_sight(passage.id)
                return
        self.notify(f"“{text}” isn't in this story.")

    def _asked(self, text: str) -> None:
        if text:
            self._take_up(self.tale.library.new(text))
            self.tell(lambda session: session.order_answer(text))

    # The mouse, and what the palette offers

    def on_hint_line_clicked(self, message: HintLine.Clicked) -> None:
        if message.action:
            self.runner(message.action)()

    def on_story_view_choice_clicked(self, message: StoryView.ChoiceClicked) -> None:
        self.action_choose(message.number)

    def on_story_view_passage_clicked(self, message: StoryView.PassageClicked) -> None:
        session = self.session
        if session is None or (self.stage is not None and self.stage.busy):
            return
        if session.story.cursor == message.passage and session.story.passages[message.passage].tokens:
            self.action_words(message.offset)
        else:
            self.change(lambda now: now.go_to(message.passage))

    def on_map_view_chosen(self, message: MapView.Chosen) -> None:
        self.change(lambda session: session.go_to(message.passage))

    def on_next_panel_picked(self, message: NextPanel.Picked) -> None:
        """Go on with the word that was clicked."""
        if self.stage is None or self.stage.busy or message.number >= len(self._upcoming):
            return
        one = self._upcoming[message.number]
        self.tell(lambda session: session.order(session.story.cursor, [Piece(one.text, one.token, one.logprob)]))

    def runner(self, action: str) -> Callable[[], None]:
        """What runs an action of this screen."""

        def run() -> None:
            self.run_worker(self.app.run_action(action, self))

        return run

    def more_commands(self) -> Iterator[tuple[str, Callable[[], None]]]:
        """What the palette offers beside the keys."""
        for form in export.FORMATS:
            yield f"export as {form}", partial(self.export_as, form)
        for length in LENGTHS:
            yield f"passages: {length}", partial(self.set_manner, replace(self.manner, length=length))
        for pace in PACES:
            yield f"pace: {pace}", partial(self.set_manner, replace(self.manner, pace=pace))

    def action_copy(self) -> None:
        if self.session is not None and self.session.story.path:
            self.notify(copy(self.tale, export.to_text(self.session.story)))
