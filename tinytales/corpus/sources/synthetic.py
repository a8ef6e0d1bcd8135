"""The built-in generator as a source."""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from multiprocessing import get_context

from tinytales.corpus.settings import CorpusSettings
from tinytales.corpus.story import Story
from tinytales.corpus.synthetic.generator import Generator

_ABOUT_BYTES = 820  # of one story
_BATCH = 512  # stories that a process makes at a time
_WORTH_A_PROCESS = 4 * _BATCH  # starting one takes as long as making so many stories


class SyntheticSource:
    """The first `count` stories of a seed."""

    def __init__(self, settings: CorpusSettings, count: int, workers: int) -> None:
        self._count, self._workers = count, workers
        self._recipe = (settings.seed, tuple(settings.feature_list), settings.words)
        make_generator(*self._recipe)  # what is wrong with the recipe shows now

    @property
    def name(self) -> str:
        return "synthetic"

    @property
    def fingerprint(self) -> str:
        seed, features, words = self._recipe
        having = f" with {', '.join(features)}" if features else ""
        about = f" about {words}" if words else ""
        return f"{self._count} synthetic stories of seed {seed}{having}{about}"

    @property
    def facts(self) -> dict[str, str]:
        return {}

    @property
    def bytes(self) -> int:
        return self._count * _ABOUT_BYTES

    def stories(self, skip: int = 0) -> Iterator[Story]:
        if self._workers == 1 or self._count - skip < _WORTH_A_PROCESS:
            yield from make_generator(*self._recipe).stories(skip, self._count)
            return
        tasks = [(self._recipe, start, min(start + _BATCH, self._count)) for start in range(skip, self._count, _BATCH)]
        with ProcessPoolExecutor(self._workers, mp_context=get_context("spawn")) as pool:
            for stories in pool.map(_make, tasks):
                yield from stories


@cache
def make_generator(seed: int, features: tuple[str, ...], words: str) -> Generator:
    """The generator of a recipe; reading the grammar takes a moment, so it is built once a process."""
    return Generator(seed, features, words)


def _make(task: tuple[tuple[int, tuple[str, ...], str], int, int]) -> list[Story]:
    recipe, start, stop = task
    return list(make_generator(*recipe).stories(start, stop))
