"""Showing a text at a pace for eyes. The model is done long before; this only says how much has been shown."""

import re
from dataclasses import dataclass, field
from typing import Literal, get_args

Pace = Literal["reading", "quick", "instant"]
PACES: tuple[Pace, ...] = get_args(Pace)

# Seconds a word stays the current one: a page read aloud goes by at about 200 words a minute.
_SECONDS_A_WORD = {"reading": 0.30, "quick": 0.08, "instant": 0.0}
_SENTENCE_ENDS = '.!?…”"'
_SENTENCE_PAUSE = 2.0  # the last word of a sentence stays so many times as long
_WORD = re.compile(r"\S+")


@dataclass
class Reveal:
    """How much of a growing text has been shown.

    Attributes:
        pace: how fast it goes on.
        shown: characters shown.
        word: where the word shown last begins and ends.
        paused: whether it waits for the reader.
        holds: characters at which it waits, in order: the text from there on is for the reader to choose.
    """

    pace: Pace
    shown: int = 0
    word: tuple[int, int] = (0, 0)
    paused: bool = False
    holds: list[int] = field(default_factory=list)
    _due: float | None = None  # when the next word is

    @property
    def held(self) -> bool:
        """Whether it waits at a hold."""
        return bool(self.holds) and self.shown >= self.holds[0]

    def advance(self, text: str, complete: bool, now: float) -> bool:
        """Show what is due at `now` (seconds); a word at the end of an incomplete text may still grow and waits.

        Returns:
            Whether more is shown than before.
        """
        before = self.shown
        limit = min(self.holds[0], len(text)) if self.holds else len(text)
        if self.paused:
            self._due = now
        elif self.pace == "instant":
            self.shown = max(self.shown, limit)
            self.word = (self.shown, self.shown)
        else:
            self._words(text, limit, complete, now)
        return self.shown > before

    def finish(self, text: str) -> None:
        """Show everything at once."""
        self.shown = len(text)
        self.word = (self.shown, self.shown)
        self.holds.clear()

    def _words(self, text: str, limit: int, complete: bool, now: float) -> None:
        # A pause in the telling is not made up for by a burst afterwards.
        due = now if self._due is None else max(self._due, now - 0.25)
        while due <= now and self.shown < limit:
            match = _WORD.search(text, self.shown, limit)
            if match is None:
                self.shown = limit
                break
            if match.end() == len(text) and not complete:
                break
            self.word = match.span()
            self.shown = match.end()
            due += _SECONDS_A_WORD[self.pace] * (_SENTENCE_PAUSE if text[self.shown - 1] in _SENTENCE_ENDS else 1.0)
        self._due = due
