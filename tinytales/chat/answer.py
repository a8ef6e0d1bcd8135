"""Answers: several takes of a reply, and of them the one that does best what the request asks."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from tinytales.chat import phrases
from tinytales.chat.asking import Asked, found_words, fulfilment, read_request
from tinytales.chat.facts import ending_of, without_end
from tinytales.chat.outside import is_refusal
from tinytales.inference.engine import Finish, Piece
from tinytales.inference.sampling import Sampling
from tinytales.tokenizer.chat_template import Message


class Replies(Protocol):
    """What answering needs of a model."""

    @property
    def context_length(self) -> int: ...

    def replies(
        self, messages: Sequence[Message], sampling: Sampling, count: int = 1, *, wanted: Sequence[str] = ()
    ) -> Iterator[tuple[int, Piece]]: ...


@dataclass(frozen=True)
class Answer:
    """A reply to a request.

    Attributes:
        text: what was said.
        asked: what the request asks for.
        found: those of the asked words that are in it.
        finish: why it ends.
        take: which of the takes it is, from 0.
        takes: how many there were.
        refused: whether it is one of the kind answers to what lies outside stories.
    """

    text: str
    asked: Asked
    found: tuple[str, ...]
    finish: Finish
    take: int
    takes: int
    refused: bool

    @property
    def missing(self) -> tuple[str, ...]:
        """Asked words that didn't come."""
        return tuple(word for word in self.asked.words if word not in self.found)


def answer(
    model: Replies,
    messages: Sequence[Message],
    sampling: Sampling,
    best_of: int,
    *,
    show: Callable[[str], None] | None = None,
) -> Answer:
    """Answer the last message of a conversation: the takes are helped to the words that it asks for.

    Where the best one doesn't end as it asks, its end is told again.

    Args:
        model: who answers.
        messages: the conversation; the last is the request.
        sampling: how tokens are chosen.
        best_of: so many takes are told, of an end too, and the best is given.
        show: told the text as it comes, where there is but one take.
    """
    asked = read_request(messages[-1].content)
    found = choose(asked, *_takes(model, messages, sampling, best_of, asked.words, show))
    before = without_end(found.text)
    if not asked.ending or ending_of(found.text) == asked.ending or best_of == 1 or found.refused or not before:
        return found
    request = phrases.wording("follow_ups")[f"{asked.ending}_end"][0]
    so_far = [*messages, Message("assistant", before), Message("user", request)]
    ends, finishes = _takes(model, so_far, sampling, best_of)
    told = choose(asked, [found.text, *(f"{before} {end.strip()}" for end in ends)], [found.finish, *finishes])
    return replace(found, text=told.text, found=told.found, finish=told.finish)


def _takes(
    model: Replies,
    messages: Sequence[Message],
    sampling: Sampling,
    count: int,
    wanted: Sequence[str] = (),
    show: Callable[[str], None] | None = None,
) -> tuple[list[str], list[Finish]]:
    """Several replies and why each ends; `show` is told a single one as it comes."""
    texts = [""] * count
    finishes: list[Finish] = ["stopped"] * count
    for take, piece in model.replies(messages, sampling, count, wanted=wanted):
        texts[take] += piece.text
        if show is not None and count == 1:
            show(piece.text)
        if piece.finish is not None:
            finishes[take] = piece.finish
    return texts, finishes


def choose(asked: Asked, texts: Sequence[str], finishes: Sequence[Finish]) -> Answer:
    """The take that does best what was asked; of equals the first.

    Where most takes say kindly that they can't, so does the answer: words of a question from outside may well occur in
    a story, which would be no answer to it.
    """
    refusals = [is_refusal(text) for text in texts]
    refused = 2 * sum(refusals) > len(texts)
    fitting = [take for take, refusal in enumerate(refusals) if refusal == refused] or list(range(len(texts)))
    best = max(fitting, key=lambda take: (fulfilment(asked, texts[take], ended=finishes[take] == "end"), -take))
    found = found_words(asked.words, texts[best])
    return Answer(texts[best].strip(), asked, found, finishes[best], best, len(texts), refusals[best])


class Session:
    """A conversation that goes on: what was said so far, and how to go on from it."""

    def __init__(self, model: Replies, sampling: Sampling, best_of: int) -> None:
        self._model = model
        self._sampling = sampling
        self._best_of = best_of
        self._asked = 0
        self.messages: list[Message] = []

    @property
    def request(self) -> str:
        """The latest request; empty before the first."""
        return self.messages[-2].content if self.messages else ""

    @property
    def reply(self) -> str:
        """The latest reply; empty before the first."""
        return self.messages[-1].content if self.messages else ""

    def ask(self, request: str, show: Callable[[str], None] | None = None) -> Answer:
        """Answer a request after all that was said; each has a seed of its own."""
        messages = [*self.messages, Message("user", request)]
        sampling = replace(self._sampling, seed=(self._sampling.seed + self._asked) % 2**64)
        self._asked += 1
        found = answer(self._model, messages, sampling, self._best_of, show=show)
        self.messages = [*messages, Message("assistant", found.text)]
        return found

    def again(self, show: Callable[[str], None] | None = None) -> Answer:
        """Answer the latest request in another way, which takes the place of the first."""
        request = self.request
        del self.messages[-2:]
        return self.ask(request, show)

    def forget(self) -> None:
        """Begin a new conversation."""
        self.messages = []
