"""A judge of endings: whether a story ends happily, by words that no label of a training story went by.

    uv run python -m benchmarks.endings [CORPUS]

The labels of training stories come from 32 words (`happy`, `cried`, `alone`, …), where one kind of them alone stands in
the end. They are seldom wrong, but a model learns to say those very words, so they can't judge one. The judge sees
all other words of the last sentences, and goes by how often each stands in happy ends and in sad ones of people's
stories: naive Bayes, with both held to be as likely. Run by itself this says how often it is right on stories held out.
"""

import math
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from itertools import islice

from tinytales.chat.facts import known_ending, sentences_of
from tinytales.chat.making import RARITY_STORIES
from tinytales.chat.words import listed, words_of
from tinytales.corpus.corpus import Corpus
from tinytales.corpus.story import Story
from tinytales.storage.shelf import CORPORA

END_SENTENCES, FEWEST = 4, 5

Judge = Callable[[str], bool]


def learn_judge(stories: Iterable[Story]) -> Judge:
    """A judge of whether a text ends happily, from stories whose ends are known."""
    having = {"happy": Counter[str](), "sad": Counter[str]()}
    count = Counter[str]()
    for story in stories:
        if ending := known_ending(story):
            count[ending] += 1
            having[ending].update(_words(story.text))
    odds = {
        word: _share(having["happy"][word], count["happy"]) - _share(having["sad"][word], count["sad"])
        for word, stories_with in (having["happy"] + having["sad"]).items()
        if stories_with >= FEWEST
    }
    return lambda text: sum(odds.get(word, 0.0) for word in _words(text)) > 0


def _words(text: str) -> set[str]:
    words = set(words_of(" ".join(sentences_of(text)[-END_SENTENCES:])))
    return words - listed("happy") - listed("sad")


def _share(count: int, of: int) -> float:
    return math.log((count + 0.5) / (of + 1))


def main() -> None:
    corpus = Corpus.open(CORPORA.find(sys.argv[1] if len(sys.argv) > 1 else None))
    judge = learn_judge(islice(corpus.records("train"), RARITY_STORIES))
    for ending in ("happy", "sad"):
        told = [story.text for story in corpus.records("valid") if known_ending(story) == ending]
        right = sum(judge(text) == (ending == "happy") for text in told)
        print(f"of {len(told)} held out that end {ending}, judged so: {right / max(1, len(told)):.1%}")


if __name__ == "__main__":
    main()
