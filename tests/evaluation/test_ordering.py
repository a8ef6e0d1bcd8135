"""What the measures are for: each of quality finds a trained model better than an untrained one."""

from pathlib import Path

import pytest

from tests.command import run
from tests.evaluation.models import untrained_copy
from tinytales.evaluation.evaluate import EvalSettings, compare
from tinytales.evaluation.results import MEASURES
from tinytales.inference.rust_engine import load_engine

DEMO_LIKE = {
    "TINYTALES_PREPARE_LIMIT": "8000",
    "TINYTALES_TOKENIZE_VOCAB_SIZE": "1024",
    "TINYTALES_TRAIN_DEPTH": "4",
    "TINYTALES_TRAIN_WIDTH": "128",
    "TINYTALES_TRAIN_CONTEXT_LENGTH": "256",
    "TINYTALES_TRAIN_BATCH_TOKENS": "1024",
    "TINYTALES_TRAIN_STEPS": "700",
}


@pytest.mark.slow
def test_a_trained_model_beats_an_untrained_one_in_every_measure_of_quality(home: Path) -> None:
    result = run(home, "speedrun", **DEMO_LIKE)
    assert result.returncode == 0, result.stderr
    models = home / "models"
    untrained_copy(models / "demo", models / "untrained")
    found = compare(
        load_engine(models / "untrained"), load_engine(models / "demo"), home / "corpora" / "demo", EvalSettings(60, 2)
    )
    wrong = {
        name: tuple(model.figures[name].model for model in found.models)
        for name, measure in MEASURES.items()
        if measure.better != "human" and not is_better(name, found.differences[name].change.value)
    }
    assert wrong == {}


def is_better(name: str, change: float) -> bool:
    return change < 0 if MEASURES[name].better == "lower" else change > 0
