"""Answers: several takes of a reply, and of them the one that does best what the request asks."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import inf
from statistics import fmean
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
class Take:
    """One of several replies.

    Attributes:
        text: what was said.
        finish: why it ends.
        likelihood: the mean log-probability of its tokens, as the model has it without help (natural log).
    """

    text: str
    finish: Finish = "end"
    likelihood: float = 0.0


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
    replies = model.replies(messages, sampling, best_of, wanted=asked.words)
    found = choose(asked, gather(replies, best_of, show if best_of == 1 else None))
    before = without_end(found.text)
    if not asked.ending or ending_of(found.text) == asked.ending or best_of == 1 or found.refused or not before:
        return found
    request = phrases.wording("follow_ups")[f"{asked.ending}_end"][0]
    so_far = [*messages, Message("assistant", before), Message("user", request)]
    ends = gather(model.replies(so_far, sampling, best_of), best_of)
    told = [replace(end, text=f"{before} {end.text.strip()}") for end in ends]
    best = choose(asked, [Take(found.text, found.finish), *told])  # of equals the one that was found
    return replace(found, text=best.text, found=best.found, finish=best.finish)


def gather(pieces: Iterable[tuple[int, Piece]], count: int, show: Callable[[str], None] | None = None) -> list[Take]:
    """The takes whose pieces come as `Engine.generate_takes` has them; `show` is told the text as it comes."""
    texts = [""] * count
    finishes: list[Finish] = ["stopped"] * count
    logprobs: list[list[float]] = [[] for _ in range(count)]
    for take, piece in pieces:
        texts[take] += piece.text
        logprobs[take].append(piece.logprob)
        finishes[take] = piece.finish or finishes[take]
        if show is not None:
            show(piece.text)
    return [Take(*told) for told in zip(texts, finishes, (fmean(of or [-inf]) for of in logprobs), strict=True)]


def choose(asked: Asked, takes: Sequence[Take]) -> Answer:
    """The take that does best what was asked; of equals the likeliest (sample and rank: Adiwardana and others, 2020).

    Where most takes say kindly that they can't, so does the answer: words of a question from outside may well occur in
    a story, which would be no answer to it.
    """
    refusals = [is_refusal(take.text) for take in takes]
    refused = 2 * sum(refusals) > len(takes)
    fitting = [number for number, refusal in enumerate(refusals) if refusal == refused] or list(range(len(takes)))

    def merit(number: int) -> tuple[float, ...]:
        take = takes[number]
        return (*fulfilment(asked, take.text, ended=take.finish == "end"), take.likelihood)

    number = max(fitting, key=merit)
    best = takes[number]
    found = found_words(asked.words, best.text)
    return Answer(best.text.strip(), asked, found, best.finish, number, len(takes), refusals[number])


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
