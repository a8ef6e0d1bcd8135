"""Words: what could have stood at each place of a passage; swap one and go on from there."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from tinytales.inference.engine import Alternative, Piece
from tinytales.inference.sampling import Sampling
from tinytales.inside.odds import bar, chances, label, percent
from tinytales.tui.layout import shown
from tinytales.tui.widgets.choices import Choices


@dataclass(frozen=True)
class Swap:
    """Put another token at a place, and go on from there."""

    index: int
    alternative: Alternative


class WordsScreen(ModalScreen[Swap | None]):
    """Walk through the tokens of a passage.

    Args:
        pieces: its tokens.
        sampling: the settings under which chances are shown.
        ask: asks for the alternatives at a token of which none were kept; called on a thread.
        look: told which token is looked at: its first shown character and its end.
        start: the token to begin with.
    """

    BINDINGS = [  # noqa: RUF012 - as Textual declares it
        Binding("escape,t,q", "leave", "back", show=False),
        Binding("left", "step(-1)", "word before", show=False),
        Binding("right", "step(1)", "word after", show=False),
        Binding("up", "mark(-1)", "likelier", show=False),
        Binding("down", "mark(1)", "less likely", show=False),
        Binding("enter,space", "swap", "swap", show=False),
        *(Binding(str(number + 1), f"swap({number})", show=False) for number in range(9)),
    ]

    def __init__(
        self,
        pieces: Sequence[Piece],
        sampling: Sampling,
        ask: Callable[[int], Sequence[Alternative]],
        look: Callable[[int, int], None],
        start: int = 0,
    ) -> None:
        super().__init__()
        self._pieces = pieces
        self._alternatives = {index: piece.alternatives for index, piece in enumerate(pieces) if piece.alternatives}
        self._ask = ask
        self._sampling = sampling
        self._look = look
        self._places = [index for index, piece in enumerate(pieces) if piece.token >= 0 and shown(piece.text).strip()]
        self._at = next((at for at, index in enumerate(self._places) if index >= start), len(self._places) - 1)
        self._mark = 0

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(markup=False, id="said")
            yield Choices(())
            yield Static("←→ word · ↑↓ choose · enter swap and go on · esc back", classes="faint", markup=False)

    def on_mount(self) -> None:
        self._show()

    @property
    def _index(self) -> int:
        return self._places[self._at]

    def _show(self) -> None:
        piece = self._pieces[self._index]
        start = sum(len(shown(one.text)) for one in self._pieces[: self._index])
        self._look(start, start + len(shown(piece.text)))
        odds_of_it = percent(math.exp(min(0.0, piece.logprob))).strip()
        self.query_one("#said", Static).update(f"Here stands “{label(piece.text)}” ({odds_of_it}). Here could stand:")
        if self._index not in self._alternatives:
            self.run_worker(partial(self._fetch, self._index), thread=True, exclusive=True)
        odds = chances(self._alternatives.get(self._index, ()), self._sampling)
        said = piece.token
        labels = [
            f"{label(one.alternative.text):<14.14} {bar(one.probability, 18)} {percent(one.probability)}"
            f"{'  ← said' if one.alternative.token == said else ''}"
            for one in odds
        ]
        self.query_one(Choices).show(labels, self._mark)

    def _fetch(self, index: int) -> None:
        try:
            self._alternatives[index] = tuple(self._ask(index))
        except Exception:  # without a model there is nothing to choose from; the words can still be walked through
            return
        self.app.call_from_thread(self._show)

    def action_step(self, step: int) -> None:
        self._at = max(0, min(len(self._places) - 1, self._at + step))
        self._mark = 0
        self._show()

    def action_mark(self, step: int) -> None:
        many = len(self._alternatives.get(self._index, ()))
        self._mark = max(0, min(many - 1, self._mark + step))
        self._show()

    def action_swap(self, number: int | None = None) -> None:
        alternatives = self._alternatives.get(self._index, ())
        number = self._mark if number is None else number
        if number < len(alternatives):
            self.dismiss(Swap(self._index, alternatives[number]))

    def action_leave(self) -> None:
        self.dismiss(None)

    def on_choices_chosen(self, message: Choices.Chosen) -> None:
        self.action_swap(message.number)
