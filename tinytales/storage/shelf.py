"""Shelves: the folders of one kind by name, the newest first; and which of the models tells."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from tinytales import paths
from tinytales.errors import MissingError, TinytalesError, UsageError
from tinytales.storage import atomic
from tinytales.storage.locks import Lock
from tinytales.storage.runs import unfinished

STARTER = "starter"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True)
class Shelf:
    """The finished folders of one kind.

    Attributes:
        folder: the folder's name under the home folder, e.g. "corpora".
        noun: what one of them is called, e.g. "corpus".
        markers: a folder that holds any of these files is a finished one; its time is the marker's.
        hint: what to do when there is none.
    """

    folder: str
    noun: str
    markers: Sequence[str]
    hint: str

    @property
    def root(self) -> Path:
        """Where the folders stand."""
        return paths.home() / self.folder

    def all(self) -> list[Path]:
        """The finished folders, the newest first."""
        if not self.root.is_dir():
            return []
        folders = [path for path in self.root.iterdir() if not path.name.startswith(".")]
        dated = [(time, path.name, path) for path in folders if (time := self._time(path)) is not None]
        return [path for _, _, path in sorted(dated, reverse=True)]

    def find(self, name: str | None) -> Path:
        """The folder called `name`, or at the path `name`; the newest when None.

        Raises:
            MissingError: there is none.
        """
        if name is None:
            for path in self.all():
                return path
            raise MissingError(f"there is no {self.noun} yet", self.hint)
        path = self.path(name)
        if self.holds(path):
            return path
        known = ", ".join(path.name for path in self.all()[:8])
        raise MissingError(f"there is no {self.noun} called {name}", f"there are: {known}" if known else self.hint)

    def path(self, name: str) -> Path:
        """Where a folder called `name` stands, or would; a name that no folder can have is a path."""
        return self.root / name if _NAME.fullmatch(name) else Path(name).expanduser()

    def holds(self, path: Path) -> bool:
        """Whether `path` is a finished folder of this kind."""
        return self._time(path) is not None

    def fresh(self, name: str) -> Path:
        """A path for a new folder: `name`, or `name-2`, `name-3`, … while that is taken.

        It is taken by a finished folder, by a run, stopped or not, and by another process that makes it right now.
        """
        taken = (Path.exists, lambda path: unfinished(path).exists(), atomic.is_being_made)
        return next(path for path in self.names(name) if not any(holds(path) for holds in taken))

    def stopped(self, name: str) -> Path | None:
        """The path among `name`, `name-2`, … whose run was stopped (or goes on right now); None if there is none."""
        for path in self.names(name):
            if unfinished(path).exists():
                return path
            if not path.exists():
                return None
        raise AssertionError("names never end")

    def names(self, name: str) -> Iterator[Path]:
        """The paths that a new folder may get, in their order: `name`, `name-2`, `name-3` and so on."""
        check_name(name)
        return (self.root / (name if number == 1 else f"{name}-{number}") for number in count(1))

    def removable(self, name: str) -> Path:
        """The folder called `name`, finished, damaged or half removed, or else that of the stopped run of that name.

        Raises:
            UsageError: `name` is a path: only what stands on the shelf is removed.
            MissingError: there is none.
        """
        check_name(name)
        path = self.root / name
        path = path if path.is_dir() else unfinished(path)
        if not path.is_dir():
            raise MissingError(f"there is no {self.noun} called {name}", f"see: tinytales {self.folder} list")
        return path

    def remove(self, name: str) -> None:
        """Remove what `removable` finds.

        Raises:
            UsageError, MissingError: as there.
            TinytalesError: a running tinytales works on it.
        """
        path = self.removable(name)
        if path.is_symlink():
            path.unlink()
            return
        lock = Lock(path)
        if not lock.acquire():
            raise TinytalesError(f"{self.noun} {name} is in use", "wait until the other tinytales has finished")
        try:
            atomic.discard(path)
        finally:
            lock.release()

    def _time(self, path: Path) -> int | None:
        times = [(path / marker).stat().st_mtime_ns for marker in self.markers if (path / marker).is_file()]
        return max(times, default=None)


@dataclass(frozen=True)
class ModelShelf(Shelf):
    """The models. Without a name, the chosen one is found, else the newest, else the starter that comes in the package.

    A model of the home folder may be called like the starter; then its name means that one.
    """

    def find(self, name: str | None) -> Path:
        if name is None:
            return self.chosen() or next(iter(self.all()), None) or self.starter() or super().find(None)
        if name == STARTER and not self.holds(self.path(name)):
            return self.starter() or super().find(name)
        return super().find(name)

    def starter(self) -> Path | None:
        """The model in the package; None where it was taken out."""
        path = paths.package() / STARTER
        return path if self.holds(path) else None

    def chosen(self) -> Path | None:
        """The model of `models use`; None if there is no choice, or it is gone."""
        try:
            name = self._choice.read_text(encoding="utf-8").strip()
            return self.find(name) if _NAME.fullmatch(name) else None
        except (OSError, UnicodeDecodeError, MissingError):
            return None

    def choose(self, name: str | None) -> Path:
        """Let the model called `name` tell from now on, or by itself again whichever is found (None); that model.

        Raises:
            UsageError: `name` is a path.
            MissingError: there is no such model.
        """
        if name is None:
            self._choice.unlink(missing_ok=True)
            return self.find(None)
        check_name(name)
        found = self.find(name)
        atomic.write_text(self._choice, f"{name}\n")
        return found

    @property
    def _choice(self) -> Path:
        return self.root / "chosen.txt"


def check_name(name: str) -> None:
    """Raise UsageError unless `name` can be the name of a folder on every system."""
    if not _NAME.fullmatch(name):
        raise UsageError(f"{name!r} is no good as a name", "use up to 64 letters, digits, dots, dashes and underscores")


def slug(text: str) -> str:
    """A name that `check_name` takes, as near to `text` as can be."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:48].strip("-") or "stories"


CORPORA = Shelf("corpora", "corpus", ("manifest.toml",), "make one: tinytales prepare FILE")
TOKENS = Shelf("tokens", "token folder", ("manifest.toml",), "make one: tinytales tokenize")
CONVERSATIONS = Shelf("conversations", "set of conversations", ("manifest.toml",), "make one: tinytales mid-train")
MODELS = ModelShelf("models", "model", ("model.safetensors",), "train one: tinytales speedrun")
