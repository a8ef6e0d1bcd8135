"""A passage in other words."""

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static, TextArea


class EditScreen(ModalScreen[tuple[bool, str]]):
    """Edit a text. The answer says whether to keep it; what was typed comes back either way."""

    BINDINGS = [  # noqa: RUF012 - as Textual declares it
        Binding("ctrl+s,f2", "keep", "keep", priority=True, show=False),
        Binding("escape", "leave", "leave", priority=True, show=False),
    ]

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = "In your own words"
            yield TextArea(self._text, soft_wrap=True, show_line_numbers=False)
            yield Static("ctrl+s or F2: keep as a take of its own · esc: leave", classes="faint", markup=False)

    def on_mount(self) -> None:
        area = self.query_one(TextArea)
        area.focus()
        area.move_cursor(area.document.end)

    def action_keep(self) -> None:
        self.dismiss((True, self.query_one(TextArea).text))

    def action_leave(self) -> None:
        self.dismiss((False, self.query_one(TextArea).text))
