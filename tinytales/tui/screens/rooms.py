"""The ways from the story to the other screens, and what comes back from each."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from tinytales import paths
from tinytales.errors import MissingError, TinytalesError
from tinytales.inference.engine import Alternative, Piece
from tinytales.inside.odds import alternatives_after
from tinytales.story.export import export, free_name
from tinytales.story.library import entry
from tinytales.story.operations import Add
from tinytales.story.passage import Passage
from tinytales.story.telling import KEPT_ALTERNATIVES, Order
from tinytales.tui.layout import shown
from tinytales.tui.screens.desk import DeskScreen
from tinytales.tui.session import Manner, Session
from tinytales.tui.telling import Telling


class RoomsScreen(DeskScreen):
    """See the module. Screens are imported when they are first gone to: the first picture needs none of them."""

    def __init__(self, path: Path | None, manner: Manner) -> None:
        super().__init__(path, manner)
        self._drafts: dict[str, str] = {}  # edits that were left, by passage

    def welcome(self, *, can_leave: bool = False) -> None:
        from tinytales.tui.screens.start import Begin, Reopen, StartScreen

        latest = None
        library = self.tale.library
        if not can_leave and (path := library.latest()) is not None:
            try:
                latest = (path, entry(path).title)
            except MissingError:
                latest = None

        def begun(choice: Begin | Reopen | None) -> None:
            if isinstance(choice, Begin):
                self.begin(choice.prompt)
            elif isinstance(choice, Reopen):
                self.open(choice.path)

        first = latest is None and not can_leave
        self.tale.push_screen(StartScreen(library, self.model_words, latest, first=first, can_leave=can_leave), begun)

    def action_new(self) -> None:
        self.settle()
        self.welcome(can_leave=self.session is not None)

    def action_library(self) -> None:
        from tinytales.tui.screens.library import LibraryScreen

        self.put_away()

        def opened(path: Path | None) -> None:
            if path is not None:
                self.open(path)

        self.tale.push_screen(LibraryScreen(self.tale.library), opened)

    def action_map(self) -> None:
        if self.session is None:
            return
        from tinytales.tui.screens.map import MapScreen

        self.settle()

        def chosen(passage: str | None) -> None:
            if passage is not None:
                self.change(lambda session: session.go_to(passage))

        self.tale.push_screen(MapScreen(self.session.story), chosen)

    def action_read(self) -> None:
        if self.session is not None:
            from tinytales.tui.screens.read import ReadScreen

            self.settle()
            story = self.session.story
            blocks = [(passage.id, shown(passage.text)) for passage in story.path]
            self.tale.push_screen(ReadScreen(shown(story.title), blocks, finished=story.finished))

    def action_takes(self) -> None:
        if self.session is not None and self.may_change():
            session = self.session
            self.settle()
            self.with_engine(lambda engine: self._show_takes(lambda: Telling(engine, next_passage(session))))

    def _show_takes(self, begin: Callable[[], Telling]) -> None:
        from tinytales.tui.screens.takes import Taken, TakesScreen

        def taken(result: Taken | None) -> None:
            if result is None or self.session is None:
                return
            for passage in result.passages:
                self.session.do(Add(passage, chosen=passage is result.chosen))
            self.draw()

        self.tale.push_screen(TakesScreen(begin, self.manner.pace), taken)

    def action_edit(self) -> None:
        if self.session is None or self.session.here is None or not self.may_change():
            return
        from tinytales.tui.screens.edit import EditScreen

        self.settle()
        here = self.session.here
        lead = here.text[: len(here.text) - len(here.text.lstrip())]
        rest = here.text[len(here.text.rstrip()) :] if here.text.strip() else ""

        def edited(result: tuple[bool, str] | None) -> None:
            keep, text = result or (False, here.text)
            if not keep:
                self._drafts[here.id] = text
            elif text.strip() != here.text.strip() and self.session is not None:
                self._drafts.pop(here.id, None)
                self.change(lambda session: session.edit(here.id, f"{lead}{text.strip()}{rest}"))

        self.tale.push_screen(EditScreen(self._drafts.get(here.id, here.text.strip())), edited)

    def action_words(self, offset: int | None = None) -> None:
        session = self.session
        passage = _with_odds(session) if session is not None else None
        if session is None or passage is None:
            self.notify("No odds were kept here: these words are your own.")
            return
        from tinytales.tui.screens.words import Swap, WordsScreen

        self.settle()
        session.stand(passage.id)
        pieces = passage.tokens

        def ask(index: int) -> Sequence[Alternative]:
            engine = self.tale.engine
            before = session.story.text_to(passage.parent) + "".join(piece.text for piece in pieces[:index])
            return alternatives_after(engine, before, self.manner.sampling, KEPT_ALTERNATIVES) if engine else ()

        def look(start: int, end: int) -> None:
            self._look = replace(self._look, token=(passage.id, start, end))
            self.draw()

        def swapped(swap: Swap | None) -> None:
            self._look = replace(self._look, token=None)
            self.draw()
            if swap is not None:
                other = Piece(swap.alternative.text, swap.alternative.token, swap.alternative.logprob,
                              pieces[swap.index].alternatives)  # fmt: skip
                opening = (*pieces[: swap.index], other)
                already = sum(len(shown(piece.text)) for piece in opening)
                self.tell(lambda now: now.order(passage.parent, opening), already)

        start = _token_at(pieces, offset) if offset is not None else 0
        self.tale.push_screen(WordsScreen(pieces, self.manner.sampling, ask, look, start), swapped)

    def action_sampling(self) -> None:
        from tinytales.tui.screens.sampling import SamplingScreen

        self._panel = self.tale.kept(SamplingScreen, lambda: SamplingScreen(self.set_manner))
        self._panel.take(self.manner, self._upcoming)
        self.tale.push_screen(self._panel)

    def action_export(self) -> None:
        if self.session is not None and self.session.story.path:
            from tinytales.tui.screens.export import ExportScreen

            self.settle()

            def chosen(form: str | None) -> None:
                if form is not None:
                    self.export_as(form)

            self.tale.push_screen(ExportScreen(str(Path.cwd())), chosen)

    def export_as(self, form: str) -> None:
        """Write the story into a file of this form; into the home folder where the current one can't be written to."""
        if self.session is None:
            return
        story = self.session.story
        for folder in (Path.cwd(), paths.home()):
            try:
                path = export(story, free_name(folder, story.title, form))
            except TinytalesError as error:
                trouble = error.what
            else:
                self.notify(str(path), title="Exported", timeout=8)
                return
        self.notify(trouble, title="Not exported", severity="error")

    def after_save_trouble(self, answer: str | None) -> None:
        """Do what the reader said when not everything could be saved."""
        match answer:
            case "again":
                self.tale.action_leave()
            case "elsewhere":
                self.export_as("json")
            case "leave":
                self.tale.exit()

    def model_words(self) -> str:
        """Which model tells, or what is wrong with it."""
        engine, trouble = self.tale.engine, self.tale.trouble
        if trouble is not None:
            return f"There is no model to tell stories yet: {trouble.what}. To get one, {trouble.hint}."
        return f"The teller: {engine.name}" if engine is not None else "The teller is waking up…"


def next_passage(session: Session) -> Order:
    """The passage that follows where the reader stands."""
    return session.order_what_happens_next() if session.ended else session.order(session.story.cursor)


def _with_odds(session: Session) -> Passage | None:
    """The passage at which the reader stands, or the nearest before it, whose odds were kept."""
    for passage in reversed(session.story.lineage(session.story.cursor)):
        if any(piece.token >= 0 and piece.text.strip() for piece in passage.tokens):
            return passage
    return None


def _token_at(pieces: Sequence[Piece], offset: int) -> int:
    """The token in which a shown character is."""
    for index, piece in enumerate(pieces):
        offset -= len(shown(piece.text))
        if offset < 0:
            return index
    return len(pieces) - 1
