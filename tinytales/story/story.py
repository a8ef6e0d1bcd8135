"""A story: a tree of passages, the child chosen at each, and where the reader stands.

Passages are only ever added. What changes is which of them are chosen, the title, and whether the story is finished;
every such change is remembered as what was before and after, so that it can be taken back. A story is nothing but the
operations that were applied to it: applying them again gives the same story, its undo history included.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from tinytales.story.operations import Add, Choose, Close, Operation, Redo, Retitle, Stand, Undo, Unknown
from tinytales.story.passage import Passage
from tinytales.story.titles import title_from

_Fact = tuple[str, str | None]  # ("chosen", parent), ("title", None) or ("finished", None)
_TITLE: _Fact = ("title", None)
_FINISHED: _Fact = ("finished", None)


@dataclass(frozen=True)
class _Change:
    fact: _Fact
    before: str | None
    after: str | None


class Story:
    """See the module. Unknown and impossible operations change nothing."""

    def __init__(self, operations: Iterable[Operation] = ()) -> None:
        self._passages: dict[str, Passage] = {}
        self._children: dict[str | None, list[str]] = {None: []}
        self._facts: dict[_Fact, str | None] = {}
        self._step: list[_Change] = []  # what the operation at hand has changed
        self._done: list[tuple[_Change, ...]] = []
        self._undone: list[tuple[_Change, ...]] = []
        self._cursor: str | None = None
        self._path: tuple[Passage, ...] | None = None
        for operation in operations:
            self.apply(operation)

    @property
    def passages(self) -> Mapping[str, Passage]:
        """Every passage by its id, in the order in which they came."""
        return MappingProxyType(self._passages)

    @property
    def cursor(self) -> str | None:
        """The passage at which the reader stands; always on the path, None only where that is empty."""
        return self._cursor

    @property
    def title(self) -> str:
        """The given title, or one made from the first words."""
        return self.given_title or title_from("".join(passage.text for passage in self.path[:3]))

    @property
    def given_title(self) -> str:
        """The title that its teller gave it, if any."""
        return self._facts.get(_TITLE) or ""

    @property
    def finished(self) -> bool:
        """Whether its teller said that this is the end."""
        return self._facts.get(_FINISHED) is not None

    @property
    def can_undo(self) -> bool:
        return bool(self._done)

    @property
    def can_redo(self) -> bool:
        return bool(self._undone)

    @property
    def path(self) -> tuple[Passage, ...]:
        """The story as it reads now: the chosen passages from the beginning to the end."""
        if self._path is None:
            path = []
            place: str | None = None
            while (place := self._facts.get(("chosen", place))) is not None:
                path.append(self._passages[place])
            self._path = tuple(path)
        return self._path

    @property
    def text(self) -> str:
        """The story as it reads now."""
        return "".join(passage.text for passage in self.path)

    def children(self, passage_id: str | None) -> tuple[str, ...]:
        """What may follow a passage (None: how the story may begin), in the order in which it came."""
        return tuple(self._children.get(passage_id, ()))

    def takes(self, passage_id: str) -> tuple[str, ...]:
        """The passage and its siblings."""
        return self.children(self._passages[passage_id].parent)

    def chosen(self, passage_id: str | None) -> str | None:
        """The child that the story goes on with after a passage."""
        return self._facts.get(("chosen", passage_id))

    def lineage(self, passage_id: str | None) -> tuple[Passage, ...]:
        """The passages from the beginning to this one, chosen or not."""
        found = []
        while passage_id is not None:
            found.append(self._passages[passage_id])
            passage_id = self._passages[passage_id].parent
        return tuple(reversed(found))

    def text_to(self, passage_id: str | None) -> str:
        """The text from the beginning to the end of a passage."""
        return "".join(passage.text for passage in self.lineage(passage_id))

    def apply(self, operation: Operation) -> None:
        """Let it happen."""
        match operation:
            case Add(passage, chosen):
                self._add(passage, chosen)
            case Choose(parent, child):
                if parent in self._children and (child is None or child in self._children[parent]):
                    self._change(("chosen", parent), child)
                    self._go(child if child is not None else parent)
            case Retitle(title):
                self._change(_TITLE, title or None)
            case Close(finished):
                self._change(_FINISHED, "yes" if finished else None)
            case Undo():
                if self._done:
                    step = self._done.pop()
                    self._undone.append(step)
                    for change in reversed(step):
                        self._set(change.fact, change.before)
                    self._stand_by(step[0].fact)
            case Redo():
                if self._undone:
                    step = self._undone.pop()
                    self._done.append(step)
                    for change in step:
                        self._set(change.fact, change.after)
                    self._stand_by(step[0].fact)
            case Stand(passage_id):
                if any(passage.id == passage_id for passage in self.path):
                    self._cursor = passage_id
            case Unknown():
                pass
        if self._step:
            self._done.append(tuple(self._step))
            self._undone.clear()
            self._step.clear()

    def _add(self, passage: Passage, chosen: bool) -> None:
        if passage.id in self._passages:
            return
        # A passage whose parent was lost with a damaged line becomes a beginning of its own, and stays to be found.
        parent = passage.parent if passage.parent in self._children else None
        if parent != passage.parent:
            passage = replace(passage, parent=None)
        self._passages[passage.id] = passage
        self._children[passage.id] = []
        self._children[parent].append(passage.id)
        if chosen:
            self._go(passage.id)

    def _go(self, place: str | None) -> None:
        """Stand at `place`, and choose whatever leads there."""
        if place is not None and place != self._cursor:
            # The cursor is always on the path: what leads to it is chosen already.
            near = self._passages[place].parent == self._cursor
            for passage in (self._passages[place],) if near else self.lineage(place):
                self._change(("chosen", passage.parent), passage.id)
        self._cursor = place if place is not None else self._last()

    def _change(self, fact: _Fact, after: str | None) -> None:
        before = self._facts.get(fact)
        if before != after:
            self._step.append(_Change(fact, before, after))
            self._set(fact, after)

    def _set(self, fact: _Fact, value: str | None) -> None:
        if value is None:
            self._facts.pop(fact, None)
        else:
            self._facts[fact] = value
        self._path = None

    def _stand_by(self, fact: _Fact) -> None:
        """Stand where a change was taken back or made again, so that it is seen."""
        kind, parent = fact
        place = self._facts.get(fact) or parent
        if kind == "chosen" and any(passage.id == place for passage in self.path):
            self._cursor = place
        elif not any(passage.id == self._cursor for passage in self.path):
            self._cursor = self._last()

    def _last(self) -> str | None:
        return self.path[-1].id if self.path else None
