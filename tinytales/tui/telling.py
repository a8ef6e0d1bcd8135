"""A passage being told on a thread of its own, which knows nothing of widgets: the screen comes and fetches."""

import threading
import time
from dataclasses import replace

from tinytales.errors import TinytalesError
from tinytales.inference.engine import Engine, Piece
from tinytales.inference.sampling import Sampling
from tinytales.story.telling import Order, tell
from tinytales.tui.picks import Pick, find

_LONGEST_WORD = 8  # tokens


class Telling:
    """One passage on its way.

    Args:
        engine: tells it.
        order: what to tell.
        picks: whether to look for words that the reader may pick.

    Attributes:
        order: what is told.
        pieces: the tokens so far; only ever grows.
        picks: the words to pick, complete once it is done.
        error: what went wrong.
    """

    def __init__(self, engine: Engine, order: Order, picks: bool = False) -> None:
        self.order = order
        self.pieces: list[Piece] = []
        self.picks: list[Pick] = []
        self.error = ""
        self._engine = engine
        self._wants_picks = picks
        self._stop = threading.Event()
        self._started = time.perf_counter()
        self._ended: float | None = None
        self._thread = threading.Thread(target=self._run, name="telling", daemon=True)
        self._thread.start()

    @property
    def done(self) -> bool:
        """Whether nothing more comes."""
        return self._ended is not None and not self._thread.is_alive()

    @property
    def rate(self) -> float:
        """Tokens a second."""
        seconds = (self._ended or time.perf_counter()) - self._started
        return (len(self.pieces) - len(self.order.opening)) / seconds if seconds > 0 else 0.0

    @property
    def engine_name(self) -> str:
        return self._engine.name

    def stop(self, seconds: float = 2.0) -> None:
        """End it at the next token, and wait for that."""
        self._stop.set()
        self._thread.join(seconds)

    def _run(self) -> None:
        try:
            for piece in tell(self._engine, self.order, self._stop):
                self.pieces.append(piece)
            self._ended = time.perf_counter()
            if self._wants_picks and not self._stop.is_set():
                self.picks = find(self.pieces, self._finish_word)
        except TinytalesError as error:
            self.error = f"{error.what}: {error.hint}"
        except Exception as error:  # whatever an engine does, the story stays usable
            self.error = f"The model failed: {error}"
        self._ended = self._ended or time.perf_counter()

    def _finish_word(self, index: int, beginning: str) -> str:
        text = self.order.prompt + "".join(piece.text for piece in self.pieces[:index]) + beginning
        word = beginning
        surest = Sampling(temperature=0.0, max_tokens=_LONGEST_WORD)
        for piece in self._engine.generate(text, surest, stop=self._stop):
            if piece.finish is not None or not piece.text[:1].isalpha():
                break
            word += piece.text
        return word


def fresh(order: Order, seed: int) -> Order:
    """The same order with another seed: another take."""
    return replace(order, sampling=replace(order.sampling, seed=seed))
