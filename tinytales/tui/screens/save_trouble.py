"""Something can't be saved, and the reader wants to leave."""

from typing import Literal

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from tinytales.tui.layout import shown
from tinytales.tui.widgets.choices import Choices

Answer = Literal["stay", "again", "elsewhere", "leave"]
_ANSWERS: tuple[Answer, ...] = ("again", "elsewhere", "stay", "leave")


class SaveTroubleScreen(ModalScreen[Answer]):
    """Say what is wrong; nothing is lost while the session lasts."""

    BINDINGS = [  # noqa: RUF012 - as Textual declares it
        Binding("escape", "choose(2)", "stay", show=False),
        *(Binding(str(number + 1), f"choose({number})", show=False) for number in range(len(_ANSWERS))),
    ]

    def __init__(self, error: str) -> None:
        super().__init__()
        self._error = error

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = "Not everything is saved"
            yield Static(f"{shown(self._error)}. The story is whole as long as this stays open.\n", markup=False)
            yield Choices(
                ["Try once more", "Put the whole story (.json) into the home folder", "Stay here", "Leave all the same"]
            )

    def action_choose(self, number: int) -> None:
        self.dismiss(_ANSWERS[number])

    def on_choices_chosen(self, message: Choices.Chosen) -> None:
        self.action_choose(message.number)
