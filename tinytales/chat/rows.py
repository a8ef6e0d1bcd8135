"""Training rows of documents, each document whole: padded rather than cut, so that every ending is seen.

A row file holds rows of one length, little-endian int32, which say how much each token is learned, as
`tokenizer.targets` has it; padding is an `<|endoftext|>` that isn't.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np
from numpy.typing import NDArray

from tinytales.chat.conversation import Conversation
from tinytales.chat.facts import ENDING_SENTENCES, sentences_of
from tinytales.chat.words import listed
from tinytales.errors import MissingError
from tinytales.tokenizer.chat_template import render
from tinytales.tokenizer.targets import ids_of, only_read, row_of
from tinytales.tokenizer.tokenizer import Tokenizer

OPEN_ROWS = 32  # rows that wait for something that fits

Row = NDArray[np.int32]


def document_row(tokenizer: Tokenizer, document: Conversation | str, emphasis: int = 1) -> Row:
    """The tokens of one document, and how much each is learned.

    Where a conversation asks for words, each weighs `emphasis` times as much as the rest of the answer where it first
    comes: it takes a story of two hundred tokens to say three that were asked for, and once said they come by
    themselves. Where it asks for a happy end or a sad one, so do the words in the end that make it one.

    A story stands between two `<|endoftext|>`, as in token files; it and the one after it are learned. A conversation
    begins at its first `<|im_start|>`, as every runner begins it.
    """
    if isinstance(document, str):
        ids = np.array([tokenizer.end_of_text, *tokenizer.encode(document), tokenizer.end_of_text], dtype=np.int32)
        weights = np.ones(len(ids), dtype=np.int32)
        weights[0] = 0
        return row_of(ids, weights)
    before = len(render(tokenizer, document.messages[: document.learned_from]).ids)
    rendered = render(tokenizer, document.messages)
    ids = np.array([*rendered.ids, tokenizer.end_of_text], dtype=np.int32)
    weights = np.array([*rendered.said, False], dtype=np.int32)
    weights[:before] = 0
    answered = np.flatnonzero(weights)[-1]  # where <|im_end|> is
    told_for = np.zeros(len(ids), dtype=bool)
    for word in document.asked:
        told_for |= _places(tokenizer, word, ids, weights > 0, most=1)
    if document.ending:
        end = tokenizer.encode(" ".join(sentences_of(document.messages[-1].content)[-ENDING_SENTENCES:]))
        in_end = (weights > 0) & (np.arange(len(ids)) >= answered - len(end))
        for word in listed(document.ending):
            told_for |= _places(tokenizer, word, ids, in_end)
    weights[told_for] *= emphasis
    if not document.whole:
        weights[answered] = 0
    return row_of(ids, weights)


def _places(
    tokenizer: Tokenizer, word: str, ids: NDArray[np.int32], among: NDArray[np.bool_], most: int | None = None
) -> NDArray[np.bool_]:
    """Which tokens say a word, the first so many times that it follows a space where it is looked for.

    What ends a form of it isn't among them.
    """
    found = np.zeros(len(ids), dtype=bool)
    tokens = tokenizer.encode(f" {word}")
    windows = np.lib.stride_tricks.sliding_window_view(np.where(among, ids, -1), min(len(tokens), len(ids)))
    for start in np.flatnonzero((windows == tokens).all(axis=1))[:most]:
        found[start : start + len(tokens)] = True
    return found


def pack(documents: Iterable[Row], length: int, padding: int, random: Random) -> Iterator[Row]:
    """Put documents of at most `length` tokens together into rows of `length`, each into the fullest row it fits in.

    A few rows are open at a time, so that documents stay near their order. Within a row their order is by chance: if
    the short ones, which come last, always stood at the end, a model would learn to give short answers only there.
    """
    waiting: list[list[Row]] = []
    room: list[int] = []

    def close(index: int) -> Row:
        documents = waiting.pop(index)
        random.shuffle(documents)
        row = np.concatenate([*documents, np.full(room.pop(index), only_read(padding), dtype=np.int32)])
        assert len(row) == length
        return row

    for document in documents:
        fitting = [index for index, left in enumerate(room) if left >= len(document)]
        if fitting:
            index = min(fitting, key=room.__getitem__)
            waiting[index].append(document)
            room[index] -= len(document)
        else:
            if len(waiting) == OPEN_ROWS:
                yield close(min(range(len(room)), key=room.__getitem__))
            waiting.append([document])
            room.append(length - len(document))
    while waiting:
        yield close(0)


@dataclass(frozen=True)
class RowStream:
    """All epochs of a row file as one endless stream of rows, in another order each epoch.

    Attributes:
        contents: the file, (rows, length + 1).
        seed: decides the orders.
    """

    contents: NDArray[np.int32]
    seed: int

    @classmethod
    def open(cls, path: Path, context_length: int, vocab_size: int, seed: int) -> "RowStream":
        """Open a row file for a model.

        Raises:
            MissingError: it is missing, or its size or ids are of something else.
        """
        hint = "make it again: tinytales mid-train --fresh"
        width = context_length + 1
        try:
            size = path.stat().st_size
        except FileNotFoundError:
            raise MissingError(f"{path} is missing", hint) from None
        if size == 0 or size % (4 * width):
            raise MissingError(f"{path} is damaged: {size:,} bytes are no rows of {width:,} tokens", hint)
        rows = np.memmap(path, dtype="<i4", mode="r").reshape(-1, width)
        for first in range(0, len(rows), 4096):
            part = rows[first : first + 4096]
            if ids_of(part).max() >= vocab_size or part.min() < -vocab_size:
                raise MissingError(f"{path} is damaged: it holds ids that the model doesn't", hint)
        return cls(rows, seed)

    @property
    def text_tokens(self) -> int:
        """As `epoch_tokens`: how much of it is padding isn't written down."""
        return self.epoch_tokens

    @property
    def epoch_tokens(self) -> int:
        """Targets of one pass, padding included."""
        return int(self.contents.shape[0] * (self.contents.shape[1] - 1))

    def rows(self, first: int, count: int) -> NDArray[np.int64]:
        """Rows `first` to `first + count`: (count, length + 1)."""
        indexes = []
        for position in range(first, first + count):
            epoch, offset = divmod(position, len(self.contents))
            order = np.random.default_rng([self.seed, epoch]).permutation(len(self.contents))
            indexes.append(order[offset])
        return np.asarray(self.contents[indexes], dtype=np.int64)
