from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.training.small import CPU
from tinytales.errors import MissingError, UsageError
from tinytales.training.batches import StoryStream
from tinytales.training.device import find_device
from tinytales.training.plan import Plan, describe, fitting_rows, make_plan
from tinytales.training.settings import DROPOUT, MidTrainSettings, TrainSettings


def stream(tokens: int) -> StoryStream:
    return StoryStream(np.zeros(tokens + 1, dtype=np.uint16), np.zeros(1, dtype=np.int64), 64, 0)


def plan(length: int, /, **settings: float) -> Plan:
    chosen = TrainSettings(depth=1, width=64, context_length=64, batch_tokens=512, **settings)  # type: ignore[arg-type]
    return make_plan(chosen, chosen.model(300), stream(length), CPU)


def test_bounds_become_steps() -> None:
    assert plan(5120, steps=7) == Plan(7, 8, 0.7, 8)
    assert plan(5120, tokens=5000) == Plan(10, 8, 1.0, 8)
    assert plan(5120, epochs=2.5) == Plan(25, 8, 2.5, 8)
    assert plan(5120, minutes=0.001).steps >= 10


def test_too_little_text_for_a_batch() -> None:
    with pytest.raises(UsageError, match="fewer than one batch"):
        plan(511, steps=1)


@pytest.mark.parametrize("fits", [1, 2, 5, 8, 100])
def test_rows_are_halved_until_they_fit(fits: int) -> None:
    def attempt(rows: int) -> None:
        if rows > fits:
            raise torch.OutOfMemoryError("CUDA out of memory")

    assert fitting_rows(attempt, 8) == {1: 1, 2: 2, 5: 4, 8: 8, 100: 8}[fits]
    with pytest.raises(MemoryError):
        fitting_rows(lambda rows: attempt(1000), 8)


def test_far_too_many_passes_are_said_before() -> None:
    settings = TrainSettings(depth=1, width=64, context_length=64, batch_tokens=512)
    for epochs, said in ((39.0, False), (120.0, True)):
        found = describe(plan(5120, epochs=epochs), settings, settings.model(300), stream(5120), CPU)
        assert ("far more than help" in found) == said


def test_a_missing_compiler_is_said_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXX", "no-such-compiler")
    for wanted in (True, False):
        settings = TrainSettings(depth=1, width=64, context_length=64, batch_tokens=512, compile=wanted)
        found = describe(plan(5120, steps=1), settings, settings.model(300), stream(5120), CPU)
        assert ("not compiled" in found) == wanted


@pytest.mark.parametrize("facts", [{}, {"plan": 3}, {"plan": {"steps": "x", "rows": 1, "epochs": 1}}])
def test_a_damaged_plan_is_said(facts: dict[str, object]) -> None:
    with pytest.raises(MissingError, match="plan is damaged"):
        Plan.from_facts(facts)


def test_products_are_as_precise_as_asked_for() -> None:
    assert find_device("float32").label.endswith("float32")
    assert find_device("bfloat16").label.endswith("bfloat16")
    assert find_device("auto") == find_device()
    with pytest.raises(UsageError, match="no precision float8"):
        TrainSettings(precision="float8")


def test_a_run_that_would_learn_its_text_by_heart_is_regularised() -> None:
    settings = TrainSettings(steps=1)
    once, often = (settings.regularised(passes, 1_000_000, 1_000_000) for passes in (1, 10))
    assert (once.dropout, often.dropout) == (0, DROPOUT)
    much_text = settings.regularised(10, 1_000_000, 100_000_000)
    assert much_text.dropout == 0
    for chosen in (0.0, 0.3):
        assert replace(settings, dropout=chosen).regularised(10, 1_000_000, 1_000_000).dropout == chosen


def test_mid_training_goes_on_as_its_base_was_trained_unless_told_otherwise() -> None:
    base = TrainSettings(steps=1, learning_rate=0.02, weight_decay=0.3, dropout=0.2, batch_tokens=512)
    like_it = MidTrainSettings(rate=0.5).after(base)
    assert (like_it.dropout, like_it.weight_decay, like_it.batch_tokens) == (0.2, 0.3, 512)
    assert (like_it.learning_rate, like_it.epochs, like_it.steps) == (0.01, 1.0, None)
    assert MidTrainSettings(dropout=0.0).after(base).dropout == 0
    with pytest.raises(UsageError, match="dropout is 1"):
        MidTrainSettings(dropout=1.0).after(base)
