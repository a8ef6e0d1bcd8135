"""The line for one's own words, for a search, a title, a request."""

from textual.binding import Binding
from textual.widgets import Input


class LineInput(Input):
    """One line; what it is for is in `purpose`. Leaving it keeps what was typed until the next time."""

    BINDINGS = [Binding("escape", "screen.close_line", "leave", show=False)]  # noqa: RUF012 - as Textual declares it

    def __init__(self, purpose: str, title: str, text: str = "") -> None:
        super().__init__(text, select_on_focus=False)
        self.purpose = purpose
        self.border_title = title
        self.border_subtitle = "enter: done · esc: leave"
