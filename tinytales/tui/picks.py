"""Words for the reader to pick: places where the model wasn't sure which thing or creature comes next."""

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from tinytales.inference.engine import Piece

MOST_OPTIONS = 4
APART = 12  # tokens between two picks: a question at every word is no story
_LEAST = 0.04  # an option must be at least so likely
_SURE = 0.65  # a likelier word is no question
_WORD = re.compile(r" [a-z]+")
# Without a tagger: a noun is what follows one of these, or one of these and an adjective.
_BEFORE_NOUNS = re.compile(
    r"\b(?:an?|the|his|her|their|its|my|your|our|some|named|called|big|little|small|old|new|red|blue|green|yellow|"
    r"happy|sad|pretty|nice|shiny|funny|magic|special|best|soft|scary|kind|good|brown|pink|tiny|huge)$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Pick:
    """A place to choose: the token that stands there, the shown characters before it, and the words on offer."""

    index: int
    options: tuple[str, ...]


def places(pieces: Sequence[Piece]) -> Iterator[tuple[int, list[str]]]:
    """Telling places: the token's index and the beginnings of the words that are likely there."""
    text, last = "", -APART
    for index, piece in enumerate(pieces):
        if (
            index - last >= APART
            and _BEFORE_NOUNS.search(text)
            and _WORD.fullmatch(piece.text)
            and piece.logprob < math.log(_SURE)
        ):
            likely = [one.text for one in piece.alternatives if one.logprob > math.log(_LEAST)]
            words = [word for word in dict.fromkeys([piece.text, *likely]) if _WORD.fullmatch(word)][:MOST_OPTIONS]
            if len(words) >= 2:
                last = index
                yield index, words
        text = (text + piece.text)[-24:]


def find(pieces: Sequence[Piece], finish_word: Callable[[int, str], str]) -> list[Pick]:
    """The picks of a passage.

    Args:
        pieces: the passage's tokens.
        finish_word: given a token's index and the beginning of a word there, the whole word as the model would say it.
    """
    found = []
    for index, beginnings in places(pieces):
        own = _own_word(pieces, index)
        others = (finish_word(index, beginning) for beginning in beginnings if beginning != pieces[index].text)
        words = sorted({own, *others})
        if len(words) >= 2:
            found.append(Pick(index, tuple(words)))
    return found


def word_end(pieces: Sequence[Piece], index: int) -> int:
    """The index after the last token of the word that begins at `index`."""
    end = index + 1
    while end < len(pieces) and pieces[end].text[:1].isalpha():
        end += 1
    return end


def _own_word(pieces: Sequence[Piece], index: int) -> str:
    return "".join(piece.text for piece in pieces[index : word_end(pieces, index)])
