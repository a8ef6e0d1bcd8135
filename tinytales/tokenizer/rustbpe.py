"""`rustbpe` as nanochat's users know it: `from tinytales.tokenizer import rustbpe` instead of `import rustbpe`.

The names are those of the published package. Beside them stand `train_from_files`, `encode_into` and `encode_files`,
for what must be fast. It has no special tokens; `tinytales.tokenizer.tokenizer` has.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tinytales._native import MAX_VOCABULARY, PieceCounter
from tinytales.machine import usable_cores
from tinytales.tokenizer.batches import batches, lend, replace_surrogates

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    Ids = NDArray[np.uint16] | NDArray[np.uint32]
    Paths = Sequence[str | os.PathLike[str]]


class Tokenizer:
    """A byte-level BPE without special tokens. Ids 0 to 255 are the bytes, then come the merges in order."""

    def __init__(self) -> None:
        self._bpe = PieceCounter(1).train(0, [])

    def train_from_iterator(
        self,
        iterator: Iterable[str],
        vocab_size: int,
        buffer_size: int | None = None,
        pattern: str | None = None,
        *,
        threads: int | None = None,
    ) -> None:
        """Train on texts, fewer merges than asked for if the texts support no more.

        Args:
            iterator: texts, or Arrow arrays of texts.
            vocab_size: 256 and the number of merges.
            buffer_size: not needed any more: texts are taken a few megabytes at a time.
            pattern: split pattern; None means the Qwen2 one, the only one that is fast.
            threads: None means one for each processor.

        Raises:
            ValueError: `vocab_size` is out of range, or the pattern no regular expression.
        """
        merges = _merges(vocab_size)
        counter = PieceCounter(threads or usable_cores(), pattern)
        for batch in batches(iterator):
            counter.add(batch)
        self._bpe = counter.train(merges, [])

    def train_from_files(
        self,
        paths: Paths,
        vocab_size: int,
        *,
        separator: str | None = "<|endoftext|>",
        pattern: str | None = None,
        threads: int | None = None,
        progress: Callable[[int], None] | None = None,
    ) -> None:
        """Train on the documents of text files, between which stands `separator`, in little memory.

        `progress` is told the number of bytes done now and then.

        Raises:
            OSError: a file can't be read.
            ValueError: a file isn't UTF-8, or as `train_from_iterator`.
        """
        merges = _merges(vocab_size)
        counter = PieceCounter(threads or usable_cores(), pattern)
        counter.add_files([Path(path) for path in paths], separator, progress)
        self._bpe = counter.train(merges, [])

    @property
    def vocab_size(self) -> int:
        """256 and the number of merges."""
        return self._bpe.size

    def get_pattern(self) -> str:
        """The split pattern."""
        return self._bpe.pattern

    def get_mergeable_ranks(self) -> list[tuple[bytes, int]]:
        """The bytes of each token with its id, as tiktoken wants them."""
        return [(self._bpe.token(token) or b"", token) for token in range(self._bpe.size)]

    def encode(self, text: str) -> list[int]:
        """The ids of `text`."""
        try:
            return self._bpe.encode(text)
        except UnicodeEncodeError:
            return self._bpe.encode(replace_surrogates(text))

    def batch_encode(self, texts: Sequence[str], *, threads: int | None = None) -> list[list[int]]:
        """The ids of each text."""
        import numpy as np

        lent = lend(texts)
        ids = np.empty(lent.bytes, dtype=np.uint16)
        count, ends = self._bpe.encode_into(lent, ids, None, threads or usable_cores())
        parts = np.split(ids[:count], np.frombuffer(ends, dtype=np.int64)[:-1]) if len(lent) else []
        return [part.tolist() for part in parts]

    def encode_into(
        self, texts: Sequence[str], out: Ids, *, threads: int | None = None
    ) -> tuple[int, NDArray[np.int64]]:
        """Write the ids of all texts to the front of `out`, one text after the other.

        Args:
            texts: what to encode.
            out: contiguous, uint16 or uint32, shape (n,); as many ids as bytes are always enough.
            threads: None means one for each processor.

        Returns:
            The number of ids, and where those of each text end.

        Raises:
            ValueError: there is too little room.
        """
        import numpy as np

        count, ends = self._bpe.encode_into(lend(texts), out, None, threads or usable_cores())
        return count, np.frombuffer(ends, dtype=np.int64)

    def encode_files(
        self,
        paths: Paths,
        *,
        separator: str | None = "<|endoftext|>",
        wide: bool = False,
        threads: int | None = None,
        progress: Callable[[int], None] | None = None,
    ) -> tuple[Ids, NDArray[np.int64]]:
        """Encode the documents of text files, between which stands `separator`.

        Returns:
            The ids of all documents, one after the other, as uint16 or, if `wide`, uint32; and where those of each
            document end.

        Raises:
            OSError: a file can't be read.
            ValueError: a file isn't UTF-8, or grew meanwhile.
        """
        import numpy as np

        files = [Path(path) for path in paths]
        # What isn't written to is never taken from the system.
        size = sum(file.stat().st_size for file in files)
        ids: Ids = np.empty(size, dtype=np.uint32) if wide else np.empty(size, dtype=np.uint16)
        count, ends = self._bpe.encode_files(files, separator, ids, None, threads or usable_cores(), progress)
        ids.resize(count, refcheck=False)
        return ids, np.frombuffer(ends, dtype=np.int64)

    def decode(self, ids: Iterable[int]) -> str:
        """The text that `ids` stand for; what isn't UTF-8 becomes U+FFFD."""
        return self._bpe.decode(list(ids)).decode(errors="replace")


def _merges(vocab_size: int) -> int:
    if not 256 <= vocab_size <= MAX_VOCABULARY:
        raise ValueError(f"vocab_size must be 256 to {MAX_VOCABULARY}, not {vocab_size}")
    return vocab_size - 256
