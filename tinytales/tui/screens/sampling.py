"""How stories are told: a small panel whose every change is felt at once."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tinytales.inference.engine import Alternative
from tinytales.inside.odds import bar, chances, label, percent
from tinytales.story.telling import LENGTHS
from tinytales.tui.reveal import PACES
from tinytales.tui.session import Manner

_TEMPERATURES = (0.0, 0.2, 0.4, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.5, 2.0)
_TOP_PS = (0.1, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 1.0)
_TOP_KS = (1, 2, 5, 10, 20, 40, 100, 0)
_SHOWN = 7
_LENGTH_NAMES = {"sentence": "a sentence", "paragraph": "a paragraph", "story": "to the end"}


class SamplingScreen(ModalScreen[None]):
    """Settings in a column, and below them what they make of the next word.

    Args:
        changed: told every change, at once.
    """

    BINDINGS = [  # noqa: RUF012 - as Textual declares it
        Binding("escape,s,enter,q,space", "leave", "back", show=False),
        Binding("up", "step(-1)", "up", show=False),
        Binding("down", "step(1)", "down", show=False),
        Binding("left", "change(-1)", "less", show=False),
        Binding("right", "change(1)", "more", show=False),
    ]

    def __init__(self, changed: Callable[[Manner], None]) -> None:
        super().__init__()
        self._manner = Manner()
        self._changed = changed
        self._alternatives: Sequence[Alternative] = ()
        self._row = 0

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = "How to tell"
            dialog.border_subtitle = "↑↓ ←→ · esc"
            yield Static(id="rows")

    def on_mount(self) -> None:
        self._show()

    def take(self, manner: Manner, alternatives: Sequence[Alternative]) -> None:
        """Take over settings, and the likeliest next tokens if they are known."""
        self._manner, self._alternatives = manner, alternatives
        if self.is_mounted:
            self._show()

    def _rows(self) -> list[tuple[str, str, str]]:
        manner, sampling = self._manner, self._manner.sampling
        daring = "always the likeliest" if sampling.temperature == 0 else f"{sampling.temperature:g}"
        return [
            ("temperature", daring, "tame to wild"),
            ("top-p", f"{sampling.top_p:g}", "leave out the unlikely"),
            ("top-k", str(sampling.top_k or "all"), "only so many words"),
            ("length", _LENGTH_NAMES[manner.length], ""),
            ("pace", manner.pace, "how fast it is shown"),
            ("pick words", "yes" if manner.pick_words else "no", "the reader chooses"),
        ]

    def _show(self) -> None:
        lines = []
        for index, (name, value, about) in enumerate(self._rows()):
            here = index == self._row
            text = f"◂ {value} ▸" if here else f"  {value}"
            about = "" if here else about
            row = f"{'▸ ' if here else '  '}{name:<12}{text:<{14 if about else 24}}"
            lines.append(Content.assemble((row, "bold $accent" if here else ""), (about, "$text-muted")))
        odds = chances(self._alternatives, self._manner.sampling)[:_SHOWN]
        if odds:
            lines += [Content(""), Content.styled("  The next word", "bold")]
        for chance in odds:
            ruled_out = chance.probability == 0
            tail = " ---" if ruled_out else percent(chance.probability)
            text = f"  {label(chance.alternative.text):<12.12}{bar(chance.probability, 20)} {tail}"
            lines.append(Content.styled(text, "dim" if ruled_out else ""))
        self.query_one("#rows", Static).update(Content("\n").join(lines))

    def action_step(self, step: int) -> None:
        self._row = (self._row + step) % len(self._rows())
        self._show()

    def action_change(self, step: int) -> None:
        manner, sampling = self._manner, self._manner.sampling
        match self._row:
            case 0:
                sampling = replace(sampling, temperature=_moved(_TEMPERATURES, sampling.temperature, step))
            case 1:
                sampling = replace(sampling, top_p=_moved(_TOP_PS, sampling.top_p, step))
            case 2:
                sampling = replace(sampling, top_k=_moved(_TOP_KS, sampling.top_k, step))
            case 3:
                manner = replace(manner, length=_moved(LENGTHS, manner.length, step))
            case 4:
                manner = replace(manner, pace=_moved(PACES, manner.pace, step))
            case _:
                manner = replace(manner, pick_words=not manner.pick_words)
        self._manner = replace(manner, sampling=sampling)
        self._changed(self._manner)
        self._show()

    def action_leave(self) -> None:
        self.dismiss()


_T = TypeVar("_T")


def _moved(steps: Sequence[_T], value: _T, step: int) -> _T:
    """The step beside `value`; a value between two steps moves to the nearer side."""
    index = steps.index(value) if value in steps else len(steps) // 2
    return steps[max(0, min(len(steps) - 1, index + step))]
