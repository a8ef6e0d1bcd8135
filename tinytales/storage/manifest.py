"""Manifests: what a folder holds, where it came from, and how to tell that it is whole.

A manifest is a TOML file written last into a folder. It names every file with its size and SHA-256, the facts that the
stage wants to keep (counts, settings, source), and the lineage: the folders that it was made from, by identity.
"""

import hashlib
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import tomli_w

from tinytales.errors import MissingError
from tinytales.storage import atomic

FORMAT = 1
MANIFEST_NAME = "manifest.toml"


@dataclass(frozen=True)
class FileEntry:
    """One file of a folder."""

    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What a folder says of itself.

    Attributes:
        kind: "corpus", "tokens" or "model".
        name: the folder's name when it was made.
        created: UTC time in ISO 8601.
        facts: what the stage keeps (counts, settings, source); TOML values.
        lineage: kind of ancestor → its name and identity, e.g. {"corpus": {"name": "demo", "identity": "…"}}.
        files: every other file of the folder.
    """

    kind: str
    name: str
    created: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    lineage: Mapping[str, Any] = field(default_factory=dict)
    files: tuple[FileEntry, ...] = ()

    @property
    def identity(self) -> str:
        """A short name for the exact contents: equal files, equal identity."""
        digest = hashlib.sha256()
        for entry in sorted(self.files, key=lambda entry: entry.name):
            digest.update(f"{entry.name}\0{entry.sha256}\n".encode())
        return digest.hexdigest()[:16]

    def as_parent(self) -> dict[str, Any]:
        """The lineage of a folder made from this one."""
        return {**self.lineage, self.kind: {"name": self.name, "identity": self.identity}}


def seal(
    folder: Path,
    *,
    kind: str,
    name: str,
    facts: Mapping[str, Any],
    lineage: Mapping[str, Any] | None = None,
    file_name: str = MANIFEST_NAME,
) -> Manifest:
    """Hash every file directly in `folder` and write its manifest beside them."""
    entries = tuple(
        FileEntry(path.name, path.stat().st_size, sha256(path))
        for path in sorted(folder.iterdir())
        if path.is_file() and path.name != file_name
    )
    created = datetime.now(UTC).isoformat(timespec="seconds")
    manifest = Manifest(kind, name, created, dict(facts), dict(lineage or {}), entries)
    document = {
        "format": FORMAT,
        "kind": kind,
        "name": name,
        "created": created,
        **facts,
        "lineage": manifest.lineage,
        "files": [vars(entry) for entry in entries],
    }
    atomic.write_text(folder / file_name, tomli_w.dumps(document))
    return manifest


def read(folder: Path, kind: str, file_name: str = MANIFEST_NAME) -> Manifest:
    """Read the manifest of `folder` and check that every file has the size it names.

    Raises:
        MissingError: no manifest, one of another kind or a newer format, or a file missing or of the wrong size.
    """
    manifest = read_document(folder, kind, file_name)
    check_sizes(folder, manifest)
    return manifest


def first(folders: Iterable[Path], kind: str, is_it: Callable[[Manifest], bool]) -> Path | None:
    """The first of `folders` that is whole and whose manifest `is_it` accepts."""
    for folder in folders:
        try:
            if is_it(read(folder, kind)):
                return folder
        except MissingError:
            continue  # damaged: as good as none
    return None


def read_document(folder: Path, kind: str, file_name: str = MANIFEST_NAME) -> Manifest:
    """Read the manifest of `folder`, whatever its files are.

    Raises:
        MissingError: no manifest, or one of another kind or a newer format.
    """
    path = folder / file_name
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
        version, found_kind = document.pop("format"), document.pop("kind")
        if version > FORMAT:
            raise MissingError(f"{path} is of format {version}, newer than this tinytales reads", "upgrade tinytales")
        if found_kind != kind:
            raise MissingError(f"{folder} holds a {found_kind}, not a {kind}", "name another folder")
        name, created, lineage = document.pop("name"), document.pop("created"), document.pop("lineage")
        files = tuple(FileEntry(**entry) for entry in document.pop("files"))
        return Manifest(kind, str(name), str(created), document, dict(lineage), files)
    except FileNotFoundError:
        raise MissingError(f"{folder} is not a {kind}: it has no {file_name}", "check the name") from None
    except (ValueError, KeyError, TypeError) as error:
        raise MissingError(f"{path} is damaged: {error}", "make it again or remove its folder") from error


def check_sizes(folder: Path, manifest: Manifest) -> None:
    """Raise MissingError for the first file that is missing or has another size than the manifest says."""
    for entry in manifest.files:
        path = folder / entry.name
        if Path(entry.name).name != entry.name:
            raise MissingError(f"the manifest of {folder} names a file outside it", "remove the folder")
        if not path.is_file():
            raise MissingError(f"{path} is missing", f"make the {manifest.kind} again")
        if path.stat().st_size != entry.bytes:
            raise MissingError(
                f"{path} is damaged: {path.stat().st_size:,} bytes, not {entry.bytes:,}",
                f"make the {manifest.kind} again",
            )


def check_hashes(folder: Path, manifest: Manifest) -> None:
    """Raise MissingError for the first file whose contents are not what the manifest says."""
    check_sizes(folder, manifest)
    for entry in manifest.files:
        if sha256(folder / entry.name) != entry.sha256:
            raise MissingError(f"{folder / entry.name} is damaged", f"make the {manifest.kind} again")


def sha256(path: Path) -> str:
    """The SHA-256 of a file in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
