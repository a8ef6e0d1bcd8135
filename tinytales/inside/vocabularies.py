"""Vocabularies by name: of a model, or of a token folder without one; and the stories that each was made from."""

import sys
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tinytales.errors import MissingError
from tinytales.storage import manifest
from tinytales.storage.shelf import MODELS, TOKENS
from tinytales.tokenizer.tokenizer import TOKENIZER_NAME, Tokenizer

_RUN = "run.toml"
_BLOCK = 1 << 20  # bytes of a token file that are read at once


@dataclass(frozen=True)
class Vocabulary:
    """A tokenizer and its name, for people; `tokens` is the token folder it came with, where that is still there."""

    name: str
    tokenizer: Tokenizer
    tokens: Path | None

    def stories(self, split: str) -> Iterator[str]:
        """The stories of the token folder's split, in their order, as they are read.

        Raises:
            MissingError: there is no such folder, or its file is missing or damaged.
        """
        if self.tokens is None:
            raise MissingError(f"the stories that {self.name} learned from are gone", "name a token folder with -m")
        path = self.tokens / f"{split}.bin"
        end = self.tokenizer.end_of_text
        story = array("H")
        try:
            with path.open("rb") as file:
                while block := file.read(_BLOCK):
                    if len(block) % 2:
                        raise MissingError(f"{path} is damaged: half a token", "make it again: tinytales tokenize")
                    ids = _little_endian(block)
                    begin = 0
                    for _ in range(ids.count(end)):
                        stop = ids.index(end, begin)
                        story.extend(ids[begin:stop])
                        if story:
                            yield self.tokenizer.decode(story)
                        story, begin = array("H"), stop + 1
                    story.extend(ids[begin:])
        except FileNotFoundError:
            raise MissingError(f"{path} is missing", "make it again: tinytales tokenize") from None


def find_vocabulary(name: str | None) -> Vocabulary:
    """The vocabulary of the model or of the token folder called `name`; of what tells if None.

    Raises:
        MissingError: there is neither.
    """
    try:
        return of_model(MODELS.find(name))
    except MissingError:
        folder = _token_folder(name)
        if folder is None:
            raise
    return Vocabulary(folder.name, Tokenizer.load(folder / TOKENIZER_NAME), folder)


def of_model(folder: Path) -> Vocabulary:
    """The vocabulary of the model in `folder`."""
    return Vocabulary(folder.resolve().name, Tokenizer.load(folder / TOKENIZER_NAME), _tokens_of(folder))


def _token_folder(name: str | None) -> Path | None:
    try:
        return TOKENS.find(name)
    except MissingError:
        return None


def _tokens_of(model: Path) -> Path | None:
    """The token folder that a model was trained on, if it is still there and the same."""
    try:
        parent = manifest.read(model, "model", _RUN).lineage["tokens"]
        folder = TOKENS.find(str(parent["name"]))
        same = manifest.read(folder, "tokens").identity == parent["identity"]
    except (MissingError, KeyError, TypeError):
        return None
    return folder if same else None


def _little_endian(block: bytes) -> "array[int]":
    ids = array("H", block)
    if sys.byteorder == "big":
        ids.byteswap()
    return ids
