"""The main screen's furniture: the story in the middle, the map and what comes next beside it, a line above and below.

It draws what it is given and decides nothing.
"""

from dataclasses import dataclass, replace

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widget import Widget

from tinytales.inside.odds import chances
from tinytales.tui.heat import heat
from tinytales.tui.marks import Marks, Tail, Word
from tinytales.tui.session import Session
from tinytales.tui.stage import Stage
from tinytales.tui.widgets.bars import HintLine, StatusLine
from tinytales.tui.widgets.map_view import MapView
from tinytales.tui.widgets.next_panel import NextPanel
from tinytales.tui.widgets.story_view import StoryView

BOTH_PANELS = 120  # columns from which the map and what comes next both have room
ONE_PANEL = 80


@dataclass(frozen=True)
class Look:
    """How the reader looks at the story: with heat, at a token, searching, and which panel where only one has room."""

    heat: bool = False
    token: Word | None = None
    search: str = ""
    panels: frozenset[str] = frozenset({"map", "next"})


class Desk(Widget):
    """See the module."""

    def __init__(self) -> None:
        super().__init__()
        self.view = StoryView(id="story")
        self.map = MapView(id="map")
        self.next = NextPanel(id="next")
        self.status = StatusLine(id="status")
        self.hints = HintLine(id="hints")
        self._marks = Marks()
        self._mapped: object = None

    def compose(self) -> ComposeResult:
        yield self.status
        yield Horizontal(self.map, self.view, self.next, id="middle")
        yield self.hints

    def make_room(self, width: int, look: Look) -> None:
        """Give the panels the room there is."""
        both = width >= BOTH_PANELS
        self.next.display = "next" in look.panels and width >= ONE_PANEL
        self.map.display = "map" in look.panels and (both or (width >= ONE_PANEL and not self.next.display))

    def mark(self, stage: Stage, look: Look, forgotten: str | None) -> None:
        """Take in what is marked; between two frames of a telling it stays the same."""
        session = stage.session
        path = session.story.path
        here = stage.current or session.story.cursor
        self._marks = Marks(
            cursor=here,
            notes=_notes(session),
            own=frozenset(passage.id for passage in path if passage.source != "model"),
            heat={passage.id: tuple(heat(passage)) for passage in path} if look.heat else {},
            token=look.token,
            search=look.search,
            forgotten=forgotten,
        )
        if self.map.display and not stage.busy:  # what isn't shown yet isn't told by the map either
            now = (len(session.story.passages), [passage.id for passage in path], self.map.size.width)
            if now != self._mapped:
                self._mapped = now
                self.map.show(session.story, session.story.cursor)
            elif self.map.cursor != session.story.cursor:
                self.map.mark(session.story.cursor)

    def draw(self, stage: Stage, tail: Tail) -> None:
        """Draw the story as far as it is shown."""
        word = None
        if stage.reveal is not None and stage.current is not None:
            word = (stage.current, *stage.reveal.word)
            if self._marks.cursor != stage.current:
                self._marks = replace(self._marks, cursor=stage.current)
        self.view.show(stage.blocks(), self._marks, tail, word)

    def draw_live_odds(self, stage: Stage) -> None:
        """While a passage is shown: what else could have stood at the current word."""
        piece = stage.piece if self.next.display else None
        if piece is not None and piece.alternatives:
            odds = chances(piece.alternatives, stage.session.manner.sampling)
            self.next.show("Here could stand", odds, piece.token)


def _notes(session: Session) -> dict[str, str]:
    """Which take of how many, for the passages that have several."""
    story = session.story
    notes = {}
    for passage in story.path:
        takes = story.takes(passage.id)
        if len(takes) > 1:
            notes[passage.id] = f"{takes.index(passage.id) + 1}/{len(takes)}"
    return notes
