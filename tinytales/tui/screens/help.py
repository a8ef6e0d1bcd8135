"""All keys."""

from collections.abc import Callable, Sequence

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from tinytales.tui import keymap
from tinytales.tui.layout import wrap
from tinytales.tui.widgets.bars import HintLine, StatusLine

_ABOUT = (
    "A story grows passage by passage. Every passage can be told again, and every telling is kept: nothing is ever "
    "overwritten, and everything can be undone. The keys of the first list are all that is needed."
)
_CHOOSE = keymap.Key("choose", "1", "choose", "Choose what is offered beneath the story: an ending, a word, a take")
_KEYS_WIDTH = 14


class HelpScreen(Screen[None]):
    """The keys as they are now.

    Args:
        keys_for: the keys of an action, as people read them.
    """

    BINDINGS = [  # noqa: RUF012 - as Textual declares it
        Binding("escape,question_mark,f1,q,enter", "leave", "leave", show=False)
    ]

    def __init__(self, keys_for: Callable[[keymap.Key], str]) -> None:
        super().__init__()
        self._keys_for = keys_for

    def compose(self) -> ComposeResult:
        yield StatusLine()
        with VerticalScroll():
            yield Static(id="keys")
        yield HintLine()

    def on_mount(self) -> None:
        self.query_one(StatusLine).show("Keys", [])
        self.query_one(HintLine).show([("leave", "esc", "back to the story"), ("", "↑↓", "more")])
        self.query_one(VerticalScroll).focus()

    def on_resize(self) -> None:
        width = max(30, min(96, self.size.width - 6))
        lines: list[Content] = [Content(""), *_wrapped(_ABOUT, width)]
        for title, keys in (
            ("Enough to tell any story", (*keymap.CORE, _CHOOSE)),
            ("More", keymap.LETTERS),
            ("Anywhere", keymap.APP),
        ):
            lines += [Content(""), Content.styled(title, "bold $accent")]
            lines += self._rows(keys, width)
        lines += [Content(""), *_wrapped(f'Your own keys: lines such as  retake = "ctrl+r"  in {keymap.file()}', width)]
        lines.append(Content.styled(f"Names for that file: {', '.join(key.id for key in keymap.ALL)}", "dim"))
        self.query_one("#keys", Static).update(Content("\n").join(lines))

    def on_hint_line_clicked(self) -> None:
        self.action_leave()

    def action_leave(self) -> None:
        self.dismiss()

    def _rows(self, keys: Sequence[keymap.Key], width: int) -> list[Content]:
        rows = []
        for key in keys:
            names = "1-9" if key is _CHOOSE else self._keys_for(key)
            first, *rest = _wrapped(key.long, width - _KEYS_WIDTH)
            rows.append(Content.assemble((names.ljust(_KEYS_WIDTH), "bold"), first))
            rows += [Content.assemble(" " * _KEYS_WIDTH, line) for line in rest]
        return rows


def _wrapped(text: str, width: int) -> list[Content]:
    return [Content(text[start:end].rstrip()) for start, end in wrap(text, width)]
