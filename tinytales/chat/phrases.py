"""How people ask for stories: the phrases of which requests are put together, from the files in `wording`.

`training` phrases make the requests that models learn from, `measured` ones those that they are measured by. The two
share no phrase, so that what is measured is understanding and not memory; a test holds them apart.
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal


@dataclass(frozen=True)
class Phrases:
    """Phrases by what they ask for; the files say what stands in their blanks.

    Attributes:
        openers: the request itself.
        plain: nouns for a story of any length.
        short: for a short one.
        long: for a long one.
        about: goes on with whom it is about.
        named: goes on with their name.
        things: goes on with things that it is about.
        words: goes on with words that it has.
        happy: goes on with a happy end.
        sad: with a sad one.
        speaking: with someone who speaks.
        silent: without anyone who speaks.
        first: asks for a first sentence.
        sentence: whole requests for one sentence with one word.
        bare: whole requests for any story.
        outside: whole questions from outside a storyteller's world.
    """

    openers: tuple[str, ...]
    plain: tuple[str, ...]
    short: tuple[str, ...]
    long: tuple[str, ...]
    about: tuple[str, ...]
    named: tuple[str, ...]
    things: tuple[str, ...]
    words: tuple[str, ...]
    happy: tuple[str, ...]
    sad: tuple[str, ...]
    speaking: tuple[str, ...]
    silent: tuple[str, ...]
    first: tuple[str, ...]
    sentence: tuple[str, ...]
    bare: tuple[str, ...]
    outside: tuple[str, ...]


@cache
def load(which: Literal["training", "measured"]) -> Phrases:
    """The phrases for training, or those for measuring."""
    return Phrases(**{part: tuple(phrases) for part, phrases in wording(which).items()})


@cache
def wording(name: str) -> dict[str, Any]:
    """One of the files in `wording`."""
    return tomllib.loads(files(__package__).joinpath("wording", f"{name}.toml").read_text(encoding="utf-8"))
