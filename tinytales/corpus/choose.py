"""Choosing, among cleaned stories, those that make the corpus: no copies, no near-copies, simple words if asked."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tinytales import terminal
from tinytales._native import KnownWords, NearIndex, WordCounts, signatures
from tinytales.corpus import chunks, vocabulary
from tinytales.corpus.settings import CorpusSettings
from tinytales.parallel import in_order


@dataclass(frozen=True)
class Choice:
    """Which stories stay.

    Attributes:
        keep: for each chunk, a mask over its stories (NumPy, bool).
        hashes: the hashes of those that stay (NumPy, uint64).
        dropped: reason → how many go.
        words: how many different words the stories use, copies aside and before the vocabulary is applied.
        coverage: share of the running words that the most frequent 500, … make up; likewise.
    """

    keep: list[Any]
    hashes: Any
    dropped: Counter[str]
    words: int
    coverage: dict[str, float]


def choose(paths: Sequence[Path], settings: CorpusSettings, workers: int) -> Choice:
    """Choose among the stories of the chunks at `paths`; of copies the earliest stays."""
    import numpy as np

    hashes = [chunks.read(path).column("hash").to_numpy() for path in paths]
    everything = np.concatenate(hashes) if hashes else np.empty(0, np.uint64)
    first = np.zeros(len(everything), bool)
    first[np.unique(everything, return_index=True)[1]] = True
    keep = np.split(first, np.cumsum([len(some) for some in hashes])[:-1])
    dropped = Counter({"duplicate": len(first) - int(first.sum())})
    if settings.near_duplicates:
        keep, gone = _without_near_copies(paths, keep, settings.near_duplicates, workers)
        dropped["near duplicate"] = gone
    counts = _count_words(paths, keep, workers)
    base_of, totals = vocabulary.fold(counts)
    if settings.vocabulary:
        known = KnownWords(vocabulary.known_words(settings.vocabulary, base_of, totals))
        keep, gone = _within(paths, keep, known, settings.unknown_words, workers)
        dropped["vocabulary"] = gone
    return Choice(
        keep=keep,
        hashes=everything[np.concatenate(keep)] if keep else everything,
        dropped=+dropped,
        words=len(counts),
        coverage=vocabulary.coverage(totals),
    )


def _without_near_copies(
    paths: Sequence[Path], keep: Sequence[Any], threshold: float, workers: int
) -> tuple[list[Any], int]:
    import numpy as np

    index = NearIndex(sum(int(mask.sum()) for mask in keep), threshold)
    kept: list[Any] = []
    with terminal.progress("finding near copies", sum(map(len, keep)), "stories") as bar:
        signed = in_order(lambda path: signatures(*chunks.texts_of(chunks.read(path))), paths, workers)
        for signature, mask in zip(signed, keep, strict=True):
            flags = index.keep(signature, mask.astype(np.uint8).tobytes())
            kept.append(np.frombuffer(flags, np.uint8).astype(bool))
            bar.advance(len(mask))
    return kept, _difference(keep, kept)


def _count_words(paths: Sequence[Path], keep: Sequence[Any], workers: int) -> list[tuple[str, int]]:
    import numpy as np

    def count(item: tuple[Path, Any]) -> WordCounts:
        counts = WordCounts()
        counts.add(*chunks.texts_of(chunks.read(item[0])), item[1].astype(np.uint8).tobytes())
        return counts

    total = WordCounts()
    with terminal.progress("counting words", sum(map(len, keep)), "stories") as bar:
        for counts, mask in zip(in_order(count, zip(paths, keep, strict=True), workers), keep, strict=True):
            total.merge(counts)
            bar.advance(len(mask))
    return total.sorted()


def _within(
    paths: Sequence[Path], keep: Sequence[Any], known: KnownWords, tolerance: float, workers: int
) -> tuple[list[Any], int]:
    import numpy as np

    def simple(path: Path) -> Any:
        unknown, words = known.unknown(*chunks.texts_of(chunks.read(path)))
        return np.frombuffer(unknown, np.uint32) <= tolerance * np.frombuffer(words, np.uint32)

    kept = [mask & good for mask, good in zip(keep, in_order(simple, paths, workers), strict=True)]
    return kept, _difference(keep, kept)


def _difference(before: Sequence[Any], after: Sequence[Any]) -> int:
    return sum(int(mask.sum()) for mask in before) - sum(int(mask.sum()) for mask in after)
