"""Talking to the Hugging Face Hub: looking up and downloading files, with patience.

`HF_ENDPOINT`, `HF_HUB_OFFLINE`, `HF_TOKEN` and the Hub's cache folder are those that huggingface_hub knows.
"""

import random
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

from tinytales import terminal
from tinytales.errors import MissingError, TinytalesError, UsageError

_ATTEMPTS = 5
_FIRST_PAUSE = 1.0  # seconds, doubled after each failure
_CODES_THAT_PASS = (408, 429, 500, 502, 503, 504)

_T = TypeVar("_T")


@dataclass(frozen=True)
class RemoteFile:
    """A file of a repository; `bytes` is 0 where unknown."""

    path: str
    bytes: int


@dataclass(frozen=True)
class Listing:
    """A repository's files at one revision (a commit)."""

    revision: str
    licence: str
    files: tuple[RemoteFile, ...]


class HubClient:
    """One dataset repository of the Hub."""

    def __init__(self, repository: str) -> None:
        self._repository = repository

    @property
    def offline(self) -> bool:
        """Whether only what is in the cache may be used."""
        from huggingface_hub import constants

        return bool(constants.HF_HUB_OFFLINE)

    def listing(self, revision: str | None, *, missing_ok: bool = False) -> Listing:
        """The repository's files at `revision`, at its newest if None.

        If there is no such revision and `missing_ok`, it has none.

        Raises:
            UsageError: there is no such repository or revision.
            TinytalesError: the Hub can't be reached, or doesn't let us in.
        """
        if self.offline:
            return self._cached_listing()
        from huggingface_hub import HfApi
        from huggingface_hub.errors import RevisionNotFoundError

        with self._explained():
            try:
                info = _patiently(
                    lambda: HfApi().dataset_info(self._repository, revision=revision, files_metadata=True, timeout=30)
                )
            except RevisionNotFoundError:
                if missing_ok:
                    return Listing(revision or "", "", ())
                raise
        card: Any = info.card_data
        licence = card.get("license") if card else None
        files = tuple(RemoteFile(file.rfilename, file.size or 0) for file in info.siblings or ())
        return Listing(info.sha or revision or "main", str(licence or "not stated"), files)

    def is_here(self, file: RemoteFile, revision: str) -> bool:
        """Whether a file is in the cache already."""
        from huggingface_hub import try_to_load_from_cache

        found = try_to_load_from_cache(self._repository, file.path, repo_type="dataset", revision=revision)
        return isinstance(found, str)

    def download(self, files: Sequence[RemoteFile], revision: str, ahead: int) -> Iterator[Path]:
        """The files' places on this machine, in their order; `ahead` more are fetched while one is being read.

        A download that was interrupted goes on where it stopped. Raises as `listing`.
        """
        missing = [file for file in files if not self.is_here(file, revision)]
        size = sum(file.bytes for file in missing) or None
        with terminal.progress(f"downloading {self._repository}", size, "bytes") as bar, ThreadPoolExecutor(4) as pool:
            waiting: deque[Future[Path]] = deque()
            rest = iter(files)
            counting = _counting_bar(bar.advance)
            try:
                for _ in range(len(files)):
                    while len(waiting) <= ahead and (file := next(rest, None)) is not None:
                        waiting.append(pool.submit(self._fetch, file, revision, counting))
                    yield waiting.popleft().result()
            finally:
                for future in waiting:
                    future.cancel()

    def _fetch(self, file: RemoteFile, revision: str, counting: type[Any]) -> Path:
        from huggingface_hub import hf_hub_download

        def fetch() -> str:
            return hf_hub_download(
                self._repository, file.path, repo_type="dataset", revision=revision, tqdm_class=counting
            )

        with self._explained():
            return Path(_patiently(fetch))

    def _cached_listing(self) -> Listing:
        """The files of the newest revision in the cache."""
        from huggingface_hub import scan_cache_dir
        from huggingface_hub.errors import CacheNotFound

        try:
            repositories = scan_cache_dir().repos
        except CacheNotFound:
            repositories = frozenset()
        here = [r for r in repositories if r.repo_type == "dataset" and r.repo_id == self._repository]
        revisions = [revision for repository in here for revision in repository.revisions]
        if not revisions:
            raise self._not_cached()
        newest = max(revisions, key=lambda revision: revision.last_modified)
        folder = newest.snapshot_path
        files = [RemoteFile(file.file_path.relative_to(folder).as_posix(), file.size_on_disk) for file in newest.files]
        return Listing(newest.commit_hash, "not known offline", tuple(sorted(files, key=lambda file: file.path)))

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Turn what can go wrong with the Hub into errors for people."""
        from huggingface_hub import errors

        try:
            yield
        except errors.GatedRepoError as error:
            raise TinytalesError(
                f"{self._repository} is only for those who agreed to its terms",
                "agree on its page, then: hf auth login",
            ) from error
        except (errors.RepositoryNotFoundError, errors.RevisionNotFoundError, errors.EntryNotFoundError) as error:
            if isinstance(error, errors.LocalEntryNotFoundError):
                # A cache that holds a part of the files, of a download that was stopped, is no use offline either.
                raise (self._not_cached() if self.offline else self._broke_off(error)) from error
            raise UsageError(
                f"the Hub has no dataset {self._repository}, or not for you",
                "check the name; private ones need HF_TOKEN",
            ) from error
        except Exception as error:
            if not _is_of_network(error):
                raise
            raise self._broke_off(error) from error

    def _not_cached(self) -> MissingError:
        return MissingError(
            f"{self._repository} is not in the cache of the Hub", "go online once: unset HF_HUB_OFFLINE"
        )

    def _broke_off(self, error: Exception) -> TinytalesError:
        from huggingface_hub import constants

        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        return TinytalesError(
            f"{constants.ENDPOINT} can't be reached or broke off: {reason}",
            "run the same command again: it goes on with what was downloaded",
        )


def _patiently(work: Callable[[], _T]) -> _T:
    """Do `work`, again after a pause when the network or the server failed in a way that may pass."""
    from huggingface_hub.errors import HfHubHTTPError

    for attempt in range(_ATTEMPTS):
        try:
            return work()
        except Exception as error:
            code = getattr(getattr(error, "response", None), "status_code", None)
            passes = code in _CODES_THAT_PASS if isinstance(error, HfHubHTTPError) else _is_of_network(error)
            if not passes or attempt == _ATTEMPTS - 1:
                raise
        time.sleep(_FIRST_PAUSE * 2**attempt * (0.5 + random.random()))
    raise AssertionError("unreachable")


def _is_of_network(error: Exception) -> bool:
    """Whether a connection or the server failed, and not the disk.

    huggingface_hub lets the errors of its HTTP library through, and has changed that library more than once.
    """
    kinds = {kind.__name__ for kind in type(error).__mro__}
    # LocalEntryNotFoundError: the server gave no answer and the cache has none either.
    of_network = {"TransportError", "HfHubHTTPError", "ConnectionError", "TimeoutError", "LocalEntryNotFoundError"}
    return bool(kinds & of_network) or (
        type(error) is OSError and error.filename is None and "Consistency check failed" in str(error)
    )


def _counting_bar(advance: Callable[[float], None]) -> type[Any]:
    """A tqdm class that hands what it counts to `advance` and draws nothing."""
    from tqdm import tqdm

    lock = Lock()

    class Counting(tqdm):  # type: ignore[misc]
        def __init__(self, *arguments: Any, **options: Any) -> None:
            options.pop("name", None)
            super().__init__(*arguments, **{**options, "disable": True})
            self.update(options.get("initial", 0))

        def update(self, amount: float | None = 1) -> None:
            with lock:
                advance(amount or 0)

    return Counting
