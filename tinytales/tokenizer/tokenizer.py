"""The tokenizer: text to ids and back.

It stands on the path to the first word of a story, so that importing and loading it needs nothing heavy.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from tinytales._native import Bpe, Texts
from tinytales.errors import MissingError
from tinytales.machine import usable_cores
from tinytales.storage import atomic
from tinytales.tokenizer.batches import lend, replace_surrogates
from tinytales.tokenizer.special import SPECIAL_TOKENS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

TOKENIZER_NAME = "tokenizer.json"

_MAX_FILE_BYTES = 64 << 20  # 65,536 tokens of usual lengths take 5 MB


class Tokenizer:
    """A byte-level BPE. Ids 0 to 255 are the bytes, then the merges in order, then the special tokens.

    Any text can be encoded, and decodes to itself.
    """

    def __init__(self, bpe: Bpe) -> None:
        self._bpe = bpe
        self.vocab_size = bpe.size
        self.end_of_text, self.im_start, self.im_end = range(bpe.size - len(SPECIAL_TOKENS), bpe.size)

    @classmethod
    def load(cls, path: Path) -> Tokenizer:
        """Read a `tokenizer.json` that `save` wrote.

        Raises:
            MissingError: it is missing, damaged, or not one of ours.
        """
        hint = "make it again with tinytales tokenize, or name another folder"
        try:
            if path.stat().st_size > _MAX_FILE_BYTES:
                raise MissingError(f"{path} is too large to be a tokenizer", hint)
            bpe = Bpe.from_json(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise MissingError(f"{path} is missing", hint) from None
        except (OSError, ValueError) as error:
            raise MissingError(f"{path} is damaged: {error}", hint) from error
        if tuple(bpe.special) != SPECIAL_TOKENS:
            raise MissingError(f"{path} has other special tokens than {', '.join(SPECIAL_TOKENS)}", hint)
        return cls(bpe)

    def save(self, path: Path) -> None:
        """Write `tokenizer.json`, in the layout of Hugging Face `tokenizers`."""
        atomic.write_text(path, self._bpe.to_json())

    def encode(self, text: str) -> list[int]:
        """The ids of `text`, which is never parsed for special tokens; lone surrogates become U+FFFD."""
        try:
            return self._bpe.encode(text)
        except UnicodeEncodeError:
            return self._bpe.encode(replace_surrogates(text))

    def encode_batch(
        self, texts: Sequence[str], *, threads: int | None = None
    ) -> tuple[NDArray[np.uint16], NDArray[np.int64]]:
        """Encode many texts at once, on `threads` threads (None: all processors).

        Returns:
            The ids of all texts, one after the other, and where each text ends among them.
        """
        return encode_texts(self._bpe, lend(texts), None, threads)

    def encode_stories(self, stories: Texts | Sequence[str], *, threads: int | None = None) -> NDArray[np.uint16]:
        """The ids of the stories, `<|endoftext|>` before each and none at the end."""
        texts = stories if isinstance(stories, Texts) else lend(stories)
        return encode_texts(self._bpe, texts, self.end_of_text, threads)[0]

    def decode(self, ids: Iterable[int]) -> str:
        """The text that `ids` stand for; special tokens add nothing, what isn't UTF-8 becomes U+FFFD."""
        return self._bpe.decode(list(ids)).decode(errors="replace")

    def token_bytes(self, token: int) -> bytes:
        """The bytes that a token adds to a text, none if it is special.

        Raises:
            IndexError: there is no such token.
        """
        found = self._bpe.token(token) if token >= 0 else None
        if found is None:
            raise IndexError(f"no token {token} among {self.vocab_size}")
        return found

    def longest_tokens(self, count: int) -> list[str]:
        """The texts of the tokens with the most bytes, the longest first, ties by id."""
        longest = sorted(range(self.vocab_size), key=lambda token: -len(self.token_bytes(token)))[:count]
        return [self.token_bytes(token).decode(errors="replace") for token in longest]

    @cached_property
    def byte_lengths(self) -> NDArray[np.int64]:
        """The number of bytes that each token adds to a text, by id; 0 for special ones. Shape (vocab_size,)."""
        import numpy as np

        return np.array([len(self.token_bytes(token)) for token in range(self.vocab_size)], dtype=np.int64)


def encode_texts(
    bpe: Bpe, texts: Texts, before: int | None, threads: int | None
) -> tuple[NDArray[np.uint16], NDArray[np.int64]]:
    """The ids of all texts, each after the id `before`, and where those of each text end."""
    import numpy as np

    # Room for the most that there can be. What isn't written to is never taken from the system, and is given back.
    ids = np.empty(texts.bytes + len(texts), dtype=np.uint16)
    count, ends = bpe.encode_into(texts, ids, before, threads or usable_cores())
    ids.resize(count, refcheck=False)
    return ids, np.frombuffer(ends, dtype=np.int64)
