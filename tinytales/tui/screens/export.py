"""Export: which form the story shall have."""

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from tinytales.tui.widgets.choices import Choices

_FORMS = (
    ("html", "A booklet to print (.html)"),
    ("txt", "Plain text (.txt)"),
    ("md", "Markdown (.md)"),
    ("json", "Everything, every take and all odds (.json)"),
)


class ExportScreen(ModalScreen[str | None]):
    """Choose a form; the answer is the file's suffix.

    Args:
        folder: where the file will be, as people read it.
    """

    BINDINGS = [  # noqa: RUF012 - as Textual declares it
        Binding("escape,x,q", "leave", "back", show=False),
        Binding("up", "step(-1)", "up", show=False),
        Binding("down", "step(1)", "down", show=False),
        Binding("enter,space", "choose", "this one", show=False),
        *(Binding(str(number + 1), f"choose({number})", show=False) for number in range(len(_FORMS))),
    ]

    def __init__(self, folder: str) -> None:
        super().__init__()
        self._folder = folder
        self._here = 0

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = "Export"
            yield Choices([label for _, label in _FORMS], cursor=0)
            yield Static(f"goes to {self._folder}", classes="faint", markup=False)

    def action_step(self, step: int) -> None:
        self._here = (self._here + step) % len(_FORMS)
        self.query_one(Choices).show([label for _, label in _FORMS], self._here)

    def action_choose(self, number: int | None = None) -> None:
        self.dismiss(_FORMS[self._here if number is None else number][0])

    def action_leave(self) -> None:
        self.dismiss(None)

    def on_choices_chosen(self, message: Choices.Chosen) -> None:
        self.action_choose(message.number)
