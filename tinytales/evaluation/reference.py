"""What models are measured against: a corpus's stories held out, its words, and its text to copy from."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from tinytales._native import Copies, PieceCounter, WordCounts
from tinytales.corpus.corpus import Corpus
from tinytales.corpus.settings import CorpusSettings
from tinytales.corpus.sources.source import open_sources
from tinytales.errors import MissingError
from tinytales.evaluation.kneser_ney import KneserNey
from tinytales.machine import usable_cores
from tinytales.model.folder import RUN
from tinytales.storage import manifest
from tinytales.storage.shelf import CORPORA
from tinytales.terminal import note
from tinytales.tokenizer.batches import batches, lend
from tinytales.tokenizer.special import SPECIAL_TOKENS
from tinytales.tokenizer.tokenizer import Tokenizer

COMMON_WORDS = 1_000
PEER_MERGES = 2_048 - 256 - len(SPECIAL_TOKENS)
PEER_CHARACTERS = 100_000_000
"""How much of a corpus the n-gram model learns from: its counts of more would not fit into a small machine."""


@dataclass(frozen=True)
class Reference:
    """A corpus to measure against.

    Attributes:
        corpus: what the models learned from, or the nearest thing to it.
        held_out: stories that they did not see.
        held_out_name: where those come from.
        vocabulary: every word of the corpus, in lower case.
        common: its most frequent words.
    """

    corpus: Corpus
    held_out: Sequence[str]
    held_out_name: str
    vocabulary: frozenset[str]
    common: frozenset[str]

    def longest_copies(self, texts: Sequence[str]) -> list[int]:
        """For each text, the words of the longest run in it that a story of the corpus has too."""
        copies = Copies(lend(texts))
        for batch in batches(self.corpus.stories("train")):
            copies.read(batch)
        return copies.longest()

    def learn_peer(self) -> KneserNey:
        """The Kneser-Ney model of the corpus's text, over a vocabulary of its own: the same for every model."""
        stories = list(_within(self.corpus.stories("train"), PEER_CHARACTERS))
        counter = PieceCounter(usable_cores())
        for batch in batches(stories):
            counter.add(batch)
        tokenizer = Tokenizer(counter.train(PEER_MERGES, list(SPECIAL_TOKENS)))
        return KneserNey(tokenizer.encode_stories(stories), tokenizer)


def find_corpus(model_folder: Path) -> Path:
    """The corpus that a model learned from; where that is unknown or gone, the newest, which is said.

    Raises:
        MissingError: there is no corpus at all, or the model's `run.toml` is damaged.
    """
    if (model_folder / RUN).is_file():
        lineage = manifest.read(model_folder, "model", RUN).lineage.get("corpus", {})
        for folder in CORPORA.all():
            if manifest.read(folder, "corpus").identity == lineage.get("identity"):
                return folder
    newest = CORPORA.find(None)
    note(f"the corpus that {model_folder.name} learned from isn't here: measuring against {newest.name}, the newest")
    return newest


def open_reference(corpus_folder: Path, stories: int, held_out: str | None = None) -> Reference:
    """Read a corpus, and `stories` of its validation split, or as many of the first ones of the source `held_out`.

    Raises:
        MissingError: the corpus or the source is missing or damaged, or holds no stories.
        UsageError: the source is of a kind that can't be read.
    """
    corpus = Corpus.open(corpus_folder)
    counts = WordCounts()
    for batch in batches(corpus.stories("train")):
        counts.add_texts(batch)
    ranked = [word for word, _ in counts.sorted()]
    if held_out is None:
        chosen = list(_spread(corpus.stories("valid"), corpus.manifest.facts["valid_stories"], stories))
        name = f"the stories that corpus {corpus.manifest.name} holds out"
    else:
        sources = open_sources([held_out], CorpusSettings())
        chosen = [story.text for story in islice((story for source in sources for story in source.stories()), stories)]
        name = held_out
    if not chosen:
        raise MissingError(f"there are no stories in {name}", "name a file with stories")
    return Reference(corpus, chosen, name, frozenset(ranked), frozenset(ranked[:COMMON_WORDS]))


def _spread(stories: Iterable[str], total: int, wanted: int) -> Iterator[str]:
    """`wanted` of `total` stories, evenly spread over them; all if they are fewer."""
    for index, story in enumerate(stories):
        if (index + 1) * wanted // total > index * wanted // total or wanted >= total:
            yield story


def _within(stories: Iterable[str], characters: int) -> Iterator[str]:
    for story in stories:
        characters -= len(story)
        if characters < 0:
            return
        yield story
