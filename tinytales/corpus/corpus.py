"""A finished corpus, read story by story."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from tinytales.corpus.shards import Split, groups, read_column, read_stories, read_texts
from tinytales.corpus.story import Story
from tinytales.errors import MissingError
from tinytales.parallel import in_order
from tinytales.storage import manifest as manifests
from tinytales.storage.manifest import Manifest


@dataclass(frozen=True)
class Corpus:
    """A corpus folder and its manifest.

    The facts of the manifest: `sources`, `settings`, `train_stories`, `valid_stories`, `train_bytes`, `valid_bytes`,
    and `dropped` (why → how many stories).
    """

    folder: Path
    manifest: Manifest

    @classmethod
    def open(cls, folder: Path) -> "Corpus":
        """Open the corpus in `folder`.

        Raises:
            MissingError: there is none, or one of its files is missing or of the wrong size.
        """
        manifest = manifests.read(folder, "corpus")
        corpus = cls(folder, manifest)
        for split in ("train", "valid"):
            if not corpus.shards(split):
                raise MissingError(f"{folder} has no {split} stories", "prepare the corpus again")
        return corpus

    def shards(self, split: Split) -> list[Path]:
        """The Parquet files of one split, in order."""
        names = sorted(entry.name for entry in self.manifest.files if entry.name.startswith(f"{split}-"))
        return [self.folder / name for name in names]

    def stories(self, split: Split) -> Iterator[str]:
        """The texts of one split, always in the same order.

        Raises:
            MissingError: a shard is damaged.
        """
        for path in self.shards(split):
            yield from read_texts(path)

    def columns(self, split: Split, *, every: int = 1) -> Iterator[Any]:
        """The texts of one split as Arrow arrays of some thousand, read ahead by a thread; otherwise as `stories`.

        Args:
            split: "train" or "valid".
            every: of so many arrays, take the first only: an even sample of a large corpus.
        """
        parts = ((path, group) for path in self.shards(split) for group in range(groups(path)))
        return in_order(lambda part: read_column(*part), islice(parts, 0, None, every), 1)

    def records(self, split: Split) -> Iterator[Story]:
        """The stories of one split with what is known about them; otherwise as `stories`."""
        for path in self.shards(split):
            yield from read_stories(path)
