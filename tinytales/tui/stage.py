"""The performance: a passage is told on its thread, added to the story when it is whole, and revealed at a pace.

Must not know how it looks. The screen calls `tick` at every frame and draws what `blocks` and `reveal` say.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace

from tinytales.inference.engine import Engine, Piece
from tinytales.story.operations import Add, Undo
from tinytales.story.passage import Passage, told
from tinytales.story.telling import Order, finish_of
from tinytales.story.titles import title_from
from tinytales.tui.layout import shown
from tinytales.tui.picks import Pick, word_end
from tinytales.tui.reveal import Reveal
from tinytales.tui.session import Session
from tinytales.tui.telling import Telling

LIVE = "live"  # stands for the passage that is being told and has no name yet


class Stage:
    """Tells and reveals the passages of one session.

    Attributes:
        session: the story and its reader.
        reveal: how much of the passage at hand is shown; None when all of the story is.
        telling: the passage on its way; None when none is.
        rate: tokens a second of the latest passage.
        notice: something to tell the reader once; whoever tells it empties it.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self.reveal: Reveal | None = None
        self.telling: Telling | None = None
        self.rate = 0.0
        self.notice = ""
        self._picks: list[Pick] = []
        self._text = ""
        self._offsets: list[int] = []  # the characters before each token whose text is in `_text`
        self._before: list[tuple[str, str]] = []
        self._told: Passage | None = None

    @property
    def busy(self) -> bool:
        """Whether a passage is being told or revealed."""
        return self.reveal is not None

    @property
    def pick(self) -> Pick | None:
        """The words that the reader is asked to choose from."""
        return self._picks[0] if self.reveal is not None and self.reveal.held and self._picks else None

    @property
    def current(self) -> str | None:
        """The passage that is being revealed."""
        if self.reveal is None:
            return None
        return self._told.id if self._told is not None else LIVE

    def blocks(self) -> list[tuple[str, str]]:
        """The story as far as it is shown: passages and their shown text."""
        if self.reveal is None:
            return [(passage.id, shown(passage.text)) for passage in self.session.story.path]
        return [*self._before, (self.current or LIVE, self._text[: self.reveal.shown])]

    @property
    def title(self) -> str:
        """The story's title, as far as it has been shown."""
        if self.reveal is None:
            return self.session.story.title
        return self.session.story.given_title or title_from("".join(text for _, text in self.blocks()[:3]))

    @property
    def piece(self) -> Piece | None:
        """The token whose text was shown last."""
        pieces = self.telling.pieces if self.telling is not None else self._told.tokens if self._told else ()
        if self.reveal is None or not pieces:
            return None
        return pieces[max(0, bisect_left(self._offsets, self.reveal.shown) - 1)]

    def start(self, engine: Engine, order: Order, shown_already: int = 0) -> None:
        """Tell a passage; whatever was on its way is settled first."""
        self.settle()
        manner = self.session.manner
        self._text, self._offsets, self._told, self._picks = "", [], None, []
        self._before = [(one.id, shown(one.text)) for one in self.session.story.lineage(order.parent)]
        self.reveal = Reveal(manner.pace, shown=shown_already)
        self.telling = Telling(engine, order, manner.pick_words)

    def tick(self, now: float) -> bool:
        """Take in what was told since and show what is due at `now` (seconds). Returns whether anything changed."""
        if self.reveal is None:
            return False
        changed = self._take_in()
        waits = self.telling is not None and self.session.manner.pick_words
        if not waits:  # picks are known only when all is told
            changed |= self.reveal.advance(self._text, self.telling is None, now)
        if self.telling is None and self.reveal.shown >= len(self._text) and not self.reveal.held:
            self.reveal = None
            changed = True
        return changed

    def pause(self) -> None:
        """Pause the reveal, or go on with it."""
        if self.reveal is not None:
            self.reveal.paused = not self.reveal.paused

    def settle(self) -> None:
        """Be done with the passage at hand: all that was told is kept and shown."""
        if self.telling is not None:
            self.telling.stop()
            self._take_in()
        self.reveal = None
        self._picks = []

    def cut(self) -> None:
        """End the passage at hand where the reader is; the whole of it stays as a take."""
        if self.reveal is None:
            return
        length = self.reveal.shown
        if self.telling is not None:
            self.telling.stop()
            self._take_in()
        whole = self._told
        kept = _pieces_to(whole.tokens, length) if whole is not None else []
        self.reveal, self._picks = None, []
        text = "".join(piece.text for piece in kept)
        if whole is None or len(shown(text)) >= len(self._text.rstrip()):
            return
        # What the reader never saw is no step of theirs: going to it is taken back, so that one undo takes all back.
        self.session.do(Undo())
        if text.strip():
            assert whole.sampling is not None
            part = told(whole.parent, kept, model=whole.model, sampling=whole.sampling, finish="stopped")
            self.session.do(Add(part))

    def choose_word(self, engine: Engine, number: int | None) -> None:
        """Go on with one of the words on offer (from 0; None: the model's). Another word makes another take."""
        pick, whole, reveal = self.pick, self._told, self.reveal
        if pick is None or whole is None or reveal is None or (number or 0) >= len(pick.options):
            return
        pieces = whole.tokens
        own = "".join(piece.text for piece in pieces[pick.index : word_end(pieces, pick.index)])
        word = own if number is None else pick.options[number]
        if word == own:
            self._picks.pop(0)
            reveal.holds.pop(0)
            return
        opening = (*pieces[: pick.index], Piece(word, -1, pieces[pick.index].logprob))
        order = replace(self.session.order(whole.parent), opening=opening)
        already = reveal.shown
        self.session.do(Undo())  # as in `cut`: what comes now takes the place of what was never seen
        self.start(engine, order, already)

    def _take_in(self) -> bool:
        """Fetch what was told since; add the passage to the story when it is whole."""
        telling = self.telling
        if telling is None:
            return False
        done = telling.done  # asked first: what comes after would be missed
        fresh = telling.pieces[len(self._offsets) :]
        at = len(self._text)
        for piece in fresh:
            self._offsets.append(at)
            at += len(shown(piece.text))
        self._text += shown("".join(piece.text for piece in fresh))
        self.rate = telling.rate
        if done:
            self._complete(telling)
        return bool(fresh) or done

    def _complete(self, telling: Telling) -> None:
        self.telling = None
        self.notice = telling.error
        pieces, finish = telling.pieces, finish_of(telling.pieces)
        order = telling.order
        if not self._text.strip() and finish != "end":
            self.notice = self.notice or "The model had nothing to add. Another try may go better."
            self.reveal = None
            return
        passage = told(
            order.parent,
            pieces,
            model=telling.engine_name,
            sampling=order.sampling,
            finish=finish,
            request=order.request,
        )
        if not self.session.do(Add(passage)):
            self.notice, self.reveal = "This story can only be read.", None
            return
        self._told = passage
        if self.reveal is not None:
            self._picks = [pick for pick in telling.picks if self._offsets[pick.index] >= self.reveal.shown]
            self.reveal.holds = [self._offsets[pick.index] for pick in self._picks]


def _pieces_to(pieces: Sequence[Piece], length: int) -> list[Piece]:
    """The first tokens that show `length` characters; one that reaches beyond is cut."""
    kept: list[Piece] = []
    for piece in pieces:
        room = length - len(shown(piece.text))
        if room < 0:
            if length > 0:
                kept.append(replace(piece, text=shown(piece.text)[:length]))
            break
        kept.append(piece)
        length = room
    return kept
