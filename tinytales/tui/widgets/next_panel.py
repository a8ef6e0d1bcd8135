"""What could come next, and how likely it is."""

from collections.abc import Sequence

from textual import events
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from tinytales.inside.odds import Chance, bar, label, percent

_WORD_WIDTH = 11
_RULED_OUT = 3  # so many of the tokens that the settings rule out are shown


class NextPanel(Widget):
    """A line for each likely token: its text, a bar, its probability; the one that was said is marked."""

    class Picked(Message):
        """The reader clicked a token (from 0)."""

        def __init__(self, number: int) -> None:
            super().__init__()
            self.number = number

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.chances: Sequence[Chance] = ()
        self._said: int | None = None
        self._title = ""

    def show(self, title: str, chances: Sequence[Chance], said: int | None = None) -> None:
        """Show chances, best first; `said` is the id of the token that was said."""
        possible = sum(chance.probability > 0 for chance in chances)
        chances = chances[: possible + _RULED_OUT]  # a panel full of what can't come says less than a few
        if (title, chances, said) != (self._title, self.chances, self._said):
            self._title, self.chances, self._said = title, chances, said
            self.refresh()

    def on_click(self, event: events.Click) -> None:
        number = event.get_content_offset_capture(self).y - 2
        if 0 <= number < min(len(self.chances), self.size.height - 2):
            self.post_message(self.Picked(number))

    def render(self) -> Content:
        width = max(4, self.size.width - _WORD_WIDTH - 8)
        lines = [Content.styled(self._title, "bold"), Content("")]
        for chance in self.chances[: max(0, self.size.height - 2)]:
            said = chance.alternative.token == self._said
            word = label(chance.alternative.text)[:_WORD_WIDTH].ljust(_WORD_WIDTH)
            ruled_out = chance.probability == 0
            style = "bold $accent" if said else "dim" if ruled_out else ""
            odds = " ---" if ruled_out else percent(chance.probability)
            lines.append(
                Content.assemble(
                    ("▸" if said else " ", style), (word, style), (bar(chance.probability, width), style), f" {odds}"
                )
            )
        return Content("\n").join(lines)
