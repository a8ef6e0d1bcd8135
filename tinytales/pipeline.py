"""The stages in order, each with its input and output: stories → corpus → tokens → model.

Every stage takes a folder and makes a folder of a new name. `speedrun` runs them all, and goes on from what an earlier
run of the same settings finished.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tinytales.corpus.settings import CorpusSettings
from tinytales.settings import resolve
from tinytales.storage import atomic, manifest
from tinytales.storage.manifest import Manifest
from tinytales.storage.shelf import CORPORA, MODELS, TOKENS, Shelf
from tinytales.terminal import clock, note, progress
from tinytales.tokenizer.settings import TokenizerSettings
from tinytales.training.settings import TrainSettings

if TYPE_CHECKING:
    from tinytales.training.train import TrainResult


def prepare(sources: Sequence[str], settings: CorpusSettings, name: str) -> Path:
    """Make the corpus `name` (or the next free `name-2`, …) from stories."""
    from tinytales.corpus.prepare import prepare as prepare_corpus

    target = CORPORA.fresh(name)
    prepare_corpus(sources, target, settings)
    return target


def tokenize(corpus_folder: Path, settings: TokenizerSettings, name: str) -> Path:
    """Train a tokenizer on a corpus and write its stories as tokens, under `name`."""
    from tinytales.corpus.corpus import Corpus
    from tinytales.tokenizer.token_files import write_tokens
    from tinytales.tokenizer.train import train_tokenizer

    corpus = Corpus.open(corpus_folder)
    target = TOKENS.fresh(name)
    with atomic.new_folder(target) as folder:
        with progress("learning the vocabulary", corpus.count("train"), "stories") as bar:
            tokenizer = train_tokenizer(_counted(corpus.stories("train"), bar.advance), settings.vocab_size)
        with progress("writing tokens", corpus.count("train") + corpus.count("valid"), "stories") as bar:
            splits = {split: corpus.stories(split) for split in ("train", "valid")}
            counts = write_tokens(folder, tokenizer, splits, advance=bar.advance)
        facts = {"settings": asdict(settings), "splits": {split: asdict(found) for split, found in counts.items()}}
        manifest.seal(folder, kind="tokens", name=target.name, facts=facts, lineage=corpus.manifest.as_parent())
    return target
