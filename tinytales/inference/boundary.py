"""Where a story is to stop: at the end of a sentence or a paragraph, or before given strings."""

import re
from collections.abc import Sequence

# A full stop, closing quotes, and white space; but not after an abbreviation that stories use.
_SENTENCE = re.compile(r"(?<!\bMr)(?<!\bMrs)(?<!\bMs)(?<!\bDr)(?<!\bSt)[.!?…][.!?…\"'”’)]*(?=\s)")
_PARAGRAPH = re.compile(r"(?<=\S)(?=[ \t]*\n)")
UNTIL = {"end": None, "sentence": _SENTENCE, "paragraph": _PARAGRAPH}

_REMEMBERED = 16  # characters before new text that a pattern may begin in


class Boundary:
    """Lets text through until it has reached where it is to stop.

    A sentence is over when white space follows, which isn't let through. Text that may be the beginning of a stop
    string is held back until it is clear what it is.
    """

    def __init__(self, until: str = "end", stop_strings: Sequence[str] = ()) -> None:
        self._pattern = UNTIL[until]
        self._stop_strings = stop_strings
        self._passed = ""
        self._held = ""
        self.reached = False

    def add(self, text: str) -> str:
        """What of the text so far may be shown now and was not yet."""
        if self.reached or not (self._pattern or self._stop_strings):
            return "" if self.reached else text
        new = self._held + text
        found = [place for stop in self._stop_strings if (place := new.find(stop)) >= 0]
        if self._pattern and (match := self._pattern.search(self._passed + new)):
            found.append(max(match.end() - len(self._passed), 0))
        if found:
            self.reached = True
            return new[: min(found)]
        held = max((_overlap(new, stop) for stop in self._stop_strings), default=0)
        shown, self._held = new[: len(new) - held], new[len(new) - held :]
        self._passed = (self._passed + shown)[-_REMEMBERED:]
        return shown

    def end(self) -> str:
        """What was held back, when no more text comes."""
        held, self._held = self._held, ""
        return held


def _overlap(text: str, stop: str) -> int:
    """How many characters at the end of `text` are a beginning of `stop`."""
    return next((size for size in range(min(len(text), len(stop) - 1), 0, -1) if text.endswith(stop[:size])), 0)
