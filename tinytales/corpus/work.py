"""The unfinished part of a preparation, kept beside the corpora until it is done, so that nothing is done twice."""

import hashlib
import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from tinytales.corpus.settings import CorpusSettings
from tinytales.corpus.sources.source import Source
from tinytales.errors import TinytalesError
from tinytales.storage import atomic
from tinytales.storage.locks import Lock

_VERSION = 1  # of chunks and of how they are made
_FORGOTTEN_AFTER = 30 * 24 * 3600.0  # seconds


@contextmanager
def work_folder(parent: Path, sources: Sequence[Source], settings: CorpusSettings) -> Iterator[Path]:
    """Yield the folder of this very preparation in `parent`, with what an interrupted run left in it.

    It goes when the block ends well, and when an error shows that the same run can't end well; an interruption and a
    full disk leave it.

    Raises:
        TinytalesError: another process prepares the same stories right now.
    """
    identity = json.dumps([_VERSION, [source.fingerprint for source in sources], asdict(settings)])
    folder = parent / f".{hashlib.sha256(identity.encode()).hexdigest()[:16]}.work"
    _clear_forgotten(parent)
    folder.mkdir(parents=True, exist_ok=True)
    lock = Lock(folder)
    if not lock.acquire():
        raise TinytalesError("these stories are being prepared by another run", "wait for it to end, or end it")
    try:
        yield folder
        atomic.discard(folder)  # killed in here, no run goes on from half of the chunks
    except TinytalesError:
        atomic.discard(folder)
        raise
    finally:
        lock.release()


def _clear_forgotten(parent: Path) -> None:
    for folder in parent.glob(".*.work"):
        if time.time() - folder.stat().st_mtime > _FORGOTTEN_AFTER:
            atomic.remove_unless_held(folder)
