"""Datasets of the Hugging Face Hub as sources: their data files, at one revision; no code of theirs is ever run."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path, PurePosixPath

from tinytales.corpus.sources.files import READERS, FileSource
from tinytales.corpus.sources.hub_client import HubClient, RemoteFile
from tinytales.corpus.sources.source import Confirm
from tinytales.corpus.sources.streams import kind_of
from tinytales.corpus.story import Story
from tinytales.errors import MissingError, TinytalesError, UsageError

TINYSTORIES = "roneneldan/TinyStories"

_HUB_NAME = re.compile(r"hf:([A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95})(?::(.+))?")
_PREFERRED = (".parquet", ".jsonl", ".json", ".csv", ".txt")
_NOT_DATA = re.compile(
    r"(^|/)(dataset_infos?|dataset_dict|state|config|package|tokenizer\w*|requirements|license)\.\w+$", re.I
)
_OTHER_SPLIT = re.compile(r"(^|[/_.-])(valid|validation|val|test|dev|eval)([/_.-]|$)", re.I)
_CONVERTED = "refs/convert/parquet"
_ASK_ABOVE = 50 * 10**6  # bytes


@dataclass(frozen=True)
class Dataset:
    """What to read from the Hub.

    Attributes:
        name: what the user calls it.
        repository: OWNER/NAME.
        column: which column holds the story.
        files: a pattern that the paths of its data files match; all that can be read if empty.
    """

    name: str
    repository: str
    column: str
    files: str = ""


def parse_name(name: str, column: str) -> Dataset | None:
    """The dataset called `name`; None if that is no name of a dataset.

    Raises:
        UsageError: it begins with `hf:` and goes on wrongly.
    """
    if name == "tinystories":
        return Dataset(name, TINYSTORIES, column, r"data/train-.*\.parquet")
    if name == "tinystories-gpt4":
        return Dataset(name, TINYSTORIES, column, r"TinyStoriesV2-GPT4-train\.txt")
    if not name.startswith("hf:"):
        return None
    found = _HUB_NAME.fullmatch(name)
    if not found:
        raise UsageError(f"{name} names no dataset", "write hf:OWNER/NAME or hf:OWNER/NAME:COLUMN")
    return Dataset(name, found[1], found[2] or column)


def open_dataset(dataset: Dataset, limit: int | None, confirm: Confirm | None) -> "HubSource":
    """Look up a dataset's files at its present revision; nothing is downloaded yet.

    Raises:
        UsageError: there is no such dataset, or nothing in it can be read.
        TinytalesError: the Hub can't be reached, or doesn't let us in.
    """
    client = HubClient(dataset.repository)
    listing = client.listing(None)
    files = data_files(listing.files, dataset.files)
    if not files and not client.offline:
        converted = client.listing(_CONVERTED, missing_ok=True)  # the Hub's own copy of datasets that need code to load
        listing, files = converted, data_files(converted.files, dataset.files)
    if client.offline and (part := incomplete([file.path for file in files])):
        raise MissingError(f"only a part of {dataset.repository} is in the cache, such as {part}", "go online once")
    if not files:
        raise UsageError(
            f"{dataset.repository} has no data files that can be read", f"use one with {', '.join(READERS)}"
        )
    return HubSource(dataset, client, listing.revision, listing.licence, files, limit, confirm)


def data_files(files: Sequence[RemoteFile], pattern: str) -> list[RemoteFile]:
    """Those of a repository's files that hold its stories: of one kind, and for training where the names say so."""
    found = [file for file in files if kind_of(PurePosixPath(file.path)) in READERS]
    if pattern:
        return [file for file in found if re.fullmatch(pattern, file.path)]
    found = [file for file in found if not _NOT_DATA.search(file.path)]
    for kind in _PREFERRED:
        if of_kind := [file for file in found if kind_of(PurePosixPath(file.path)) == kind]:
            train = [file for file in of_kind if not _OTHER_SPLIT.search(file.path)]
            return sorted(train or of_kind, key=lambda file: file.path)
    return []


class HubSource:
    """The data files of one dataset at one revision."""

    def __init__(
        self,
        dataset: Dataset,
        client: HubClient,
        revision: str,
        licence: str,
        files: Sequence[RemoteFile],
        limit: int | None,
        confirm: Confirm | None,
    ) -> None:
        self._dataset, self._client, self._revision, self._licence = dataset, client, revision, licence
        self._files, self._limit, self._confirm = files, limit, confirm

    @property
    def name(self) -> str:
        return self._dataset.name

    @property
    def fingerprint(self) -> str:
        return f"{self._dataset.name} ({self._dataset.repository} at {self._revision}, column {self._dataset.column})"

    @property
    def facts(self) -> dict[str, str]:
        return {"repository": self._dataset.repository, "revision": self._revision, "licence": self._licence}

    @property
    def bytes(self) -> int | None:
        return None  # packed

    def stories(self, skip: int = 0) -> Iterator[Story]:
        self._ask()
        paths = self._client.download(self._files, self._revision, ahead=0 if self._limit else 3)
        found = chain.from_iterable(self._read(path) for path in paths)
        return islice(found, skip, None)

    def _read(self, path: Path) -> Iterator[Story]:
        return FileSource(path, self._dataset.column).stories()

    def _ask(self) -> None:
        missing = [file for file in self._files if not self._client.is_here(file, self._revision)]
        size = sum(file.bytes for file in missing)
        if size <= _ASK_ABOVE or self._confirm is None:
            return
        part = "up to " if self._limit else ""
        if not self._confirm(f"{self.name} is a download of {part}{size / 10**9:.1f} GB. Go ahead?"):
            raise TinytalesError("nothing was downloaded", "take a part with --limit, or another source")


def incomplete(names: Sequence[str]) -> str | None:
    """A name of the form …-00003-of-00004… whose siblings aren't all among `names`; None if there is none."""
    for name in names:
        if found := re.search(r"^(.*-)(\d+)(-of-)(\d+)", name):
            for number in range(int(found[4])):
                sibling = f"{found[1]}{number:0{len(found[2])}}{found[3]}{found[4]}"
                if not any(other.startswith(sibling) for other in names):
                    return name
    return None
