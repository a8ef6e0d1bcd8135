"""All stages in one go, from one preset: what an earlier run of the same settings finished is used as it is."""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from tinytales import pipeline
from tinytales.chat.settings import ConversationSettings
from tinytales.corpus.settings import CorpusSettings
from tinytales.errors import MissingError
from tinytales.settings import load_preset, resolve
from tinytales.storage import manifest
from tinytales.storage.manifest import Manifest
from tinytales.storage.runs import RUN
from tinytales.storage.shelf import CORPORA, MODELS, TOKENS
from tinytales.terminal import clock, note
from tinytales.tokenizer.settings import TokenizerSettings
from tinytales.training.settings import BOUNDS, MidTrainSettings, TrainSettings

SYNTHETIC = "synthetic"


def speedrun(
    sources: Sequence[str],
    *,
    preset: str,
    minutes: float | None = None,
    name: str | None = None,
    resume: bool | None = None,
    confirm: Callable[[str], bool] | None = None,
) -> Path:
    """All stages from one preset; the chat model's folder. `confirm` is asked before a large download.

    A corpus or token folder that an earlier run finished from the same stories with the same settings is used as it
    is, so is a model that wasn't taught to answer yet, and training goes on where it was stopped (`resume` as in
    `pipeline.train`). `minutes` are those of all training, divided as the preset divides its own.
    """
    of_train, of_mid_train = divided(minutes, preset)
    corpus_settings = resolve(CorpusSettings, "prepare", flags={}, preset=preset).value
    tokenizer_settings = resolve(TokenizerSettings, "tokenize", flags={}, preset=preset).value
    training = resolve(TrainSettings, "train", flags=of_train, preset=preset, exclusive=BOUNDS)
    teaching = resolve(MidTrainSettings, "mid-train", flags=of_mid_train, preset=preset, exclusive=BOUNDS)
    conversations = resolve(ConversationSettings, "conversations", flags={}, preset=preset)
    name = name or (preset if list(sources) == [SYNTHETIC] else pipeline.name_of(sources))
    corpus = _stage(
        f"1/4 prepare: {', '.join(sources)} → a corpus of clean stories",
        manifest.first(CORPORA.all(), "corpus", _made_from(sources, corpus_settings)),
        lambda: pipeline.prepare(sources, corpus_settings, name, confirm=confirm),
    )
    identity = manifest.read(corpus, "corpus").identity
    tokens = _stage(
        f"2/4 tokenize: corpus {corpus.name} → a vocabulary of {tokenizer_settings.vocab_size:,}, and tokens",
        manifest.first(
            TOKENS.all(),
            "tokens",
            lambda found: (
                found.lineage.get("corpus", {}).get("identity") == identity
                and found.facts["settings"] == asdict(tokenizer_settings)
            ),
        ),
        lambda: pipeline.tokenize(corpus, tokenizer_settings, name),
    )
    model = _stage(
        f"3/4 train: tokens {tokens.name} → a model",
        None if resume is False else _untaught(manifest.read(tokens, "tokens"), training.value),
        lambda: pipeline.train(
            tokens,
            training.value,
            name,
            given=training.chosen(preset=True),
            resume=resume,
            go_on_with="the same command",
        ),
    )
    taught = _stage(
        f"4/4 mid-train: model {model.name} → a model that answers",
        None,
        lambda: pipeline.mid_train(
            model,
            teaching.value,
            conversations.value,
            f"{model.name}{pipeline.TAUGHT}",
            given=teaching.chosen(preset=True) | conversations.chosen(preset=True),
            resume=False if resume is False else None,
            go_on_with="the same command",
        ),
    )
    note(
        f"\nThe models are kept in {model} and {taught}\n"
        'Go on with: tinytales tell "Once upon a time", or: tinytales chat "Tell me a story about a cat."\n'
    )
    return taught


def divided(minutes: float | None, preset: str) -> tuple[dict[str, float], dict[str, float]]:
    """The flags of training and of mid-training that bind both together to `minutes`; none if that is None."""
    if minutes is None:
        return {}, {}
    of_preset = [load_preset(preset)[section]["minutes"] for section in ("train", "mid-train")]
    train, mid_train = ({"minutes": minutes * part / sum(of_preset)} for part in of_preset)
    return train, mid_train


def _made_from(sources: Sequence[str], settings: CorpusSettings) -> Callable[[Manifest], bool]:
    """Whether a corpus was made from these very sources with these settings."""
    from tinytales.corpus.sources.source import open_sources

    fingerprints = [source.fingerprint for source in open_sources(sources, settings)]
    wanted = {key: value for key, value in asdict(settings).items() if value is not None}
    return lambda found: found.facts.get("sources") == fingerprints and found.facts.get("settings") == wanted


def _untaught(tokens: Manifest, settings: TrainSettings) -> Path | None:
    """The newest model that was trained on these tokens with these settings, if none was made from it yet."""
    wanted = {key: value for key, value in asdict(settings).items() if value is not None}
    parents: set[str] = set()
    for folder in MODELS.all():
        try:
            found = manifest.read(folder, "model", RUN)
        except MissingError:
            continue
        parents.add(found.lineage.get("model", {}).get("identity", ""))
        if (
            found.identity not in parents
            and found.lineage.get("tokens", {}).get("identity") == tokens.identity
            and "model" not in found.lineage
            and found.facts.get("settings") == wanted
        ):
            return folder
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
