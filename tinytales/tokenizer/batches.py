"""Stories on their way into Rust: many at a time, and without a copy where they can be lent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from tinytales._native import Texts
from tinytales.errors import MissingError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Stories: TypeAlias = "Iterable[str] | Iterable[Any]"
"""Stories one by one, or many at a time as Arrow arrays of strings (`pyarrow.Array`, `pyarrow.ChunkedArray`)."""

_BATCH_CHARACTERS = 1 << 22


def batches(stories: Stories) -> Iterator[Texts]:
    """The stories in batches, in order; nulls in Arrow arrays are left out.

    Raises:
        MissingError: the buffers of an Arrow array don't fit together or hold no UTF-8.
    """
    held: list[str] = []
    characters = 0
    for item in stories:
        if isinstance(item, str):
            held.append(item)
            characters += len(item)
            if characters < _BATCH_CHARACTERS:
                continue
        if held:
            yield lend(held)
            held, characters = [], 0
        if not isinstance(item, str):
            yield from lend_column(item)
    if held:
        yield lend(held)


def lend(texts: Sequence[str]) -> Texts:
    """Strings for Rust; lone surrogates become U+FFFD, as tiktoken has it."""
    texts = list(texts)
    try:
        return Texts(texts)
    except UnicodeEncodeError:
        return Texts([replace_surrogates(text) for text in texts])


def lend_column(column: Any) -> Iterator[Texts]:
    """The strings of an Arrow array or chunked array for Rust, straight from its buffers; raises as `batches`."""
    import numpy as np
    import pyarrow as pa

    for chunk in getattr(column, "chunks", [column]):
        if not (pa.types.is_string(chunk.type) or pa.types.is_large_string(chunk.type)):
            chunk = chunk.cast(pa.large_string())
        validity, offsets, data = chunk.buffers()
        width = np.int64 if pa.types.is_large_string(chunk.type) else np.int32
        first, last = chunk.offset, chunk.offset + len(chunk)
        try:
            bounds = np.frombuffer(offsets or b"", dtype=width)[first : last + 1]
            if len(chunk) and len(bounds) != len(chunk) + 1:
                raise ValueError("the column is damaged: it has too few offsets")
            text = np.frombuffer(data or b"", dtype=np.uint8)
            text.flags.writeable = False
            yield Texts.from_column(
                text,
                bounds.astype(np.int64),
                None if validity is None else np.frombuffer(validity, dtype=np.uint8),
                first,
            )
        except ValueError as error:
            raise MissingError(str(error), "make the file again") from error


def replace_surrogates(text: str) -> str:
    """`text` with each surrogate that has no partner replaced by U+FFFD, so that it can be UTF-8."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
