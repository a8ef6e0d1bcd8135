"""A checkup: is the installation whole, what does this machine offer, is all data as it was written, what is slow?

Each part yields findings; nothing is changed. Only `hardware` imports PyTorch.
"""

import importlib.metadata
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tinytales import paths
from tinytales.errors import MissingError, TinytalesError, UsageError
from tinytales.machine import usable_cores
from tinytales.storage import manifest
from tinytales.storage.shelf import CORPORA, MODELS, TOKENS, Shelf

Status = Literal["ok", "slow", "missing", "damaged"]
KERNELS = ("avx512", "avx2", "neon", "portable")  # the fastest first
RUN = "run.toml"
FREE_BYTES = 1 << 30  # less room than this is worth a word


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        part: installation, hardware, data or speed.
        name: what was looked at.
        status: how it is.
        detail: what was found, and where it is not "ok" what to do.
    """

    part: str
    name: str
    status: Status
    detail: str


def checkup() -> Iterator[Finding]:
    """Look at everything, the quick things first."""
    yield from installation()
    yield from speed()
    yield from hardware()
    yield from data()


def installation() -> Iterator[Finding]:
    """Versions, what is not installed, and settings that can't be read."""
    from tinytales import _native

    part = "installation"
    yield Finding(part, "Python", "ok", f"{sys.version.split()[0]}, {sys.executable}")
    try:
        recorded = importlib.metadata.version("tinytales")
    except importlib.metadata.PackageNotFoundError:
        recorded = "no installed package"
    same = recorded == _native.__version__
    built = "" if same else f", but the Rust extension is {_native.__version__}: install tinytales again"
    yield Finding(part, "tinytales", "ok" if same else "damaged", f"{recorded}{built}")
    missing = [name for name in _requirements() if not _is_installed(name)]
    if missing:
        yield Finding(part, "packages", "missing", f"{', '.join(missing)}: install tinytales again")
    else:
        yield Finding(part, "packages", "ok", f"all {len(_requirements())} are installed")
    encoding = (sys.stdout.encoding or "none").lower()
    utf8 = "" if encoding.startswith("utf") else ": set PYTHONUTF8=1, or stories with other letters fail"
    yield Finding(part, "text", "damaged" if utf8 else "ok", f"{encoding}{utf8}")
    yield from _settings()


def speed() -> Iterator[Finding]:
    """Variables and places that make it slower than it has to be."""
    part = "speed"
    if os.environ.get("PYTHONDONTWRITEBYTECODE"):
        yield Finding(
            part, "start", "slow", "PYTHONDONTWRITEBYTECODE is set: each start compiles Python anew; unset it"
        )
    elif not os.access(paths.package(), os.W_OK) and not (paths.package() / "__pycache__").is_dir():
        yield Finding(part, "start", "slow", f"{paths.package()} can't be written to: every start compiles Python anew")
    else:
        yield Finding(part, "start", "ok", "compiled Python is kept")
    chosen = os.environ.get("TINYTALES_KERNELS")
    if chosen:
        yield Finding(part, "kernels", "slow", f"TINYTALES_KERNELS={chosen} overrides the best ones; unset it")
    threads = os.environ.get("OMP_NUM_THREADS", "")
    if threads.isdigit() and int(threads) < usable_cores():
        detail = f"OMP_NUM_THREADS={threads} keeps training from {usable_cores()} cores; unset it"
        yield Finding(part, "threads", "slow", detail)


def hardware() -> Iterator[Finding]:
    """Cores, the engine's kernels and its speed, and what PyTorch trains on."""
    part = "hardware"
    all_cores = os.cpu_count() or 1
    others = f" of {all_cores}" if usable_cores() < all_cores else ""
    yield Finding(part, "cores", "ok", f"{usable_cores()}{others} usable")
    yield _engine(part)
    try:
        from tinytales.training.device import find_device

        device = find_device()
        instructions = "has" if device.bfloat16 else "has no"
        yield Finding(part, "training", "ok", f"on {device.label}; it {instructions} instructions for bfloat16")
    except (ImportError, OSError) as error:
        yield Finding(part, "training", "missing", f"PyTorch can't be imported ({error}): telling works without it")


