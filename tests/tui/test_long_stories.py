"""A story of a thousand passages, two hundred of them beside the path: it opens, draws and scrolls as a short one."""

import time

from tests.tui.play import playing
from tinytales.inference.engine import Alternative, Piece
from tinytales.inference.sampling import Sampling
from tinytales.story.library import Library
from tinytales.story.operations import Add, Operation
from tinytales.story.passage import told
from tinytales.tui.widgets.story_view import StoryView

OTHERS = tuple(Alternative(number, f" other{number}", -1.0 - number) for number in range(6))


def long_story(library: Library, passages: int = 1000, every: int = 5) -> None:
    """A story with all its odds, every fifth passage an alternative."""
    operations: list[Operation] = []
    path: list[str | None] = [None]
    for number in range(passages):
        pieces = [Piece(f" word{number}", at, -1.0, OTHERS) for at in range(40)] + [Piece(".\n\n", 9, -0.1)]
        aside = number % every == every - 1
        parent = path[-2] if aside else path[-1]
        one = told(parent, pieces, model="tiny", sampling=Sampling(), finish="length")
        operations.append(Add(one, chosen=not aside))
        if not aside:
            path.append(one.id)
    opened = library.new("Long")
    assert opened.log is not None
    opened.log.append(operations)
    opened.close()


async def test_a_thousand_passages() -> None:
    library = Library.home()
    long_story(library)
    path = library.latest()
    started = time.perf_counter()
    async with playing(story=path, size=(130, 40)) as player:
        await player.until(lambda: "word998" in player.screen)
        assert time.perf_counter() - started < 10  # a second on a quiet machine; see benchmarks/README.md
        assert len(player.story.path) == 800
        view = player.desk.query_one(StoryView)
        rows = len(view._rows)
        drawn: list[int] = []
        draw = view.render_line
        view.render_line = lambda y: drawn.append(y) or draw(y)  # type: ignore[method-assign,func-returns-value]
        await player.press("pageup", "pageup", "up")
        assert rows > 3000
        assert 0 < len(drawn) < 1000  # what is drawn is what is seen, however long the story
        await player.press("space", "r")
        await player.told()
        assert len(player.story.passages) == 1001
