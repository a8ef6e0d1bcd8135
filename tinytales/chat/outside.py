"""What lies outside a storyteller's world, and the kind, fixed answers to it; all written by hand, in `wording`."""

import re
from collections.abc import Mapping, Sequence
from random import Random

from tinytales.chat.phrases import wording

_BLANK = re.compile(r"\{([a-z]+)\}")
_ENOUGH = 16  # characters that no story begins with as an answer does


def answers() -> Sequence[str]:
    """The answers to what lies outside."""
    found: Sequence[str] = wording("outside")["answers"]
    return found


def small_talk() -> Mapping[str, Sequence[str]]:
    """Answers to greetings and the like, each with what it answers."""
    found: Mapping[str, Sequence[str]] = wording("outside")["small_talk"]
    return found


def fill(question: str, random: Random) -> str:
    """A question with its blanks filled in; "{{" stands for "{"."""
    blanks = wording("outside")["blanks"]
    filled = _BLANK.sub(lambda blank: random.choice(blanks[blank[1]]), question.replace("{{", "\0").replace("}}", "\1"))
    return filled.replace("\0", "{").replace("\1", "}")


def is_refusal(reply: str) -> bool:
    """Whether a reply is one of the fixed answers, or begins as one does."""
    begin = reply.strip()[:_ENOUGH]
    return len(begin) == _ENOUGH and any(answer.startswith(begin) for answer in answers())
