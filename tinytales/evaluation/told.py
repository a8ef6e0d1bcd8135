"""What is measured: stories as they were told, in groups that began alike, and the beginnings themselves."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.resources import files

from tinytales.inference.engine import Engine
from tinytales.inference.sampling import Sampling
from tinytales.machine import usable_cores

SAMPLING = Sampling(max_tokens=600)  # a longer story has lost its way


@dataclass(frozen=True)
class Told:
    """A story.

    Attributes:
        prompt: its beginning, which was given.
        text: what was told from there.
        ended: whether the teller ended it, rather than being stopped.
    """

    prompt: str
    text: str
    ended: bool


Group = tuple[Told, ...]
"""Stories told from one beginning; of people's, as many that began somehow."""
Teller = Callable[[str], Group]
"""Tells the stories of a group from their beginning; threads may ask at once."""


def prompts() -> list[str]:
    """The beginnings that every model goes on from."""
    lines = files(__package__).joinpath("prompts.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if not line.startswith("#")]


def engine_teller(engine: Engine, seeds: int) -> Teller:
    """A model that tells `seeds` stories from a beginning, always the same ones."""

    def tell(prompt: str) -> Group:
        texts, ended = [""] * seeds, [False] * seeds
        for take, piece in engine.generate_takes(prompt, SAMPLING, seeds):
            texts[take] += piece.text
            ended[take] = piece.finish == "end"
        return tuple(Told(prompt, text, end) for text, end in zip(texts, ended, strict=True))

    return tell


def tell_groups(tell: Teller, beginnings: Sequence[str], advance: Callable[[float], None]) -> list[Group]:
    """The stories from each beginning, several at once; `advance` is told how many there are more."""
    groups = []
    with ThreadPoolExecutor(usable_cores()) as pool:
        for group in pool.map(tell, beginnings):
            groups.append(group)
            advance(len(group))
    return groups


def human_groups(stories: Iterable[str], seeds: int) -> list[Group]:
    """People's stories in groups of `seeds`, each without its first sentence, as a model's is without its prompt."""
    told = [Told(*split_first_sentence(story), True) for story in stories]
    whole = len(told) - len(told) % seeds
    return [tuple(told[first : first + seeds]) for first in range(0, whole, seeds)] or [tuple(told)]


def split_first_sentence(story: str) -> tuple[str, str]:
    """The first sentence, and what follows; a story of one sentence is all rest."""
    for index, character in enumerate(story):
        if character in ".!?":
            end = index + 1
            while end < len(story) and story[end] in ".!?\"'”’":
                end += 1
            if end < len(story) and story[end].isspace():
                return story[:end], story[end:]
    return "", story
