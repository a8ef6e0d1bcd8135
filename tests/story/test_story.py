"""The tree of passages against a model of it that keeps whole copies of everything."""

import json
from dataclasses import dataclass, field

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tinytales.inference.engine import Alternative, Piece
from tinytales.inference.sampling import Sampling
from tinytales.story.operations import (
    Add,
    Choose,
    Close,
    Operation,
    Redo,
    Retitle,
    Stand,
    Undo,
    Unknown,
    decode,
    encode,
)
from tinytales.story.passage import Passage, told
from tinytales.story.story import Story


def passage(name: str, parent: str | None = None, text: str | None = None) -> Passage:
    return Passage(name, parent, "user", f"{name} " if text is None else text)


@dataclass
class State:
    """What undo brings back."""

    chosen: dict[str | None, str] = field(default_factory=dict)
    title: str = ""
    finished: bool = False

    def copy(self) -> "State":
        return State(dict(self.chosen), self.title, self.finished)


class TreeMachine(RuleBasedStateMachine):
    """Random operations on a Story and on whole copies of a simple state, compared after each."""

    def __init__(self) -> None:
        super().__init__()
        self.story = Story()
        self.log: list[Operation] = []
        self.parents: dict[str, str | None] = {}
        self.state = State()
        self.past: list[State] = []
        self.future: list[State] = []

    def do(self, operation: Operation, after: State | None) -> None:
        self.log.append(operation)
        self.story.apply(operation)
        if after is not None and after != self.state:
            self.past.append(self.state)
            self.future = []
            self.state = after

    def reached(self, place: str | None) -> State:
        after = self.state.copy()
        while place is not None:
            after.chosen[self.parents[place]] = place
            place = self.parents[place]
        return after

    def places(self) -> list[str | None]:
        return [None, *self.parents]

    @rule(data=st.data(), chosen=st.booleans())
    def add(self, data: st.DataObject, chosen: bool) -> None:
        parent = data.draw(st.sampled_from(self.places()))
        name = f"p{len(self.parents)}"
        self.parents[name] = parent
        self.do(Add(passage(name, parent), chosen), self.reached(name) if chosen else None)

    @precondition(lambda self: self.parents)
    @rule(data=st.data())
    def choose(self, data: st.DataObject) -> None:
        child = data.draw(st.sampled_from(list(self.parents)))
        self.do(Choose(self.parents[child], child), self.reached(child))

    @rule(data=st.data())
    def step_back(self, data: st.DataObject) -> None:
        parent = data.draw(st.sampled_from(self.places()))
        after = self.reached(parent)
        after.chosen.pop(parent, None)
        self.do(Choose(parent, None), after)

    @rule(title=st.text(max_size=3))
    def retitle(self, title: str) -> None:
        after = self.state.copy()
        after.title = title
        self.do(Retitle(title), after)

    @rule(finished=st.booleans())
    def close(self, finished: bool) -> None:
        after = self.state.copy()
        after.finished = finished
        self.do(Close(finished), after)

    @rule()
    def undo(self) -> None:
        self.do(Undo(), None)
        if self.past:
            self.future.append(self.state)
            self.state = self.past.pop()

    @rule()
    def redo(self) -> None:
        self.do(Redo(), None)
        if self.future:
            self.past.append(self.state)
            self.state = self.future.pop()

    @rule(data=st.data())
    def stand(self, data: st.DataObject) -> None:
        place = data.draw(st.sampled_from(self.places()))
        self.do(Stand(place), None)
        if place in self.path():
            assert self.story.cursor == place

    @rule()
    def nonsense(self) -> None:
        for operation in (Choose("nobody", "p0"), Choose(None, "nobody"), Unknown({"op": "sing"})):
            self.do(operation, None)

    def path(self) -> list[str]:
        found, place = [], None
        while (place := self.state.chosen.get(place)) is not None:
            found.append(place)
        return found

    @invariant()
    def same(self) -> None:
        story = self.story
        assert list(story.passages) == list(self.parents)
        assert [passage.id for passage in story.path] == self.path()
        assert {name: story.chosen(name) for name in self.places()} == {
            name: self.state.chosen.get(name) for name in self.places()
        }
        assert story.finished == self.state.finished
        if self.state.title:
            assert story.title == self.state.title
        assert (story.can_undo, story.can_redo) == (bool(self.past), bool(self.future))
        assert story.cursor in (self.path() or [None])
        for name, parent in self.parents.items():
            assert name in story.takes(name)
            assert name in story.children(parent)
            assert story.text_to(name).endswith(f"{name} ")

    def teardown(self) -> None:
        again = Story(decode(encode(operation)) for operation in self.log)
        assert again.path == self.story.path
        assert again.cursor == self.story.cursor
        while self.story.can_undo:
            self.story.apply(Undo())
            again.apply(Undo())
            assert again.path == self.story.path
        assert not again.can_undo


TreeMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestTree = TreeMachine.TestCase


def test_a_gesture_that_moves_across_the_tree_is_one_undo() -> None:
    story = Story([Add(passage("a")), Add(passage("b", "a")), Add(passage("x")), Add(passage("y", "x"))])
    story.apply(Choose("a", "b"))
    assert story.text == "a b "
    story.apply(Undo())
    assert story.text == "x y "


def test_a_passage_whose_parent_was_lost_stays_to_be_found() -> None:
    story = Story([Add(passage("a")), Add(passage("c", "lost"))])
    assert story.children(None) == ("a", "c")


def test_a_second_passage_of_the_same_name_changes_nothing() -> None:
    story = Story([Add(passage("a")), Add(passage("a", None, "other"))])
    assert story.text == "a "


def test_tokens_come_back_as_they_were_kept() -> None:
    pieces = [
        Piece("Once", 5, -0.25, (Alternative(5, "Once", -0.25), Alternative(7, "One", -1.5))),
        Piece("", -1, 0.0, (), "end"),
    ]
    one = told(None, pieces, model="m", sampling=Sampling(seed=3), finish="end")
    again = decode(encode(Add(one)))
    assert isinstance(again, Add)
    assert again.passage.tokens == (pieces[0],)
    assert again.passage == one


def test_tokens_that_do_not_make_up_the_text_are_none() -> None:
    wrong: list[object] = [[["On", 1, 0.0, []]], [[1]], [None], [["Once", "x", 0, []]], [["Once", 1, 0.0, [[1]]]], 7]
    for kept in (*map(json.dumps, wrong), "[", "[" * 100_000):
        assert Passage("a", None, "model", "Once", kept=kept).tokens == ()
