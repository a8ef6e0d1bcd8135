"""The stages in order, each with its input and output: stories → corpus → tokens → model → chat model.

Every stage takes a folder and makes a folder of a new name.
"""

import os
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tinytales.chat.settings import ConversationSettings
from tinytales.corpus.settings import CorpusSettings
from tinytales.errors import MissingError, UsageError
from tinytales.storage import atomic, manifest
from tinytales.storage.manifest import Manifest
from tinytales.storage.runs import RUN, unfinished
from tinytales.storage.shelf import CONVERSATIONS, CORPORA, MODELS, TOKENS, Shelf, slug
from tinytales.terminal import note, progress
from tinytales.tokenizer.settings import TokenizerSettings
from tinytales.training.processes import Processes
from tinytales.training.settings import MidTrainSettings, TrainSettings

TAUGHT = "-chat"  # follows a base's name


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
    from tinytales.tokenizer.train import sample_step, train_tokenizer

    corpus = Corpus.open(corpus_folder)
    target = TOKENS.fresh(name)
    facts = corpus.manifest.facts
    stories = {split: facts[f"{split}_stories"] for split in SPLITS}
    with atomic.new_folder(target) as folder:
        every = sample_step(facts["train_bytes"], settings.vocab_size)
        with progress("learning the vocabulary", stories["train"] // every, "stories") as bar:
            sample = corpus.columns("train", every=every)
            tokenizer = train_tokenizer(_counted(sample, bar.advance), settings.vocab_size)
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


def train(
    tokens_folder: Path,
    settings: TrainSettings,
    name: str,
    *,
    given: Collection[str] = (),
    resume: bool | None = None,
    go_on_with: str | None = None,
    processes: Processes | None = None,
) -> Path:
    """Train a model on tokens, under `name` or the next free one; a stopped run of that name goes on. The folder.

    Args:
        tokens_folder: what to learn from.
        settings: of a new run.
        name: of the model.
        given: the fields of `settings` that somebody chose; a stopped run must have the same.
        resume: True insists on a stopped run, False on a new one.
        go_on_with: the command that goes on with the run after a stop.
        processes: how many train together; one if None.

    Raises:
        UsageError: there is no stopped run to go on with, or it is another one.
    """
    target = _target(name, resume)
    go_on_with = go_on_with or f"tinytales train {tokens_folder.name} --name {target.name}"
    processes = processes or Processes()
    if processes.many and "RANK" not in os.environ:
        from tinytales.training.launch import launch

        launch(tokens_folder, target, settings, processes, given=given, go_on_with=go_on_with)
    else:
        from tinytales.training.ranks import ALONE, join
        from tinytales.training.train import train as train_model

        ranks = join(settings.silence_seconds) if "RANK" in os.environ else ALONE  # somebody else's torchrun
        train_model(tokens_folder, target, settings, given=given, go_on_with=go_on_with, ranks=ranks)
    if MODELS.holds(target):  # else another node has it
        _say_how_good(target)
    return target


def mid_train(
    base_folder: Path,
    settings: MidTrainSettings,
    conversations: ConversationSettings,
    name: str,
    *,
    given: Collection[str] = (),
    files: Sequence[Path] = (),
    resume: bool | None = None,
    go_on_with: str | None = None,
) -> Path:
    """Teach a model to answer, under `name` or the next free one; a stopped run of that name goes on. The folder.

    Args:
        base_folder: the model to go on from.
        settings: of the training.
        conversations: of the conversations that are made from the stories which the base learned from.
        name: of the new model.
        given: the fields of both settings that somebody chose; a stopped run must have the same.
        files: JSONL files with conversations of one's own, which it learns from besides.
        resume: as in `train`.
        go_on_with: the command that goes on with the run after a stop.

    Raises:
        MissingError: the base's corpus or tokens are gone, or a file is damaged.
        UsageError: as in `train`.
    """
    from tinytales.chat.dataset import ROWS
    from tinytales.chat.model import WORDS
    from tinytales.chat.rows import RowStream
    from tinytales.model.folder import read_config
    from tinytales.training.agreement import refuse_changes
    from tinytales.training.mid_train import Base
    from tinytales.training.mid_train import mid_train as train_on
    from tinytales.training.run import read_frozen

    base = Base.open(base_folder)
    target = _target(name, resume)
    stopped = read_frozen(unfinished(target))
    hint = "conversations are made from it: train another model on one that is there"
    corpus, tokens = (
        _ancestor(shelf, kind, base.manifest, hint) for shelf, kind in ((CORPORA, "corpus"), (TOKENS, "tokens"))
    )
    if stopped is None:
        context_length = settings.context_length or base.settings.context_length
        rows = make_conversations(corpus, tokens, conversations, context_length, base_folder.name, files)
    else:
        rows = _ancestor(CONVERSATIONS, "conversations", stopped, "begin another run: --fresh")
    made = manifest.read(rows, "conversations")
    if stopped is not None:
        refuse_changes(stopped, made.facts["settings"], asdict(conversations), given)
        if files and [file["sha256"] for file in _yours(files)] != [file["sha256"] for file in made.facts["yours"]]:
            raise UsageError(
                f"the stopped run of model {target.name} learns from other conversations than these files",
                "leave them out to go on with it, or begin another run: --fresh",
            )
    context_length, vocab_size = made.facts["context_length"], read_config(base_folder).vocab_size
    train_on(
        base,
        lambda seed: RowStream.open(rows / ROWS, context_length, vocab_size, seed),
        tokens,
        target,
        settings,
        facts={"documents": made.facts["documents"]},
        lineage={**base.manifest.as_parent(), "conversations": {"name": made.name, "identity": made.identity}},
        given=given,
        files=[rows / WORDS],
        go_on_with=go_on_with or f"tinytales mid-train {base_folder.name} --name {target.name}",
    )
    _say_how_good(target)
    return target


def make_conversations(
    corpus_folder: Path,
    tokens_folder: Path,
    settings: ConversationSettings,
    context_length: int,
    name: str,
    files: Sequence[Path] = (),
) -> Path:
    """Make conversations from a corpus for models of its tokens; the folder, which may have been made before."""
    from tinytales.chat.dataset import write_conversations
    from tinytales.corpus.corpus import Corpus
    from tinytales.tokenizer.tokenizer import TOKENIZER_NAME, Tokenizer

    parent = manifest.read(tokens_folder, "tokens")
    wanted = {"settings": asdict(settings), "context_length": context_length, "yours": _yours(files)}
    before = manifest.first(
        CONVERSATIONS.all(),
        "conversations",
        lambda found: (
            {key: found.facts.get(key) for key in wanted} == wanted
            and found.lineage.get("tokens", {}).get("identity") == parent.identity
        ),
    )
    if before is not None:
        note(f"conversations {before.name}: made before")
        return before
    target = CONVERSATIONS.fresh(name)
    corpus = Corpus.open(corpus_folder)
    tokenizer = Tokenizer.load(tokens_folder / TOKENIZER_NAME)
    with atomic.new_folder(target) as folder, progress("making conversations", None, "documents") as bar:
        facts = write_conversations(folder, corpus, tokenizer, settings, context_length, files, advance=bar.advance)
        manifest.seal(
            folder,
            kind="conversations",
            name=target.name,
            facts={**facts, **wanted},
            lineage={**corpus.manifest.as_parent(), **parent.as_parent()},
        )
    documents, share = facts["documents"], facts["tokens"]["plain"] / facts["tokens"]["learned"]
    left_out = documents.get("too long", 0)
    note(
        f"conversations {target.name}: {sum(documents.values()) - left_out:,} documents, {documents.get('plain', 0):,} "
        f"of them stories alone ({share:.0%} of what is learned); {left_out:,} left out as too long"
    )
    return target


def _yours(files: Sequence[Path]) -> list[dict[str, str]]:
    """Which files these are, for a manifest; raises MissingError if one is missing."""
    for path in files:
        if not path.is_file():
            raise MissingError(f"{path} is missing", "name a file of conversations")
    return [{"file": str(path), "sha256": manifest.sha256(path)} for path in files]


def base_for(name: str | None) -> Path:
    """The model to teach: by name, else the newest that was trained here and not taught yet.

    Raises:
        MissingError: there is none.
    """
    if name is not None:
        return MODELS.find(name)
    for folder in MODELS.all():
        try:
            lineage = manifest.read(folder, "model", RUN).lineage
        except MissingError:
            continue  # it came from elsewhere
        if "conversations" not in lineage:
            return folder
    raise MissingError("there is no model to teach", "train one: tinytales train")


def name_of(sources: Sequence[str]) -> str:
    """A name for what is made from `sources`: the first one's."""
    return slug(Path(sources[0]).expanduser().resolve().stem)


def _say_how_good(model: Path) -> None:
    found = manifest.read(model, "model", RUN).facts["validation"]
    note(
        f"model {model.name}: {found['bits_per_byte']:.3f} bits per byte on {found['stories']:,} stories held out, "
        f"{found['ending_bits']:.2f} bits for where a story ends"
    )


def _target(name: str, resume: bool | None) -> Path:
    """Where a model called `name` is to be made: that of a stopped run, or a new one; see `train`."""
    target = MODELS.stopped(name) if resume is not False else None
    if target is None and resume:
        raise UsageError(f"no run of model {name} was stopped", "leave out --resume to begin one")
    return target or MODELS.fresh(name)


def _ancestor(shelf: Shelf, kind: str, child: Manifest, hint: str) -> Path:
    """The folder that `child` was made from, wherever it stands now; raises MissingError with this hint."""
    parent = child.lineage.get(kind, {})
    found = manifest.first(shelf.all(), kind, lambda candidate: candidate.identity == parent.get("identity"))
    if found is None:
        raise MissingError(
            f"the {shelf.noun} {parent.get('name', '')} that model {child.name} learned from is gone", hint
        )
    return found


def _counted(columns: Iterable[Any], advance: Callable[[float], None]) -> Iterator[Any]:
    for column in columns:
        advance(len(column))
        yield column
