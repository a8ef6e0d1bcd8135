"""The application: its screens, its colours, its keys, and the model that is loaded behind the first picture."""

import gc
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, TypeVar, cast

from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import Screen

from tinytales.errors import TinytalesError
from tinytales.inference.engine import Engine
from tinytales.story.library import Library
from tinytales.tui import keymap, signals
from tinytales.tui.screens.story import StoryScreen
from tinytales.tui.session import Manner
from tinytales.tui.themes import BEDTIME, PAPER, default_theme, plain

if TYPE_CHECKING:
    from textual.timer import Timer

# Turns a model that was taught to answer into an engine whose prompts are requests in plain words; None for others.
Answering = Callable[[Engine], Engine | None]

_Kept = TypeVar("_Kept", bound=Screen[None])

_PATIENCE = 0.5  # seconds without a change after which it is kept
_RARELY = 1_000  # rounds of looking for garbage before all that is old is looked through too; 10 is Python's

_NAMES = {
    "left_square_bracket": "[", "right_square_bracket": "]", "escape": "esc", "backspace": "⌫", "space": "space",
    "enter": "enter", "left": "←", "right": "→", "up": "↑", "down": "↓", "slash": "/", "question_mark": "?",
    "colon": ":",
}  # fmt: skip


class TinytalesApp(App[None]):
    """The storytelling session.

    Args:
        load: loads the model; called on a thread once the first picture is on the screen. It may raise TinytalesError.
        library: where stories are kept.
        story: the story to open; None to ask.
        keys: the reader's own keys, by what they do.
        answering: how to ask a model in plain words, if it can be asked.
        manner: how stories are told to begin with.
        theme: its colours; "" for those that suit the terminal.
        remember: keeps theme and manner for the next time, whenever one of them was changed; it may raise OSError.
    """

    TITLE = "tinytales"
    CSS_PATH = "start.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(key.keys, key.action, key.short, id=key.id, show=False) for key in keymap.APP
    ]

    def __init__(
        self,
        load: Callable[[], Engine],
        library: Library,
        story: Path | None = None,
        keys: Mapping[str, str] | None = None,
        answering: Answering = lambda _: None,
        manner: Manner | None = None,
        theme: str = "",
        remember: Callable[[str, Manner], None] = lambda *_: None,
    ) -> None:
        # Textual decides here how it leaves colours out; with the terminal's own there are none left at all.
        super().__init__(ansi_color=True if plain() else None)
        self.library = library
        self.engine: Engine | None = None
        self.trouble: TinytalesError | None = None
        self.answers: Engine | None = None
        self._load = load
        self._story = story
        self._manner = manner or Manner()
        self._answering = answering
        self.register_theme(BEDTIME)
        self.register_theme(PAPER)
        self._wanted_theme = theme
        self.theme = theme if theme in self.available_themes and not plain() else default_theme()
        self._remember = remember
        self._to_remember: Timer | None = None
        self.set_keymap(dict(keys or {}))

    def get_default_screen(self) -> Screen[None]:
        return StoryScreen(self._story, self._manner)

    def on_ready(self) -> None:
        if not self.is_headless:
            signals.heed(self._end)
        self.call_after_refresh(self._furnish)

    def _furnish(self) -> None:
        """What the first picture could do without."""
        self.stylesheet.read(Path(__file__).with_name("tinytales.tcss"))
        self.refresh_css(animate=False)
        self.desk.furnish()
        self.run_worker(self._wake_model, thread=True, name="load")

    def _end(self, code: int) -> None:
        self.desk.put_away()
        self.exit(return_code=code)

    def watch_theme(self) -> None:
        if self.is_running:
            self.remember_soon()

    def remember_soon(self) -> None:
        """Keep how stories are told, and the colours, once the reader has stopped changing them."""
        if self._to_remember is not None:
            self._to_remember.stop()
        self._to_remember = self.set_timer(
            _PATIENCE, lambda: self.run_worker(self._remember_now, thread=True, group="remember")
        )

    def _remember_now(self) -> None:
        self._to_remember = None
        # Where no colours are wanted there is no theme to choose; the one for other terminals stays.
        chosen = self._wanted_theme if plain() else self.theme
        try:
            self._remember("" if chosen == default_theme() else chosen, self.desk.manner)
        except OSError as error:
            self.notify(f"How to tell can't be remembered: {error.strerror}.", severity="warning")

    def _wake_model(self) -> None:
        try:
            engine = self._load()
            answers = self._answering(engine)
        except TinytalesError as error:
            self.call_from_thread(self._woken, None, None, error)
        except Exception as error:  # a damaged model must not take the stories with it
            trouble = TinytalesError(f"The model can't be loaded: {error}", "see `tinytales doctor`")
            self.call_from_thread(self._woken, None, None, trouble)
        else:
            self.call_from_thread(self._woken, engine, answers, None)

    def _woken(self, engine: Engine | None, answers: Engine | None, trouble: TinytalesError | None) -> None:
        self.engine, self.answers, self.trouble = engine, answers, trouble
        for screen in self.screen_stack:
            if (awake := getattr(screen, "model_is_awake", None)) is not None:
                awake()
        if not self.is_headless:
            _look_for_garbage()

    @property
    def desk(self) -> StoryScreen:
        """The main screen, whatever lies above it."""
        screen = self.screen_stack[0]
        assert isinstance(screen, StoryScreen)
        return screen

    def key_for(self, action: str) -> str:
        """The key that does something now, as people read it."""
        return self.keys_for(next(key for key in keymap.ALL if key.action == action)).split(" ")[0]

    def keys_for(self, key: keymap.Key) -> str:
        """All keys that do something now, as people read them."""
        names = self._keymap.get(key.id, key.keys).split(",")
        return " ".join(_NAMES.get(name) or self.get_key_display(Binding(name, key.action)) for name in names)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        desk = self.desk
        if screen is desk:
            for key in (*keymap.CORE, *keymap.LETTERS):
                yield SystemCommand(f"{key.short} ({self.key_for(key.action)})", key.long, desk.runner(key.action))
            for title, action in desk.more_commands():
                yield SystemCommand(title, "", action)
        yield SystemCommand("keys (?)", "All keys", self.action_help)
        yield SystemCommand("colours", "Choose a theme; ansi-dark keeps to the terminal's own", self.search_themes)
        yield SystemCommand("quit (q)", "Leave; everything is saved", self.action_leave)

    def action_help(self) -> None:
        from tinytales.tui.screens.help import HelpScreen

        if not isinstance(self.screen, HelpScreen):
            self.push_screen(self.kept(HelpScreen, lambda: HelpScreen(self.keys_for)))

    def kept(self, kind: type[_Kept], make: Callable[[], _Kept]) -> _Kept:
        """The one screen of a kind that is opened again and again: making one takes longer than all else a key does."""
        if not self.is_screen_installed(kind.__name__):
            self.install_screen(make(), kind.__name__)
        return cast("_Kept", self.get_screen(kind.__name__))

    async def action_quit(self) -> None:
        self.action_leave()

    def action_leave(self) -> None:
        """Save, and leave; where saving fails, say so and ask."""
        if self._to_remember is not None:
            self._remember_now()
        state = self.desk.put_away()
        if state.pending == 0:
            self.exit()
            return
        from tinytales.tui.screens.save_trouble import SaveTroubleScreen

        self.push_screen(SaveTroubleScreen(state.error), self.desk.after_save_trouble)

    def action_help_quit(self) -> None:
        self.notify(f"{self.key_for('quit')} leaves; everything is saved.")


def _look_for_garbage() -> None:
    """From now on, but not in what is there already, which stays, and seldom in all: that holds up a key for long."""
    gc.freeze()
    gc.set_threshold(*gc.get_threshold()[:2], _RARELY)
    gc.enable()
