"""How a passage is told: what the model is given, and where it stops."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from threading import Event
from typing import Literal, get_args

from tinytales.inference.engine import Engine, Finish, Piece
from tinytales.inference.sampling import Sampling

Length = Literal["sentence", "paragraph", "story"]
LENGTHS: tuple[Length, ...] = get_args(Length)
KEPT_ALTERNATIVES = 6

_SENTENCE_ENDS = (".", "!", "?", "…", '."', '!"', '?"', ".”", "!”", "?”")


@dataclass(frozen=True)
class Order:
    """A passage to be told.

    Attributes:
        parent: the passage that it follows.
        prompt: the text up to where the passage begins.
        opening: tokens that the passage begins with, whatever the model would say: what is kept of another take.
        sampling: how its tokens are chosen.
        length: where it stops: after a sentence, after a paragraph, or where the model ends its story.
        alternatives: how many likely tokens to keep with each.
        request: what was asked for, where the passage is an answer.
    """

    parent: str | None
    prompt: str
    sampling: Sampling
    opening: Sequence[Piece] = ()
    length: Length = "paragraph"
    alternatives: int = KEPT_ALTERNATIVES
    request: str = ""


def tell(engine: Engine, order: Order, stop: Event) -> Iterator[Piece]:
    """The passage's tokens as they come; the last one says why it is the last ("length" where the rule stopped it).

    A paragraph's blank lines belong to it, so that what follows begins with a word; a story that ends with the
    paragraph says so ("end").
    """
    yield from (replace(piece, finish=None) for piece in order.opening)
    opening = "".join(piece.text for piece in order.opening)
    enough = _Enough(order.length, opening)
    pieces = engine.generate(order.prompt + opening, order.sampling, alternatives=order.alternatives, stop=stop)
    for piece in pieces:
        if piece.finish is None and enough.before(piece.text):
            yield Piece("", -1, 0.0, finish="length")
            return
        yield piece


class _Enough:
    """Whether a passage is long enough to stop before the text that comes next."""

    def __init__(self, length: Length, opening: str) -> None:
        self._length = length
        self._text = opening

    def before(self, text: str) -> bool:
        """Take the next text in, unless the passage has to stop before it."""
        told = self._text.rstrip()
        if told and text.strip() and self._complete(told, text):
            return True
        self._text += text
        return False

    def _complete(self, told: str, text: str) -> bool:
        if "\n" in self._text[len(told) :]:
            return self._length != "story"
        return self._length == "sentence" and told.endswith(_SENTENCE_ENDS) and (text[0].isspace() or _gap(self._text))


def _gap(text: str) -> bool:
    return text[-1:].isspace()


def finish_of(pieces: Sequence[Piece]) -> Finish:
    """Why the last token was the last; a passage without one was stopped."""
    return (pieces[-1].finish if pieces else None) or "stopped"
