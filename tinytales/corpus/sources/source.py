"""The source interface, and how what a user names becomes sources."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

from tinytales.corpus.settings import SYNTHETIC_STORIES, CorpusSettings
from tinytales.corpus.story import Story
from tinytales.errors import MissingError, UsageError

Confirm = Callable[[str], bool]


class Source(Protocol):
    """Something that gives stories."""

    @property
    def name(self) -> str:
        """What it is called in messages and in the manifest."""

    @property
    def fingerprint(self) -> str:
        """Says from where it gives which stories: equal fingerprints, equal stories, as far as a look can tell."""

    @property
    def facts(self) -> dict[str, str]:
        """What else the manifest should say of it, such as its licence."""

    @property
    def bytes(self) -> int | None:
        """About how many bytes of story it gives, None if that can't be known."""

    def stories(self, skip: int = 0) -> Iterator[Story]:
        """Read its stories but the first `skip` one by one, in the same order each time; none is blank.

        Raises:
            MissingError: it is damaged; the message names file and place.
        """


def open_sources(
    names: Sequence[str], settings: CorpusSettings, workers: int = 1, confirm: Confirm | None = None
) -> list[Source]:
    """The sources called `names`: `synthetic`, `tinystories`, `hf:OWNER/NAME[:COLUMN]`, files, and folders of files.

    Nothing is read or downloaded yet.

    Raises:
        MissingError: a file is missing or empty, a folder holds nothing readable.
        UsageError: a file is of a kind that can't be read, or no source is named.
        TinytalesError: the Hub can't be reached.
    """
    from tinytales.corpus.sources.files import FileSource, readable_files
    from tinytales.corpus.sources.hub import open_dataset, parse_name
    from tinytales.corpus.sources.synthetic import SyntheticSource

    if not names:
        raise UsageError("no source of stories is named", "name files, folders, or: synthetic")
    sources: list[Source] = []
    for name in names:
        if name == "synthetic":
            sources.append(SyntheticSource(settings, settings.limit or SYNTHETIC_STORIES, workers))
        elif (dataset := parse_name(name, settings.column)) is not None:
            sources.append(open_dataset(dataset, settings.limit, confirm))
        else:
            path = Path(name).expanduser()
            if not path.exists():
                raise MissingError(f"there is no file or folder {name}", "check the path, or use: synthetic")
            sources.extend(FileSource(file, settings.column) for file in readable_files(path))
    return sources
