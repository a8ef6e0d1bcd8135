"""What can be said about a model folder without loading it. Must not know PyTorch."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tinytales.errors import MissingError
from tinytales.model import folder as standard
from tinytales.storage import manifest
from tinytales.storage.manifest import Manifest

_LARGEST_HEADER = 16 << 20


@dataclass(frozen=True)
class About:
    """A model as a list shows it.

    Attributes:
        name: of its folder.
        folder: where it is.
        architecture: as `config.json` names it.
        parameters: how many numbers were learned.
        dtype: of its weights in the file, e.g. F32.
        context_length: tokens it sees.
        vocab_size: tokens it knows.
        bytes: size of its folder, without what folders in it hold.
        created: UTC time in ISO 8601.
        run: how this project made it; None for a model from elsewhere.
    """

    name: str
    folder: Path
    architecture: str
    parameters: int
    dtype: str
    context_length: int
    vocab_size: int
    bytes: int
    created: str
    run: Manifest | None

    @property
    def bits_per_byte(self) -> float | None:
        """On the stories that were held out when it was trained; comparable between models of one corpus."""
        found = (self.run.facts.get("validation") or {}).get("bits_per_byte") if self.run else None
        return float(found) if isinstance(found, (int, float)) else None

    @property
    def chats(self) -> bool:
        """Whether it was taught to answer: it learned from conversations."""
        return self.run is not None and "conversations" in self.run.lineage


def about(folder: Path) -> About:
    """Read what a model folder says of itself.

    Raises:
        MissingError: a file is missing or damaged.
    """
    config = standard.read_json(folder / standard.CONFIG)
    header = read_header(folder / standard.WEIGHTS)
    run = manifest.read(folder, "model", standard.RUN) if (folder / standard.RUN).is_file() else None
    written = (folder / standard.WEIGHTS).stat().st_mtime
    try:
        return About(
            name=folder.resolve().name,
            folder=folder,
            architecture=str(config["architectures"][0]),
            parameters=sum(_size(tensor["shape"]) for tensor in header.values()),
            dtype="/".join(sorted({str(tensor["dtype"]) for tensor in header.values()})),
            context_length=int(config["max_position_embeddings"]),
            vocab_size=int(config["vocab_size"]),
            bytes=sum(path.stat().st_size for path in folder.iterdir() if path.is_file()),
            created=run.created if run else datetime.fromtimestamp(written, UTC).isoformat(timespec="seconds"),
            run=run,
        )
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise MissingError(f"{folder} is damaged: {error!r}", "train or import the model again") from error


def read_header(path: Path) -> dict[str, dict[str, Any]]:
    """The tensors that a safetensors file names: name → `dtype`, `shape` and `data_offsets`; none of it is checked.

    Raises:
        MissingError: the file is missing, or has no such header.
    """
    try:
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            if length > min(_LARGEST_HEADER, path.stat().st_size):
                raise ValueError(f"its header claims {length:,} bytes")
            header = json.loads(file.read(length))
        header.pop("__metadata__", None)
    except FileNotFoundError:
        raise MissingError(f"{path} is missing", "train the model again or name another") from None
    except (ValueError, RecursionError, AttributeError) as error:
        raise MissingError(f"{path} is damaged: {error}", "train or import the model again") from error
    return dict(header)


def _size(shape: list[int]) -> int:
    count = 1
    for length in shape:
        count *= int(length)
    return count
