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
from tinytales.inside.odds import chances
from tinytales.story.library import OpenStory
from tinytales.story.saver import SaveState
from tinytales.story.telling import Order
from tinytales.tui.context import in_sight
from tinytales.tui.openings import strange_names
from tinytales.tui.session import Manner, Session
from tinytales.tui.stage import Stage
from tinytales.tui.widgets.desk import Desk, Look
from tinytales.tui.widgets.story_view import Tail

if TYPE_CHECKING:
    from tinytales.tui.app import TinytalesApp

_FRAME = 1 / 30  # seconds
_LIKELY_NEXT = 24  # tokens whose chances are asked for
READ_ONLY = "This story can only be read here."
ENDINGS = ("Another ending", "What happens next", "End it here", "A new story")
AFTER_THE_END = ("Read it", "Make a booklet", "A new story")


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
        self.session: Session | None = None
        self.stage: Stage | None = None
        self._path = path
        self._look = Look()
        self._upcoming: Sequence[Alternative] = ()
        self._counts: dict[str, int] = {}
        self._used = 0
        self._saving = SaveState()
        self._wanted: Callable[[Engine], None] | None = None

    @property
    def tale(self) -> "TinytalesApp":
        return cast("TinytalesApp", self.app)

    @property
    def desk(self) -> Desk:
        return self.query_one(Desk)

    def compose(self) -> ComposeResult:
        yield Desk()

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
        self._counts, self._upcoming, self._look = {}, (), replace(self._look, token=None, search="")
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
        self.desk.next.show("What comes next", chances(self._upcoming, manner.sampling))

    # Drawing

    def draw(self) -> None:
        """Draw everything anew."""
        if self.session is None or self.stage is None or not self.is_mounted:
            return
        forgotten = self._measure()
        self.desk.mark(self.stage, self._look, forgotten)
        self.desk.draw(self.stage, self.tail())
        self.draw_status()
        self.desk.hints.show(self.hints())
        if not self.stage.busy:
            self._look_ahead()

    def draw_status(self) -> None:
        """Draw the line at the top."""
        if self.session is None or self.stage is None:
            return
        engine, stage = self.tale.engine, self.stage
        name = engine.name if engine else "no model" if self.tale.trouble else "waking the model…"
        used = self._used + (len(stage.telling.pieces) if stage.telling is not None else 0)
        context = f"context {min(100, round(100 * used / engine.context_length))}%" if engine else ""
        rate = f"{stage.rate:,.0f} tokens/s" if stage.rate else ""
        self.desk.status.show(stage.title, [self._saved_mark(), name, context, rate])

    def tail(self) -> Tail:
        """What is asked beneath the story."""
        session, stage = self.session, self.stage
        if session is None or stage is None:
            return Tail()
        if stage.pick is not None:
            return Tail("Which word?", tuple(option.strip() for option in stage.pick.options))
        if stage.busy:
            return Tail()
        if session.story.finished and session.at_end:
            return Tail("❦  The end.", AFTER_THE_END)
        if session.ended:
            return Tail("The story has come to its end.", ENDINGS)
        waiting = len(session.story.children(session.story.cursor))
        if session.at_end and waiting:
            return Tail(f"{waiting} {'takes wait' if waiting > 1 else 'take waits'} here: ↓ brings it back")
        return Tail("" if session.story.path else "space: the model begins  ·  enter: you do")

    def hints(self) -> Sequence[tuple[str, str, str]]:
        """What helps now: (action, key, label), in order."""
        stage, key = self.stage, self.tale.key_for
        if stage is not None and stage.pick is not None:
            return [("", "1-4", "pick a word"), ("go_on", key("go_on"), "the teller's"), ("close", "esc", "stop here")]
        if stage is not None and stage.busy:
            paused = stage.reveal is not None and stage.reveal.paused
            do = ("go_on", key("go_on"), "go on" if paused else "pause")
            return [do, ("close", key("close"), "stop here"), ("pace", key("pace"), "faster"),
                    ("write", key("write"), "your words"), ("app.help", key("help"), "keys")]  # fmt: skip
        names = ["go_on", "write", "retake", "step_back", "takes", "map", "words", "undo", "library"]
        found = [(name, key(name), _SHORT[name]) for name in names]
        found.insert(4, ("app.help", key("help"), "keys"))
        if self.session is not None and self.session.here is not None:
            takes = self.session.story.takes(self.session.here.id)
            if len(takes) > 1:
                which = f"take {takes.index(self.session.here.id) + 1} of {len(takes)}"
                found.insert(2, ("take(1)", "←→", which))
        return found

    def _saved_mark(self) -> str:
        assert self.session is not None
        if self.session.opened.read_only:
            return "read only"
        state = self.session.saving
        if state.error:
            return f"✗ not saved: {state.error}"
        if self.stage is not None and self.stage.telling is not None:
            return "… telling"
        if state.pending:
            return "… saving"
        return "✓ saved" if self.session.story.path else ""

    def _measure(self) -> str | None:
        """Count what the model sees; returns the first passage that it sees, where it doesn't see all."""
        engine, session = self.tale.engine, self.session
        if engine is None or session is None:
            return None
        path = session.story.path
        for passage in path:
            if passage.id not in self._counts:
                self._counts[passage.id] = engine.count_tokens(passage.text)
        self._used, first = in_sight([self._counts[passage.id] for passage in path], engine.context_length)
        return path[first].id if first else None

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
        one = replace(self.manner.sampling, max_tokens=1)
        try:
            pieces = list(engine.generate(text, one, alternatives=_LIKELY_NEXT))
        except Exception:  # a look ahead is no reason to stop: a passage that fails says why
            return
        if pieces:
            self.app.call_from_thread(self._show_ahead, text, pieces[0].alternatives)

    def _show_ahead(self, text: str, alternatives: Sequence[Alternative]) -> None:
        session = self.session
        if session is None or self.stage is None or self.stage.busy:
            return
        if text != session.story.text_to(session.story.cursor):
            return
        self._upcoming = alternatives
        self.desk.next.show("What comes next", chances(alternatives, self.manner.sampling))


_SHORT = {
    "go_on": "go on", "write": "your words", "retake": "new take", "step_back": "step back", "takes": "four takes",
    "map": "map", "words": "other words", "undo": "undo", "library": "library",
}  # fmt: skip
