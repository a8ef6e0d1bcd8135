"""Files and folders that appear whole or not at all.

Everything is written under a temporary name in the same folder, flushed to the disk, and renamed. A reader can never
mistake a half-written thing for a whole one, whatever interrupts the writer.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tinytales.storage.locks import LOCKS_TELL, Lock

TEMPORARY_SUFFIX = ".tmp"


def write_bytes(path: Path, data: bytes) -> None:
    """Replace the file at `path` by `data`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = _temporary_name(path)
    try:
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        sync_folder(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Replace the file at `path` by `text` in UTF-8."""
    write_bytes(path, text.encode())


@contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """Yield a name to write a file under; it takes the place of `path` when the block ends well, else it goes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = _temporary_name(path)
    try:
        yield temporary
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
        sync_folder(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """Yield an empty folder that becomes `target` when the block ends well and vanishes when it doesn't.

    What a killed writer left behind beside `target` is cleared away first: its lock is free.

    Raises:
        FileExistsError: `target` exists already; it is never overwritten.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    clear_leftovers(target.parent)
    temporary, lock = _locked_temporary(target)
    try:
        yield temporary
        sync_tree(temporary)
        if target.exists():
            raise FileExistsError(target)
        temporary.rename(target)
        sync_folder(target.parent)
    finally:
        lock.release()
        _remove_tree(temporary)


def is_being_made(target: Path) -> bool:
    """Whether a living process makes a new folder `target`; where locks can't tell, a killed one may seem to."""
    clear_leftovers(target.parent)
    return any(target.parent.glob(f".{target.name}.*{TEMPORARY_SUFFIX}"))


def clear_leftovers(folder: Path) -> None:
    """Remove temporary folders in `folder` that no living process holds."""
    for leftover in folder.glob(f".*{TEMPORARY_SUFFIX}"):
        if leftover.is_dir():
            remove_unless_held(leftover)


def clear_files(folder: Path) -> None:
    """Remove temporary files that a killed writer left in `folder`, which the caller holds."""
    for leftover in folder.glob(f".*{TEMPORARY_SUFFIX}"):
        if leftover.is_file():
            leftover.unlink()


def remove_unless_held(folder: Path) -> None:
    """Remove a folder unless a living process holds its lock; where locks can't tell, it stays."""
    if not LOCKS_TELL:
        return
    lock = Lock(folder)
    if lock.acquire():
        # Removed before the lock is given back: whoever waits for it then finds no folder, not half of one.
        discard(folder)
        lock.release()


def _remove_tree(folder: Path) -> None:
    import shutil  # not on the path to a story's first word

    shutil.rmtree(folder, ignore_errors=True)


def discard(folder: Path) -> None:
    """Remove a folder; killed in between, what is left of it no longer has its name."""
    rubbish = folder.rename(_temporary_name(folder))
    _remove_tree(rubbish)


def sync_tree(folder: Path) -> None:
    """Flush every file and folder below `folder` to the disk."""
    for parent, _, names in os.walk(folder):
        for name in names:
            with (Path(parent) / name).open("rb") as file:
                os.fsync(file.fileno())
        sync_folder(Path(parent))


def sync_folder(folder: Path) -> None:
    """Flush a folder's list of names to the disk, where the system has such a thing."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _locked_temporary(target: Path) -> tuple[Path, Lock]:
    """A new temporary folder for `target`, held by this process.

    Between making it and locking it another process may take it for a leftover; then the next one is tried.
    """
    while True:
        temporary = _temporary_name(target)
        temporary.mkdir()
        lock = Lock(temporary)
        if lock.acquire() and temporary.is_dir():
            return temporary, lock
        lock.release()


def _temporary_name(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.urandom(4).hex()}{TEMPORARY_SUFFIX}")
