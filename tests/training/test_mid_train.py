"""Mid-training that was stopped goes on as it began, or says why not."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from tests.training.small import losses_of, stopped_at
from tinytales import pipeline
from tinytales.chat.settings import ConversationSettings
from tinytales.corpus.settings import CorpusSettings
from tinytales.errors import MissingError, UsageError
from tinytales.storage import manifest
from tinytales.storage.runs import RUN
from tinytales.storage.shelf import CONVERSATIONS
from tinytales.tokenizer.settings import TokenizerSettings
from tinytales.training.settings import MidTrainSettings, TrainSettings

CHOSEN = MidTrainSettings(steps=6, rate=1.0, context_length=512, start="end", seed=7)
TALK = ConversationSettings(rounds=2, emphasis=4, seed=7)
DEFAULTS = (MidTrainSettings(), ConversationSettings())


@pytest.fixture(scope="module")
def base_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TINYTALES_HOME", str(home))
        corpus = pipeline.prepare(["synthetic"], CorpusSettings(limit=80), "demo")
        tokens = pipeline.tokenize(corpus, TokenizerSettings(vocab_size=320), "demo")
        small = TrainSettings(depth=1, width=64, context_length=768, batch_tokens=1536, steps=4)
        pipeline.train(tokens, small, "base")
    return home


@pytest.fixture
def base(base_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(base_home, tmp_path / "home")
    monkeypatch.setenv("TINYTALES_HOME", str(tmp_path / "home"))
    return tmp_path / "home" / "models" / "base"


def stop(base: Path) -> None:
    """Begin a run of `CHOSEN` and `TALK`, and stop it."""
    with stopped_at(3):
        pipeline.mid_train(base, CHOSEN, TALK, "stopped")


def own_conversations(folder: Path) -> Path:
    mine = folder / "mine.jsonl"
    mine.write_text('{"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello."}]}\n')
    return mine


def test_the_command_that_a_stopped_run_names_goes_on_with_it(base: Path) -> None:
    whole = pipeline.mid_train(base, CHOSEN, TALK, "whole")
    stop(base)
    on = pipeline.mid_train(base, *DEFAULTS, "stopped")  # neither the settings nor the conversations are said again
    assert losses_of(on) == losses_of(whole)
    assert manifest.read(on, "model", RUN).facts["start"] == "end"
    assert len(CONVERSATIONS.all()) == 1


@pytest.mark.parametrize(
    ("settings", "talk", "given", "said"),
    [
        (replace(CHOSEN, rate=0.5), TALK, "rate", "learning_rate"),
        (replace(CHOSEN, start="full-rate"), TALK, "start", "start end, not full-rate"),
        (replace(CHOSEN, steps=8), TALK, "steps", "steps 6, not 8"),
        (replace(CHOSEN, teachers="base"), TALK, "teachers", "teachers none, not base"),
        (CHOSEN, replace(TALK, rounds=5), "rounds", "rounds 2, not 5"),
        (CHOSEN, replace(TALK, plain=0.5), "plain", "plain 0.42, not 0.5"),
    ],
)
def test_a_stopped_run_is_not_gone_on_with_as_another_one(
    base: Path,
    settings: MidTrainSettings,
    talk: ConversationSettings,
    given: str,
    said: str,
) -> None:
    stop(base)
    with pytest.raises(UsageError, match=said):
        pipeline.mid_train(base, settings, talk, "stopped", given={given})


def test_nor_with_other_conversations_or_none(base: Path, tmp_path: Path) -> None:
    stop(base)
    mine = own_conversations(tmp_path)
    with pytest.raises(UsageError, match="other conversations than these files"):
        pipeline.mid_train(base, *DEFAULTS, "stopped", files=[mine])
    CONVERSATIONS.remove(CONVERSATIONS.all()[0].name)
    with pytest.raises(MissingError, match=r"conversations base .* is gone"):
        pipeline.mid_train(base, *DEFAULTS, "stopped")


def test_conversations_of_ones_own_may_have_moved(base: Path, tmp_path: Path) -> None:
    mine = own_conversations(tmp_path)
    with stopped_at(3):
        pipeline.mid_train(base, CHOSEN, TALK, "stopped", files=[mine])
    moved = mine.rename(tmp_path / "moved.jsonl")
    on = pipeline.mid_train(base, *DEFAULTS, "stopped", files=[moved])
    assert manifest.read(on, "model", RUN).facts["plan"]["steps"] == CHOSEN.steps
    assert len(CONVERSATIONS.all()) == 1
