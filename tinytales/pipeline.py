"""The stages in order, each with its input and output: stories → corpus → tokens → model.

Every stage takes a folder and makes a folder of a new name. `speedrun` runs them all, and goes on from what an earlier
run of the same settings finished.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tinytales.corpus.settings import CorpusSettings
from tinytales.errors import MissingError
from tinytales.settings import resolve
from tinytales.storage import atomic, manifest
from tinytales.storage.manifest import Manifest
from tinytales.storage.shelf import CORPORA, MODELS, TOKENS, Shelf, slug
from tinytales.terminal import clock, note, progress
from tinytales.tokenizer.settings import TokenizerSettings
from tinytales.training.settings import BOUNDS, TrainSettings

if TYPE_CHECKING:
    from tinytales.training.train import TrainResult

SYNTHETIC = "synthetic"


def prepare(
    sources: Sequence[str],
    settings: CorpusSettings,
    name: str,
    *,
    confirm: Callable[[str], bool] | None = None,
    workers: int | None = None,
) -> Path:
    """Make a corpus from stories, under `name` or the next free `name-2`, `name-3`, …; its folder.

    `confirm` is asked before a large download, `workers` threads work at once (all cores if None).
    """
    from tinytales.corpus.prepare import prepare as prepare_corpus

    target = CORPORA.fresh(name)
    facts = prepare_corpus(sources, target, settings, confirm=confirm, workers=workers).facts
    note(
        f"corpus {target.name}: {facts['train_stories']:,} stories to learn from, "
        f"{facts['valid_stories']:,} to measure on"
    )
    return target


def tokenize(corpus_folder: Path, settings: TokenizerSettings, name: str) -> Path:
    """Train a tokenizer on a corpus and write its stories as tokens; the folder."""
    from tinytales.corpus.corpus import Corpus
    from tinytales.corpus.shards import SPLITS
    from tinytales.tokenizer.token_files import write_tokens
    from tinytales.tokenizer.train import train_tokenizer

    corpus = Corpus.open(corpus_folder)
    target = TOKENS.fresh(name)
    facts = corpus.manifest.facts
    stories = {split: facts[f"{split}_stories"] for split in SPLITS}
    with atomic.new_folder(target) as folder:
        with progress("learning the vocabulary", stories["train"], "stories") as bar:
            tokenizer = train_tokenizer(_counted(corpus.columns("train"), bar.advance), settings.vocab_size)
        started = time.monotonic()
        with progress("writing tokens", sum(stories.values()), "stories") as bar:
            columns = {split: corpus.columns(split) for split in SPLITS}
            counts = write_tokens(folder, tokenizer, columns, advance=bar.advance)
        seconds = time.monotonic() - started
        sealed = {"settings": asdict(settings), "splits": {split: asdict(found) for split, found in counts.items()}}
        manifest.seal(folder, kind="tokens", name=target.name, facts=sealed, lineage=corpus.manifest.as_parent())
    held_out = counts["valid"]
    note(
        f"tokens {target.name}: a vocabulary of {tokenizer.vocab_size:,}, {counts['train'].tokens:,} to learn from, "
        f"{held_out.bytes / held_out.tokens:.2f} bytes a token on stories held out"
    )
    longest = " ".join(repr(token) for token in tokenizer.longest_tokens(5))
    rate = sum(split.bytes for split in counts.values()) / 1e6 / seconds
    note(f"written at {rate:,.0f} MB of text a second; the longest tokens: {longest}")
    return target


def train(tokens_folder: Path, settings: TrainSettings, name: str) -> "TrainResult":
    """Train a model on tokens."""
    from tinytales.training.train import train as train_model

    result = train_model(tokens_folder, MODELS.fresh(name), settings)
    found = result.validation
    note(
        f"model {result.folder.name}: {found.bits_per_byte:.3f} bits per byte on {found.stories:,} stories held out, "
        f"{found.ending_bits:.2f} bits for where a story ends"
    )
    return result


def speedrun(
    sources: Sequence[str],
    *,
    preset: str,
    minutes: float | None = None,
    name: str | None = None,
    confirm: Callable[[str], bool] | None = None,
) -> Path:
    """All stages from one preset; the model's folder. `confirm` is asked before a large download.

    A corpus or token folder that an earlier run finished from the same stories with the same settings is used as it
    is: after an interruption the run goes on from there.
    """
    corpus_settings = resolve(CorpusSettings, "prepare", flags={}, preset=preset).value
    tokenizer_settings = resolve(TokenizerSettings, "tokenize", flags={}, preset=preset).value
    train_settings = resolve(TrainSettings, "train", flags={"minutes": minutes}, preset=preset, exclusive=BOUNDS).value
    name = name or (preset if list(sources) == [SYNTHETIC] else name_of(sources))
    corpus = _stage(
        f"1/3 prepare: {', '.join(sources)} → a corpus of clean stories",
        _finished(CORPORA, "corpus", _made_from(sources, corpus_settings)),
        lambda: prepare(sources, corpus_settings, name, confirm=confirm),
    )
    identity = manifest.read(corpus, "corpus").identity
    tokens = _stage(
        f"2/3 tokenize: corpus {corpus.name} → a vocabulary of {tokenizer_settings.vocab_size:,}, and tokens",
        _finished(
            TOKENS,
            "tokens",
            lambda found: (
                found.lineage.get("corpus", {}).get("identity") == identity
                and found.facts["settings"] == asdict(tokenizer_settings)
            ),
        ),
        lambda: tokenize(corpus, tokenizer_settings, name),
    )
    model = _stage(
        f"3/3 train: tokens {tokens.name} → a model",
        None,  # a finished run is never taken for a new one
        lambda: train(tokens, train_settings, name).folder,
    )
    note(f'\nThe model is kept in {model}\nGo on with: tinytales tell "Once upon a time"\n')
    return model


def name_of(sources: Sequence[str]) -> str:
    """A name for what is made from `sources`: the first one's."""
    return slug(Path(sources[0]).expanduser().resolve().stem)


def _made_from(sources: Sequence[str], settings: CorpusSettings) -> Callable[[Manifest], bool]:
    """Whether a corpus was made from these very sources with these settings."""
    from tinytales.corpus.sources.source import open_sources

    fingerprints = [source.fingerprint for source in open_sources(sources, settings)]
    wanted = {key: value for key, value in asdict(settings).items() if value is not None}
    return lambda found: found.facts.get("sources") == fingerprints and found.facts.get("settings") == wanted


def _finished(shelf: Shelf, kind: str, is_it: Callable[[Manifest], bool]) -> Path | None:
    """The newest whole folder of a shelf that `is_it` accepts."""
    for folder in shelf.all():
        try:
            if is_it(manifest.read(folder, kind)):
                return folder
        except MissingError:
            continue  # damaged: as good as none
    return None


def _stage(title: str, finished: Path | None, make: Callable[[], Path]) -> Path:
    """Run one stage unless it is finished, and say what it does and how long it took."""
    note(f"\n{title}")
    if finished is not None:
        note(f"done before: {finished.name}")
        return finished
    started = time.monotonic()
    made = make()
    note(f"done in {clock(time.monotonic() - started)}")
    return made


def _counted(columns: Iterable[Any], advance: Callable[[float], None]) -> Iterator[Any]:
    for column in columns:
        advance(len(column))
        yield column
