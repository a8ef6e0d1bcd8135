"""The library: every story of this person, opened for one teller at a time."""

import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tinytales import paths
from tinytales.errors import MissingError, TinytalesError, UsageError
from tinytales.storage.locks import Lock
from tinytales.storage.shelf import slug
from tinytales.story import log
from tinytales.story.log import Line, Log, Reading
from tinytales.story.operations import Stand
from tinytales.story.passage import now
from tinytales.story.story import Story

SUFFIX = ".jsonl"
SPARE_LINES = 64  # so many lines that say nothing any more are worth a rewrite


@dataclass(frozen=True)
class Entry:
    """A story as the library lists it. `changed` is seconds since 1970."""

    path: Path
    title: str
    text: str
    passages: int
    models: tuple[str, ...]
    changed: float
    finished: bool

    @property
    def words(self) -> int:
        return len(self.text.split())


@dataclass
class OpenStory:
    """A story that is open, with where its operations go.

    Attributes:
        story: the story.
        log: where operations are added; None where it may only be read.
        notes: what its reader should know, a sentence each.
    """

    story: Story
    log: Log | None
    notes: Sequence[str] = ()
    _old_lock: Lock | None = field(default=None, repr=False)

    @property
    def read_only(self) -> bool:
        return self.log is None

    def close(self) -> None:
        """Give the file and its lock back."""
        if self.log is not None:
            self.log.close()
        if self._old_lock is not None:
            self._old_lock.release()


@dataclass(frozen=True)
class Library:
    """The stories in a folder."""

    folder: Path

    @staticmethod
    def home() -> "Library":
        """The library in the home folder."""
        return Library(paths.home() / "stories")

    def files(self) -> list[Path]:
        """Every story's file, the latest changed first."""
        try:
            dated = [(path.stat().st_mtime_ns, path) for path in self.folder.glob(f"*{SUFFIX}")]
        except OSError:
            return []
        return [path for _, path in sorted(dated, reverse=True)]

    def entries(self) -> list[Entry]:
        """Every story that can be read, the latest changed first."""
        found = []
        for path in self.files():
            try:
                found.append(entry(path))
            except MissingError:
                continue
        return found

    def search(self, words: str) -> list[Entry]:
        """The stories that have every one of `words` in title or text, the latest changed first."""
        wanted = words.casefold().split()
        return [one for one in self.entries() if all(word in f"{one.title}\n{one.text}".casefold() for word in wanted)]

    def latest(self) -> Path | None:
        """The story to continue: the latest changed."""
        return next(iter(self.files()), None)

    def find(self, name: str) -> Path:
        """The story with this path, file name, or beginning or end of a file name.

        Raises:
            MissingError: there is none, or more than one.
        """
        for candidate in (Path(name).expanduser(), self.folder / name, self.folder / f"{name}{SUFFIX}"):
            if candidate.is_file():
                return candidate
        matches = [path for path in self.files() if path.stem.startswith(name) or path.stem.endswith(name)]
        if len(matches) == 1:
            return matches[0]
        known = ", ".join(path.stem for path in (matches or self.files())[:5])
        what = f"more than one story is called {name}" if matches else f"there is no story called {name}"
        raise MissingError(what, f"there are: {known}" if known else "begin one: tinytales")

    def new(self, title: str) -> OpenStory:
        """A new story; its file comes into being with its first operation."""
        story_id = secrets.token_hex(4)
        path = self.folder / f"{slug(title)}-{story_id}{SUFFIX}"
        return OpenStory(Story(), Log(path, log.header(story_id, now())))

    def open(self, path: Path) -> OpenStory:
        """Open a story to go on with it; where it can't be written to, it can still be read.

        Raises:
            MissingError: it is missing or no story.
        """
        lock = Lock(path)
        held = lock.acquire()
        try:
            reading = log.read(path)
        except MissingError:
            lock.release()
            raise
        story = Story(reading.operations)
        reason = _why_read_only(path, reading, held)
        if reason:
            lock.release()
            return OpenStory(story, None, [reason, *_damage(path, reading)])
        old_lock = None
        lines = compacted(reading.lines)
        if not reading.closed or len(reading.lines) - len(lines) >= SPARE_LINES:
            try:
                log.rewrite(path, reading, lines)
            except OSError as error:
                lock.release()
                return OpenStory(story, None, [f"It can only be read: {error.strerror}.", *_damage(path, reading)])
            # The rewritten file is another one: it needs a lock of its own, and the old one's stays until the end, so
            # that nobody who opened the old file takes it for theirs.
            old_lock, lock = lock, Lock(path)
            lock.acquire()
        return OpenStory(story, Log(path, reading.header, lock), _damage(path, reading), old_lock)

    def remove(self, path: Path) -> None:
        """Remove a story for good.

        Raises:
            UsageError: it is not in the library.
            TinytalesError: it is open in a window.
        """
        if path.parent.resolve() != self.folder.resolve():
            raise UsageError(f"{path} is not in the library", "remove the file itself")
        lock = Lock(path)
        if not lock.acquire():
            raise TinytalesError(f"{path.stem} is open in another window", "close it there first")
        try:
            path.unlink()
        finally:
            lock.release()


def entry(path: Path) -> Entry:
    """A story as the library lists it.

    Raises:
        MissingError: it is missing or no story.
    """
    story = Story(log.read(path).operations)
    models = dict.fromkeys(passage.model for passage in story.path if passage.model)
    changed = path.stat().st_mtime
    return Entry(path, story.title, story.text, len(story.passages), tuple(models), changed, story.finished)


def compacted(lines: Sequence[Line]) -> list[Line]:
    """The lines without those that say where a reader stood and are followed by one that says it anew."""
    standing = [isinstance(line.operation, Stand) for line in lines] + [False]
    return [line for index, line in enumerate(lines) if not (standing[index] and standing[index + 1])]


def _why_read_only(path: Path, reading: Reading, held: bool) -> str:
    if reading.newer:
        return "A newer tinytales wrote this story: it can be read here, and nothing in it is changed."
    if not held:
        return "This story is open in another window: here it can only be read."
    if not os.access(path, os.W_OK):
        return "This story's file may not be written to: it can only be read."
    return ""


def _damage(path: Path, reading: Reading) -> list[str]:
    notes = []
    if reading.torn:
        notes.append(f"An interrupted write was put aside in {path.with_suffix('.torn').name}; all before it is here.")
    if reading.damaged:
        notes.append(f"{reading.damaged} damaged lines were passed over and left as they are.")
    return notes
