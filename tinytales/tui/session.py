"""What a reader does with an open story, as operations on it. Must not know how it looks."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from tinytales.inference.engine import Piece
from tinytales.inference.sampling import Sampling
from tinytales.story.library import OpenStory
from tinytales.story.operations import Add, Choose, Close, Operation, Redo, Retitle, Stand, Undo
from tinytales.story.passage import Passage, Source, written
from tinytales.story.saver import Saver, SaveState
from tinytales.story.story import Story
from tinytales.story.telling import KEPT_ALTERNATIVES, Length, Order
from tinytales.tui.reveal import Pace

_CLOSING = ".,;:!?…)'\u201d\u2019"  # what stands close to the word before it
# What a story goes on with after its end; the model takes it from there.
_NEXT = ("The next day,", "That night,", "A week later,", "Soon after,")


@dataclass(frozen=True)
class Manner:
    """How stories are told: the model's settings, where passages stop, how they are shown, who picks the words."""

    sampling: Sampling = field(default_factory=Sampling)
    length: Length = "paragraph"
    pace: Pace = "reading"
    pick_words: bool = False


class Session:
    """An open story.

    Args:
        opened: the story.
        manner: how to tell it.
        saved: told how far saving is, on another thread.
    """

    def __init__(self, opened: OpenStory, manner: Manner, saved: Callable[[SaveState], None] = lambda _: None) -> None:
        self.opened = opened
        self.manner = manner
        self._saver = Saver(opened.log.append, saved) if opened.log is not None else None
        self._stood = opened.story.cursor

    @property
    def story(self) -> Story:
        return self.opened.story

    @property
    def saving(self) -> SaveState:
        return self._saver.state if self._saver is not None else SaveState()

    @property
    def here(self) -> Passage | None:
        """The passage at which the reader stands."""
        cursor = self.story.cursor
        return None if cursor is None else self.story.passages[cursor]

    @property
    def at_end(self) -> bool:
        """Whether the story goes no further than where the reader stands."""
        return self.story.chosen(self.story.cursor) is None

    @property
    def ended(self) -> bool:
        """Whether the model ended its story where the reader stands, at the end."""
        here = self.here
        return here is not None and here.finish == "end" and self.at_end

    def do(self, operation: Operation) -> bool:
        """Let it happen and be saved; False where the story may only be read."""
        if self._saver is None:
            return False
        self.story.apply(operation)
        self._stood = self.story.cursor
        self._saver.save(operation)
        return True

    def flush(self) -> SaveState:
        """Remember where the reader stands, and wait until all is saved or can't be."""
        if self._saver is None:
            return SaveState()
        if self.story.cursor != self._stood:
            self._stood = self.story.cursor
            self._saver.save(Stand(self.story.cursor))
        return self._saver.flush()

    def close(self) -> None:
        """Give the file back."""
        if self._saver is not None:
            self._saver.close()
        self.opened.close()

    def undo(self) -> bool:
        return self.story.can_undo and self.do(Undo())

    def redo(self) -> bool:
        return self.story.can_redo and self.do(Redo())

    def retitle(self, title: str) -> bool:
        return self.do(Retitle(title.strip()))

    def finish(self, finished: bool = True) -> bool:
        return self.do(Close(finished))

    def stand(self, passage: str) -> None:
        """Stand at a passage of the path; looking around is no change and is saved only when the story is closed."""
        self.story.apply(Stand(passage))

    def move(self, step: int) -> bool:
        """Stand at the passage before (-1) or after (+1); what was left behind after the end is brought back."""
        names = [passage.id for passage in self.story.path]
        index = names.index(self.story.cursor) + step if self.story.cursor in names else 0
        if 0 <= index < len(names):
            self.stand(names[index])
            return True
        waiting = self.story.children(self.story.cursor)
        return step > 0 and bool(waiting) and self.do(Choose(self.story.cursor, waiting[-1]))

    def take(self, step: int) -> bool:
        """Go to the take before or after this one; from the last the way leads to the first."""
        here = self.here
        parent = here.parent if here is not None else None
        takes = self.story.children(parent)
        if not takes or (here is not None and len(takes) == 1):
            return False
        index = takes.index(here.id) + step if here is not None else 0
        return self.do(Choose(parent, takes[index % len(takes)]))

    def step_back(self) -> bool:
        """Let the story end before this passage, which stays as a take."""
        here = self.here
        return here is not None and self.do(Choose(here.parent, None))

    def go_to(self, passage: str) -> bool:
        """Make a passage, wherever in the tree, a part of the story and stand there."""
        if any(one.id == passage for one in self.story.path):
            self.stand(passage)
            return True
        return self.do(Choose(self.story.passages[passage].parent, passage))

    def write(self, text: str, source: Source = "user") -> bool:
        """Add one's own words after where the reader stands."""
        return self.do(Add(written(self.story.cursor, source, joined(self.story.text_to(self.story.cursor), text))))

    def edit(self, passage: str, text: str) -> bool:
        """Put a passage in other words, as a take of its own."""
        return self.do(Add(written(self.story.passages[passage].parent, "edit", text)))

    def order(self, parent: str | None, opening: Sequence[Piece] = ()) -> Order:
        """A passage to be told after `parent`, with a seed of its own."""
        sampling = replace(self.manner.sampling, seed=secrets.randbits(32))
        if self.manner.length == "story":
            sampling = replace(sampling, max_tokens=max(sampling.max_tokens, 1 << 14))
        # Alternatives cost a fifth of the speed and most of the file. Of a passage that one reads they are kept; of a
        # whole story told at a stroke they can be asked for again where someone looks.
        whole = self.manner.length == "story" and not self.manner.pick_words
        kept = 0 if whole else KEPT_ALTERNATIVES
        return Order(parent, self.story.text_to(parent), sampling, tuple(opening), self.manner.length, kept)

    def order_anew(self, passage: Passage) -> Order:
        """Another take of a passage."""
        return self.order_answer(passage.request) if passage.request else self.order(passage.parent)

    def order_answer(self, request: str) -> Order:
        """A story that answers a request in plain words."""
        return replace(self.order(None), prompt=request, length="story", request=request)

    def order_what_happens_next(self) -> Order:
        """A passage that goes on after the end."""
        opening = f"\n\n{secrets.choice(_NEXT)}"
        return self.order(self.story.cursor, [Piece(opening, -1, 0.0)])


def joined(before: str, text: str) -> str:
    """`text` with the space that it needs after `before`."""
    text = text.strip()
    if not before or before[-1].isspace() or text[:1] in _CLOSING:
        return text
    return f" {text}"