def data() -> Iterator[Finding]:
    """Every file of corpora, tokens and models against its hash, every story read, and room on the disk."""
    part = "data"
    home = paths.home()
    standing = next(folder for folder in (home, *home.parents) if folder.is_dir())
    free = shutil.disk_usage(standing).free
    where = f"{home}, {free / 1e9:.1f} GB free"
    if not os.access(standing, os.W_OK):
        yield Finding(part, "home", "damaged", f"{where}, and it can't be written to: set TINYTALES_HOME")
    else:
        little = ": make room" if free < FREE_BYTES else ""
        yield Finding(part, "home", "slow" if little else "ok", f"{where}{little}")
    for shelf, kind, file_name in (
        (CORPORA, "corpus", manifest.MANIFEST_NAME),
        (TOKENS, "tokens", manifest.MANIFEST_NAME),
        (MODELS, "model", RUN),
    ):
        for folder in shelf.all():
            yield _folder(shelf, folder, kind, file_name)
    starter = MODELS.starter()
    if starter is None:
        yield Finding(part, "starter", "missing", "the package has no starter model: train one, or install it again")
    else:
        yield _folder(MODELS, starter, "model", RUN)
    yield from _stories()


def _engine(part: str) -> Finding:
    """Which kernels the engine uses, found out by loading the model in use with each."""
    from tinytales import _native

    try:
        folder = MODELS.find(None)
    except MissingError as error:
        return Finding(part, "engine", "missing", f"{error.what}: {error.hint}")
    for kernels in KERNELS:
        try:
            _native.Gpt.load(folder, "float32", kernels)
        except UsageError:
            continue
        except TinytalesError as error:
            return Finding(part, "engine", "damaged", f"{error.what}: {error.hint}")
        if kernels == "portable":
            return Finding(part, "engine", "slow", "portable kernels: this processor has no AVX2, AVX-512 or NEON")
        return Finding(part, "engine", "ok", f"{kernels} kernels")
    return Finding(part, "engine", "damaged", "no kernels work here: install tinytales again")


def _folder(shelf: Shelf, folder: Path, kind: str, file_name: str) -> Finding:
    """Whether a folder is what its manifest says; a model without one is tried."""
    name = f"{shelf.noun} {folder.name}"
    try:
        if kind == "model" and not (folder / file_name).is_file():
            from tinytales.inference.rust_engine import load_engine

            load_engine(folder)
            return Finding("data", name, "ok", "no record of its files, but it loads")
        record = manifest.read(folder, kind, file_name)
        manifest.check_hashes(folder, record)
    except TinytalesError as error:
        return Finding("data", name, "damaged", f"{error.what}: {error.hint}")
    size = sum(entry.bytes for entry in record.files)
    return Finding("data", name, "ok", f"{len(record.files)} files, {size / 1e6:.1f} MB, all hashes right")


def _stories() -> Iterator[Finding]:
    from tinytales.story import log
    from tinytales.story.library import Library

    files = Library.home().files()
    lost = 0
    for path in files:
        try:
            reading = log.read(path)
        except MissingError as error:
            lost += 1
            yield Finding("data", f"story {path.stem}", "damaged", f"{error.what}: {error.hint}")
            continue
        if reading.damaged:
            lost += 1
            detail = f"{reading.damaged} damaged lines of {path} are passed over"
            yield Finding("data", f"story {path.stem}", "damaged", detail)
    if len(files) > lost:
        yield Finding("data", "stories", "ok", f"{len(files) - lost} can be read")


def _settings() -> Iterator[Finding]:
    from tinytales.settings import load_user_settings
    from tinytales.tui import keymap

    files: tuple[tuple[Path, Callable[[], object]], ...] = (
        (paths.settings_file(), load_user_settings),
        (keymap.file(), lambda: keymap.load(keymap.file())),
    )
    for path, read in files:
        if path.is_file():
            try:
                read()
            except UsageError as error:
                yield Finding("installation", path.name, "damaged", f"{error.what}: {error.hint}")
            else:
                yield Finding("installation", path.name, "ok", str(path))


def _requirements() -> list[str]:
    """The names of the packages that tinytales is installed with."""
    try:
        required = importlib.metadata.requires("tinytales") or []
    except importlib.metadata.PackageNotFoundError:
        return []
    names = (re.match(r"[A-Za-z0-9._-]+", line) for line in required if "extra ==" not in line)
    return [match[0] for match in names if match]


def _is_installed(name: str) -> bool:
    try:
        importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True
