"""The built-in generator as a source."""

from collections.abc import Iterator

from tinytales.corpus.story import Story

_ABOUT_BYTES = 800  # of one story


class SyntheticSource:
    """The first `count` stories of a seed."""

    def __init__(self, count: int, seed: int) -> None:
        self._count, self._seed = count, seed

    @property
    def name(self) -> str:
        return f"synthetic (seed {self._seed})"

    @property
    def fingerprint(self) -> str:
        return f"{self._count} synthetic stories of seed {self._seed}"

    @property
    def bytes(self) -> int:
        return self._count * _ABOUT_BYTES

    def stories(self) -> Iterator[Story]:
        from tinytales.corpus.synthetic.generator import Generator

        return Generator(self._seed).stories(0, self._count)
