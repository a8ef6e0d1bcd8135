"""The main screen without its keys: it opens stories, has passages told, and draws what there is to see."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

from textual import events
from textual.app import ComposeResult
from textual.screen import Screen

from tinytales.errors import MissingError
from tinytales.inference.engine import Alternative, Engine
from tinytales.inside.odds import alternatives_after, chances
from tinytales.story.library import OpenStory
from tinytales.story.saver import SaveState
from tinytales.story.telling import Order
from tinytales.tui import saying
from tinytales.tui.context import Sight
from tinytales.tui.marks import Tail
from tinytales.tui.openings import strange_names
from tinytales.tui.session import Manner, Session
from tinytales.tui.stage import Stage
from tinytales.tui.widgets.desk import Desk, Look

if TYPE_CHECKING:
    from tinytales.tui.app import TinytalesApp
    from tinytales.tui.screens.sampling import SamplingScreen

_FRAME = 1 / 20  # seconds
_LIKELY_NEXT = 24  # tokens whose chances are asked for
READ_ONLY = "This story can only be read here."


class DeskScreen(Screen[None]):
    """See the module.

    Args:
        path: the story to open; None to ask.
        manner: how stories are told to begin with.
    """

    AUTO_FOCUS = ""

    def __init__(self, path: Path | None, manner: Manner) -> None:
        super().__init__()
        self.manner = manner
        self.desk = Desk()
        self.session: Session | None = None
        self.stage: Stage | None = None
        self._path = path
        self._look = Look()
        self._upcoming: Sequence[Alternative] = ()
        self._panel: SamplingScreen | None = None
        self._sight = Sight()
        self._saving = SaveState()
        self._wanted: Callable[[Engine], None] | None = None

    @property
    def tale(self) -> "TinytalesApp":
        return cast("TinytalesApp", self.app)

    def compose(self) -> ComposeResult:
        if self._path is not None:
            yield self.desk

    def furnish(self) -> None:
        """Put the desk there, if it isn't yet: the first picture of a session that asks first does without it."""
        if self.is_attached and not self.desk.is_attached:
            self.mount(self.desk)
            self.desk.make_room(self.size.width, self._look)
            self.call_after_refresh(self.draw)

    def on_mount(self) -> None:
        self.set_interval(_FRAME, self._frame)
        if self._path is not None:
            self.open(self._path)
        if self.session is None:
            self.welcome()

    def on_resize(self, event: events.Resize) -> None:
        self.desk.make_room(event.size.width, self._look)
        self.call_after_refresh(self.draw)

    # Stories

    def open(self, path: Path) -> None:
        """Open a story of the library in the place of the one that is open."""
        try:
            opened = self.tale.library.open(path)
        except MissingError as error:
            self.notify(f"{error.what}. {error.hint}", severity="error", timeout=10)
            return
        self._take_up(opened)
        for note in opened.notes:
            self.notify(note, severity="warning", timeout=12)

    def begin(self, prompt: str) -> None:
        """Begin a new story with these words; with none, the model begins."""
        self._take_up(self.tale.library.new(prompt))
        assert self.session is not None
        if prompt:
            self.session.write(prompt, "prompt")
        self.draw()
        self.tell(lambda session: session.order(session.story.cursor))
        self._about_names(prompt)

    def put_away(self) -> SaveState:
        """Settle what is being told, and save."""
        if self.session is None or self.stage is None:
            return SaveState()
        self.stage.settle()
        return self.session.flush()

    def _take_up(self, opened: OpenStory) -> None:
        if self.session is not None:
            self.put_away()
            self.session.close()
        self.session = Session(opened, self.manner)
        self.stage = Stage(self.session)
        self.furnish()
        self._sight, self._upcoming, self._look = Sight(), (), replace(self._look, token=None, search="")
        self.desk.view.follow()
        self.draw()

    def on_unmount(self) -> None:
        if self.session is not None:
            self.put_away()
            self.session.close()

    def welcome(self, *, can_leave: bool = False) -> None:
        """Ask how a story shall begin."""
        raise NotImplementedError

    # Telling

    def with_engine(self, do: Callable[[Engine], None]) -> None:
        """Do something with the model, as soon as there is one."""
        if self.tale.engine is not None:
            do(self.tale.engine)
        elif self.tale.trouble is not None:
            trouble = self.tale.trouble
            self.notify(f"{trouble.what}. {trouble.hint}", title="No model", severity="error", timeout=10)
        else:
            self._wanted = do
            self.notify("The model is waking up; the story goes on as soon as it has.")

    def model_is_awake(self) -> None:
        """The model has been loaded, or can't be."""
        wanted, self._wanted = self._wanted, None
        if wanted is not None:
            self.with_engine(wanted)
        self.draw()

    def tell(self, order: Callable[[Session], Order], shown: int = 0) -> None:
        """Have a passage told, of which some characters are shown already; an answer is told by who answers."""

        def start(engine: Engine) -> None:
            if self.session is None or self.stage is None:
                return
            if self.session.opened.read_only:
                self.notify(READ_ONLY, severity="warning")
                return
            self.stage.settle()
            wanted = order(self.session)
            teller = self.tale.answers if wanted.request else engine
            self.stage.start(teller or engine, wanted, shown)
            self.desk.view.follow()
            self.draw()

        self.with_engine(start)

    def _frame(self) -> None:
        stage = self.stage
        if stage is None or self.session is None:
            return
        if stage.busy and stage.tick(time.monotonic()):
            if stage.busy and stage.pick is None:
                self.desk.draw(stage, Tail())
                self.desk.draw_live_odds(stage)
                self.draw_status()
            else:
                self.draw()
        if stage.notice:
            self.notify(stage.notice, severity="warning")
            stage.notice = ""
        if self.session.saving != self._saving:
            failed = self.session.saving.error and not self._saving.error
            self._saving = self.session.saving
            self.draw_status()
            if failed:
                self.notify(
                    f"{self._saving.error}. Nothing is lost while this stays open; saving is tried again and again.",
                    title="Not saved", severity="error", timeout=10,
                )  # fmt: skip

    # Changing

    def may_change(self) -> bool:
        """Whether the story can be changed; says so if it can't."""
        if self.session is not None and self.session.opened.read_only:
            self.notify(READ_ONLY, severity="warning")
            return False
        return self.session is not None

    def settle(self) -> None:
        """Be done with what is being told."""
        if self.stage is not None and self.stage.busy:
            self.stage.settle()
            self.draw()

    def change(self, deed: Callable[[Session], bool], otherwise: str = "") -> None:
        """Do something to the story, and show it; `otherwise` is said where it did nothing."""
        session = self.session
        if session is None:
            return
        self.settle()
        if not deed(session):
            if session.opened.read_only:
                self.may_change()
            elif otherwise:
                self.notify(otherwise, timeout=3)
        self.draw()
        if session.story.cursor is not None:
            self.desk.view.bring_to_sight(session.story.cursor)

    def set_manner(self, manner: Manner) -> None:
        """Tell stories in another manner from now on; a reveal on its way takes the new pace at once."""
        self.manner = manner
        if self.session is not None:
            self.session.manner = manner
        if self.stage is not None and self.stage.reveal is not None:
            self.stage.reveal.pace = manner.pace
        self.tale.remember_soon()
        self.desk.next.show("What comes next", chances(self._upcoming, manner.sampling))

    # Drawing

    def draw(self) -> None:
        """Draw everything anew."""
        if self.session is None or self.stage is None or not self.desk.is_mounted:
            return
        engine = self.tale.engine
        forgotten = self._sight.look(self.session.story.path, engine) if engine is not None else None
        self.desk.mark(self.stage, self._look, forgotten)
        self.desk.draw(self.stage, self.tail())
        self.draw_status()
        self.desk.hints.show(saying.hints(self.session, self.stage, self.tale.key_for))
        if not self.stage.busy:
            self._look_ahead()

    def draw_status(self) -> None:
        """Draw the line at the top."""
        if self.session is None or self.stage is None:
            return
        pieces = self.stage.telling.pieces if self.stage.telling is not None else ()
        used, trouble = self._sight.used + len(pieces), self.tale.trouble is not None
        facts = saying.facts(self.session, self.stage, self.tale.engine, used, trouble=trouble)
        self.desk.status.show(self.stage.title, facts)

    def tail(self) -> Tail:
        """What is asked beneath the story."""
        if self.session is None or self.stage is None:
            return Tail()
        return saying.question(self.session, self.stage)

    def _about_names(self, text: str) -> None:
        """Say which names the model has never met."""
        engine = self.tale.engine
        if engine is None:
            return
        if names := strange_names(text, engine.count_tokens):
            them = " and ".join(f"“{name}”" for name in names[:3])
            self.notify(f"{engine.name} has hardly met {them}: it spells it in small pieces and may lose its way.")

    def _look_ahead(self) -> None:
        """Ask what could come next, where someone can see it."""
        session, engine = self.session, self.tale.engine
        self._upcoming = ()
        self.desk.next.show("What comes next", ())
        if engine is None or session is None or not self.desk.next.display or not session.story.path:
            return
        text = session.story.text_to(session.story.cursor)
        self.run_worker(partial(self._ask_ahead, engine, text), thread=True, group="ahead", exclusive=True)

    def _ask_ahead(self, engine: Engine, text: str) -> None:
        try:
            likely = alternatives_after(engine, text, self.manner.sampling, _LIKELY_NEXT)
        except Exception:  # a look ahead is no reason to stop: a passage that fails says why
            return
        self.app.call_from_thread(self._show_ahead, text, likely)

    def _show_ahead(self, text: str, alternatives: Sequence[Alternative]) -> None:
        session = self.session
        if session is None or self.stage is None or self.stage.busy:
            return
        if text != session.story.text_to(session.story.cursor):
            return
        self._upcoming = alternatives
        self.desk.next.show("What comes next", chances(alternatives, self.manner.sampling))
        if self._panel is not None:
            self._panel.take(self.manner, alternatives)
