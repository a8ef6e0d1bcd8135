"""A passage: one piece of a story, as it was told or written. It never changes."""

import json
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Literal, get_args

from tinytales.errors import UsageError
from tinytales.inference.engine import Alternative, Finish, Piece
from tinytales.inference.sampling import Sampling

Source = Literal["prompt", "model", "user", "edit"]
_SOURCES = get_args(Source)
_FINISHES = get_args(Finish)


@dataclass(frozen=True)
class Passage:
    """One piece of a story.

    Attributes:
        id: its name within the story.
        parent: the passage that it follows; None for a beginning.
        source: where the text came from: the prompt that began the story, the model, the reader's own words, or an
            edit of another passage.
        text: the text, which joins the parent's without anything between.
        created: UTC time in ISO 8601.
        model: the name of the model that told it.
        sampling: how the model's tokens were chosen, with the seed.
        finish: why the model stopped; "end" means that it ended its story here.
        request: what was asked for in plain words, where the passage is an answer.
        kept: the model's tokens as a JSON text, see `tokens`. Hundreds of thousands of numbers are read when a long
            story opens and few are ever looked at, so they stay one text until then.
    """

    id: str
    parent: str | None
    source: Source
    text: str
    created: str = ""
    model: str = ""
    sampling: Sampling | None = None
    finish: Finish | None = None
    request: str = ""
    kept: str = ""

    @cached_property
    def tokens(self) -> tuple[Piece, ...]:
        """The model's tokens with their log-probabilities and alternatives; empty when they don't add up to `text`."""
        try:
            pieces = tuple(_piece(*entry) for entry in json.loads(self.kept or "[]"))
        except (TypeError, ValueError, RecursionError):
            return ()
        return pieces if "".join(piece.text for piece in pieces) == self.text else ()


def told(
    parent: str | None, pieces: Sequence[Piece], *, model: str, sampling: Sampling, finish: Finish, request: str = ""
) -> Passage:
    """A passage that the model told just now."""
    text = "".join(piece.text for piece in pieces)
    return Passage(new_id(), parent, "model", text, now(), model, sampling, finish, request, pack(pieces))


def written(parent: str | None, source: Source, text: str) -> Passage:
    """A passage that a person wrote just now."""
    return Passage(new_id(), parent, source, text, now())


def pack(pieces: Iterable[Piece]) -> str:
    """Tokens as they go into the log: a JSON array of [text, id, log-probability, alternatives as [text, id, …]]."""
    entries = [
        [
            piece.text,
            piece.token,
            round(piece.logprob, 4),
            [[other.text, other.token, round(other.logprob, 4)] for other in piece.alternatives],
        ]
        for piece in pieces
        if piece.token >= 0 or piece.text
    ]
    return json.dumps(entries, ensure_ascii=False, separators=(",", ":"))


def to_document(passage: Passage) -> dict[str, Any]:
    """The passage as it goes into the log; fields with nothing in them are left out."""
    document = {
        name: value
        for name, value in vars(passage).items()
        if name not in ("tokens", "sampling") and value not in (None, "")
    }
    document["parent"], document["text"] = passage.parent, passage.text
    if passage.sampling is not None:
        document["sampling"] = asdict(passage.sampling)
    return document


def from_document(document: dict[str, Any]) -> Passage:
    """The passage that a log holds. Fields of newer versions are passed over.

    Raises:
        ValueError: it is none.
    """
    parent, finish = document.get("parent"), document.get("finish")
    source: Any = document.get("source")
    if source not in _SOURCES or not isinstance(parent, str | None):
        raise ValueError("not a passage")
    return Passage(
        id=_string(document, "id"),
        parent=parent,
        source=source,
        text=_string(document, "text"),
        created=_string(document, "created", ""),
        model=_string(document, "model", ""),
        sampling=_sampling(document.get("sampling")),
        finish=finish if finish in _FINISHES else None,
        request=_string(document, "request", ""),
        kept=_string(document, "kept", ""),
    )


def new_id() -> str:
    """A name that no other passage has."""
    return secrets.token_hex(6)


def now() -> str:
    """UTC time in ISO 8601, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _string(document: dict[str, Any], name: str, default: str | None = None) -> str:
    value = document.get(name, default)
    if not isinstance(value, str):
        raise ValueError(f"not a passage: {name} is not a text")
    return value


def _sampling(document: object) -> Sampling | None:
    if not isinstance(document, dict):
        return None
    try:
        return Sampling(**{name: document[name] for name in Sampling.__dataclass_fields__ if name in document})
    except (TypeError, UsageError):
        return None


def _piece(text: str, token: int, logprob: float, others: Sequence[Sequence[Any]]) -> Piece:
    alternatives = tuple(Alternative(int(number), str(word), float(odds)) for word, number, odds in others)
    return Piece(str(text), int(token), float(logprob), alternatives)
