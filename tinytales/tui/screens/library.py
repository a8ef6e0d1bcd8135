"""The library: every story, the latest first; search, look in, open."""

from datetime import datetime
from pathlib import Path

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from tinytales.story.library import Entry, Library
from tinytales.tui.layout import shown
from tinytales.tui.widgets.bars import HintLine, StatusLine

_WIDE = 90
_PREVIEW = 3000  # characters


class LibraryScreen(Screen[Path | None]):
    """Choose a story.

    Args:
        library: whose stories.
    """

    BINDINGS = [  # noqa: RUF012 - as Textual declares it
        Binding("escape", "leave", "back", show=False),
        Binding("slash", "search", "search", show=False),
        Binding("space", "open", "open", show=False),
    ]

    def __init__(self, library: Library) -> None:
        super().__init__()
        self._library = library
        self._entries: list[Entry] = []
        self._found: list[Entry] = []

    def compose(self) -> ComposeResult:
        yield StatusLine()
        with Horizontal(id="shelf"):
            yield OptionList(markup=False)
            with VerticalScroll(id="preview", can_focus=False):
                yield Static(markup=False)
        yield HintLine()

    def on_mount(self) -> None:
        self.query_one(StatusLine).show("Library", ["reading…"])
        self.query_one(HintLine).show([
            ("open", "enter", "open"), ("search", "/", "search"), ("leave", "esc", "back")
        ])  # fmt: skip
        self.query_one(OptionList).focus()
        self.run_worker(self._read, thread=True, name="library")

    def on_resize(self, event: events.Resize) -> None:
        self.set_class(event.size.width < _WIDE, "-narrow")

    def _read(self) -> None:
        entries = self._library.entries()
        self.app.call_from_thread(self._show, entries)

    def _show(self, entries: list[Entry]) -> None:
        self._entries = entries
        self._filter("")

    def _filter(self, words: str) -> None:
        wanted = words.casefold().split()
        self._found = [
            one for one in self._entries if all(word in f"{one.title}\n{one.text}".casefold() for word in wanted)
        ]
        shelf = self.query_one(OptionList)
        shelf.clear_options()
        shelf.add_options([Option(_label(entry)) for entry in self._found])
        if self._found:
            shelf.highlighted = 0
        else:
            nothing = "No story has these words." if self._entries else "No stories yet. esc, and begin one."
            shelf.add_option(Option(nothing, disabled=True))
            self.query_one(Static).update("")
        many = len(self._found)
        self.query_one(StatusLine).show("Library", [f"{many} stor{'y' if many == 1 else 'ies'}"])

    def on_option_list_option_highlighted(self, message: OptionList.OptionHighlighted) -> None:
        if message.option_index < len(self._found):
            entry = self._found[message.option_index]
            self.query_one(Static).update(f"\n{shown(entry.text[:_PREVIEW])}")
            self.query_one("#preview").scroll_home(animate=False)

    def on_option_list_option_selected(self, message: OptionList.OptionSelected) -> None:
        if message.option_index < len(self._found):
            self.dismiss(self._found[message.option_index].path)

    def on_hint_line_clicked(self, message: HintLine.Clicked) -> None:
        getattr(self, f"action_{message.action}")()

    def action_open(self) -> None:
        self.query_one(OptionList).action_select()

    def action_search(self) -> None:
        found = self.query(Input)
        if found:
            found.first().focus()
            return
        line = Input(placeholder="words in the title or the text")
        self.mount(line, before="#shelf")
        line.focus()

    def on_input_changed(self, message: Input.Changed) -> None:
        self._filter(message.value)

    def on_input_submitted(self) -> None:
        self.query_one(OptionList).focus()

    def action_leave(self) -> None:
        if lines := self.query(Input):
            self._filter("")
            lines.remove()
            self.query_one(OptionList).focus()
        else:
            self.dismiss(None)


def _label(entry: Entry) -> Content:
    day = datetime.fromtimestamp(entry.changed).strftime("%-d %b %Y")
    end = " · the end" if entry.finished else ""
    teller = f" · {shown(entry.models[0])}" if entry.models else ""
    facts = f"{day} · {entry.words:,} words · {entry.passages} passages{teller}{end}"
    return Content.assemble((shown(entry.title), "bold"), "\n", (facts, "$text-muted"))
