"""What can happen to a story: the operations that its log holds, one a line."""

from dataclasses import dataclass
from typing import Any

from tinytales.story.passage import Passage, from_document, to_document


@dataclass(frozen=True)
class Add:
    """Add a passage, and go to it unless it is only laid beside the others."""

    passage: Passage
    chosen: bool = True


@dataclass(frozen=True)
class Choose:
    """Go on from `parent` (None: begin) with its passage `child`; None lets the story end at `parent`."""

    parent: str | None
    child: str | None


@dataclass(frozen=True)
class Retitle:
    """Give the story another title; an empty one lets the story name itself."""

    title: str


@dataclass(frozen=True)
class Close:
    """Say that the story is finished, or that it isn't."""

    finished: bool


@dataclass(frozen=True)
class Undo:
    """Take back the latest change."""


@dataclass(frozen=True)
class Redo:
    """Do again what was taken back last."""


@dataclass(frozen=True)
class Stand:
    """Remember where the reader stands."""

    passage: str | None


@dataclass(frozen=True)
class Unknown:
    """An operation of a newer version: kept, not understood."""

    document: dict[str, Any]


Operation = Add | Choose | Retitle | Close | Undo | Redo | Stand | Unknown


def encode(operation: Operation) -> dict[str, Any]:
    """The operation as a JSON object."""
    match operation:
        case Add(passage, chosen):
            return {"op": "add", "passage": to_document(passage), **({} if chosen else {"chosen": False})}
        case Choose(parent, child):
            return {"op": "choose", "parent": parent, "child": child}
        case Retitle(title):
            return {"op": "title", "title": title}
        case Close(finished):
            return {"op": "close", "finished": finished}
        case Undo():
            return {"op": "undo"}
        case Redo():
            return {"op": "redo"}
        case Stand(passage_id):
            return {"op": "stand", "passage": passage_id}
        case Unknown(document):
            return document


def decode(document: dict[str, Any]) -> Operation:
    """The operation that a JSON object says; Unknown where this version can't tell."""
    match document:
        case {"op": "add", "passage": dict(passage)}:
            try:
                return Add(from_document(passage), document.get("chosen") is not False)
            except ValueError:
                return Unknown(document)
        case {"op": "choose", "parent": str() | None as parent, "child": str() | None as child}:
            return Choose(parent, child)
        case {"op": "title", "title": str(title)}:
            return Retitle(title)
        case {"op": "close", "finished": bool(finished)}:
            return Close(finished)
        case {"op": "undo"}:
            return Undo()
        case {"op": "redo"}:
            return Redo()
        case {"op": "stand", "passage": str() | None as passage_id}:
            return Stand(passage_id)
    return Unknown(document)
