"""The tree of a story as an outline: the story as it reads now is the trunk, other takes hang beside it."""

from collections.abc import Sequence
from dataclasses import dataclass

from tinytales.story.passage import Passage
from tinytales.story.story import Story


@dataclass(frozen=True)
class Row:
    """A passage in the outline: how deep it hangs, and whether it is part of the story as it reads now."""

    passage: Passage
    depth: int
    on_path: bool


def outline(story: Story) -> list[Row]:
    """Every passage once, parents before children. A line of passages without alternatives stays at its depth."""
    on_path = {passage.id for passage in story.path}
    rows: list[Row] = []
    waiting: list[tuple[str, int]] = []

    def push(parent: str | None, depth: int) -> None:
        children = story.children(parent)
        aside = parent is not None and parent not in on_path
        trunk = story.chosen(parent) or (children[0] if children and aside else None)
        _push(children, trunk, depth, waiting)

    push(None, 0)
    while waiting:
        name, depth = waiting.pop()
        rows.append(Row(story.passages[name], depth, name in on_path))
        push(name, depth)
    return rows


def _push(children: Sequence[str], trunk: str | None, depth: int, waiting: list[tuple[str, int]]) -> None:
    if trunk is not None:
        waiting.append((trunk, depth))
    waiting.extend((child, depth + 1) for child in reversed(children) if child != trunk)
