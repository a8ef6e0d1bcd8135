"""The two lines that frame the story: where one is, and what one can do."""

from collections.abc import Sequence

from rich.cells import cell_len
from textual import events
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from tinytales.tui.layout import shown


class StatusLine(Widget):
    """The title on the left; on the right facts, the most important first, as many as fit."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._title = ""
        self._facts: Sequence[str] = ()

    @property
    def text(self) -> str:
        """What it says."""
        return self.render().plain

    def show(self, title: str, facts: Sequence[str]) -> None:
        """Say something else."""
        if (title, facts) != (self._title, self._facts):
            self._title, self._facts = title, facts
            self.refresh()

    def render(self) -> Content:
        width = self.size.width - 2
        facts = [shown(fact) for fact in self._facts if fact]
        while len(facts) > 1 and cell_len("  ·  ".join(facts)) > width * 3 // 5:
            facts.pop()
        right = "  ·  ".join(facts)
        room = max(0, width - cell_len(right) - 2)
        title = shown(self._title).replace("\n", " ")
        while cell_len(title) > room:
            title = title[:-2].rstrip() + "…" if len(title) > 2 else ""
        return Content.assemble(
            " ", (title, "bold"), " " * (width - cell_len(title) - cell_len(right)), (right, "$text-muted"), " "
        )


class HintLine(Widget):
    """What one can do here: keys and what they do, the most useful first, as many as fit."""

    class Clicked(Message):
        """The reader clicked a hint."""

        def __init__(self, action: str) -> None:
            super().__init__()
            self.action = action

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._hints: Sequence[tuple[str, str, str]] = ()

    @property
    def text(self) -> str:
        """What it says."""
        return self.render().plain

    def show(self, hints: Sequence[tuple[str, str, str]]) -> None:
        """Show other hints: (action, key, label)."""
        if hints != self._hints:
            self._hints = hints
            self.refresh()

    def on_click(self, event: events.Click) -> None:
        at = 1
        for action, key, label in self._hints:
            end = at + cell_len(key) + 1 + cell_len(label)
            if at <= event.x < end:
                self.post_message(self.Clicked(action))
                return
            at = end + 2

    def render(self) -> Content:
        parts: list[str | tuple[str, str]] = [" "]
        used = 1
        for _, key, label in self._hints:
            used += cell_len(key) + 1 + cell_len(label) + 2
            if used > self.size.width + 2:
                break
            parts += [(key, "bold $accent"), (f" {label}  ", "$text-muted")]
        return Content.assemble(*parts)
