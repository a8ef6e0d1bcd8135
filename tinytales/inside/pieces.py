"""The pieces into which a vocabulary cuts a text, drawn in boxes, and how a word is built of them merge by merge."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from rich.cells import cell_len

from tinytales.inside.odds import bytes_label
from tinytales.inside.vocabularies import Vocabulary
from tinytales.tokenizer.tokenizer import Tokenizer

WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
SEARCHED = 100_000_000  # characters of stories that are looked through for a word


@dataclass(frozen=True)
class Token:
    """A piece of a text; `unknown` if it belongs to a word that the corpus never held."""

    id: int
    data: bytes
    unknown: bool = False


@dataclass(frozen=True)
class Cut:
    """A text as a vocabulary sees it.

    Attributes:
        name: of the vocabulary.
        vocab_size: tokens it has.
        tokens: the pieces in their order.
        bytes: UTF-8 bytes of the text.
        unknown_words: words that the corpus never held, in lower case; None where the corpus isn't known.
    """

    name: str
    vocab_size: int
    tokens: tuple[Token, ...]
    bytes: int
    unknown_words: tuple[str, ...] | None


def cut(text: str, vocabulary: Vocabulary) -> Cut:
    """Cut `text`, and look for its words in the stories that the vocabulary was learned from."""
    unknown = None if vocabulary.tokens is None else unknown_words(text, vocabulary.stories("train"))
    spans = [
        (len(text[: word.start()].encode()), len(text[: word.end()].encode()))
        for word in WORD.finditer(text)
        if unknown and word.group().lower() in unknown
    ]
    tokens, begin = [], 0
    for token in vocabulary.tokenizer.encode(text):
        data = vocabulary.tokenizer.token_bytes(token)
        end = begin + len(data)
        tokens.append(Token(token, data, any(begin < last and first < end for first, last in spans)))
        begin = end
    return Cut(vocabulary.name, vocabulary.tokenizer.vocab_size, tuple(tokens), begin, unknown)


def unknown_words(text: str, stories: Iterable[str]) -> tuple[str, ...]:
    """The words of `text` that none of the first `SEARCHED` characters of `stories` holds, in lower case."""
    missing = list(dict.fromkeys(word.lower() for word in WORD.findall(text)))
    read = 0
    for story in stories:
        if not missing or read > SEARCHED:
            break
        read += len(story)
        lower = story.lower()
        missing = [word for word in missing if word not in lower or word not in WORD.findall(lower)]
    return tuple(missing)


def boxes(cut: Cut, width: int) -> Iterator[str]:
    """Rows of boxes with a piece in each, in lines of `width` cells; a box of an unknown word has a double floor."""
    row: list[tuple[str, str]] = []
    room = 0
    for token in cut.tokens:
        label = bytes_label(token.data)
        if row and room + cell_len(label) + 2 > width:
            yield from _row(row)
            row, room = [], 0
        row.append((label, "═" if token.unknown else "─"))
        room += cell_len(label) + 1
    if row:
        yield from _row(row)


def _row(row: Sequence[tuple[str, str]]) -> Iterator[str]:
    yield "┌" + "┬".join("─" * cell_len(label) for label, _ in row) + "┐"
    yield "│" + "│".join(label for label, _ in row) + "│"
    yield "└" + "┴".join(floor * cell_len(label) for label, floor in row) + "┘"


@dataclass(frozen=True)
class Merge:
    """One step on the way from bytes to pieces: `token` was put together, then the word looked like `parts`."""

    token: int
    parts: tuple[bytes, ...]


def merges(word: str, tokenizer: Tokenizer) -> list[Merge]:
    """How byte-pair encoding builds `word`, letters with a space before them or none.

    The earliest merge that applies comes first (Sennrich et al., 2016); ids are in the order of the merges.
    """
    ranks = {tokenizer.token_bytes(token): token for token in range(256, tokenizer.end_of_text)}
    parts = [bytes([byte]) for byte in word.encode()]
    steps = []
    while len(parts) > 1:
        pairs = [left + right for left, right in pairwise(parts)]
        best = min((pair for pair in pairs if pair in ranks), key=lambda pair: ranks[pair], default=None)
        if best is None:
            break
        joined: list[bytes] = []
        for part in parts:
            if joined and joined[-1] + part == best:
                joined[-1] += part
            else:
                joined.append(part)
        parts = joined
        steps.append(Merge(ranks[best], tuple(parts)))
    return steps


def spaced_words(text: str) -> list[str]:
    """The different words of `text`, runs of letters, each with the space that stands before it."""
    return list(dict.fromkeys(re.findall(r" ?[^\W\d_]+", text)))
