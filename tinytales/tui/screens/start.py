"""The first screen: what this is, which model tells, and how a story may begin."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.screen import Screen
from textual.widgets import Input, Static

from tinytales.story.library import Library
from tinytales.tui.layout import shown
from tinytales.tui.openings import PROMPTS, opening_for
from tinytales.tui.widgets.choices import Choices

_WELCOME = (
    "A small language model on this computer tells a story, and you tell it too: let it go on, have it try another "
    "way, add your own words. Nothing you make is ever lost."
)


@dataclass(frozen=True)
class Begin:
    """Begin a story with these words; none lets the model begin."""

    prompt: str


@dataclass(frozen=True)
class Reopen:
    """Go on with a story of the library."""

    path: Path


Choice = Begin | Reopen


class StartScreen(Screen[Choice | None]):
    """Begin a story, or go on with the latest.

    Args:
        library: whose stories.
        model: which model tells, or what is wrong with it; asked again when the model has been loaded.
        latest: path and title of the story to continue, if there is one.
        first: whether this is the first run, and wants an explanation.
        can_leave: whether there is a story to go back to.
    """

    BINDINGS = [  # noqa: RUF012 - as Textual declares it
        Binding("space", "choose(0)", "begin", show=False),
        Binding("enter", "who", "who is in it?", show=False),
        Binding("escape", "leave", "back", show=False),
        Binding("o", "library", "library", show=False),
        *(Binding(str(number + 1), f"choose({number})", show=False) for number in range(6)),
    ]
    AUTO_FOCUS = ""

    def __init__(
        self,
        library: Library,
        model: Callable[[], str],
        latest: tuple[Path, str] | None = None,
        *,
        first: bool,
        can_leave: bool = False,
    ) -> None:
        super().__init__()
        self._library = library
        self._model = model
        self._latest = latest
        self._first = first
        self._can_leave = can_leave

    @property
    def _labels(self) -> Sequence[str]:
        go_on = [f"Go on with “{shown(self._latest[1])}”"] if self._latest else []
        return [*go_on, *(f"{prompt}…" for prompt in PROMPTS[: 4 - len(go_on)]), "Surprise me"]

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="welcome", can_focus=False):
            yield Static("t i n y t a l e s", id="name")
            if self._first:
                yield Static(_WELCOME, id="about")
            yield Static(self._model(), id="model", classes="faint", markup=False)
            yield Choices(self._labels)
            who = Input(placeholder="a name, an animal, a thing, or a first sentence")
            who.border_title = "Who is in it?"
            yield who
            yield Static(self._keys(), classes="faint", markup=False)

    def on_resize(self, event: events.Resize) -> None:
        self.set_class(event.size.height < 22, "-low")

    def model_is_awake(self) -> None:
        """Say which model it is."""
        for line in self.query("#model").results(Static):  # none yet, or none any more
            line.update(self._model())

    def action_choose(self, number: int) -> None:
        if self._latest:
            number -= 1
        if number == -1 and self._latest:
            self.dismiss(Reopen(self._latest[0]))
        elif 0 <= number < len(self._labels) - 1 - bool(self._latest):
            self.dismiss(Begin(PROMPTS[number]))
        elif number == len(self._labels) - 1 - bool(self._latest):
            self.dismiss(Begin(""))

    def action_who(self) -> None:
        self.query_one(Input).focus()

    def action_leave(self) -> None:
        if self.focused is not None:
            self.set_focus(None)
        elif self._can_leave:
            self.dismiss(None)

    def action_library(self) -> None:
        from tinytales.tui.screens.library import LibraryScreen

        def opened(path: Path | None) -> None:
            if path is not None:
                self.dismiss(Reopen(path))

        self.app.push_screen(LibraryScreen(self._library), opened)

    def on_choices_chosen(self, message: Choices.Chosen) -> None:
        self.action_choose(message.number)

    def on_input_submitted(self, message: Input.Submitted) -> None:
        words = message.value.strip()
        if words:
            self.dismiss(Begin(words if words[-1] in ".!?" or len(words.split()) > 6 else opening_for(words)))

    def on_key(self, event: events.Key) -> None:
        if event.key in ("down", "up") and self.focused is not None:
            self.set_focus(None)

    def _keys(self) -> str:
        back = "esc back · " if self._can_leave else ""
        return f"1-{len(self._labels)} choose · enter write · o library · {back}? keys · q quit"
