"""What the measures are for: each of quality finds a trained model better than an untrained one."""

from pathlib import Path

import pytest

from tests.command import run
from tests.evaluation.models import untrained_copy
from tinytales import pipeline
from tinytales.corpus.settings import CorpusSettings
from tinytales.evaluation.evaluate import EvalSettings, compare
from tinytales.evaluation.results import MEASURES, PROBES
from tinytales.inference.rust_engine import load_engine
from tinytales.storage.shelf import MODELS

QUALITY = {name for name, measure in MEASURES.items() if measure.better != "human"}
DEMO_LIKE = {
    "TINYTALES_PREPARE_LIMIT": "8000",
    "TINYTALES_TOKENIZE_VOCAB_SIZE": "1024",
    "TINYTALES_TRAIN_DEPTH": "4",
    "TINYTALES_TRAIN_WIDTH": "128",
    "TINYTALES_TRAIN_CONTEXT_LENGTH": "256",
    "TINYTALES_TRAIN_BATCH_TOKENS": "1024",
    "TINYTALES_TRAIN_STEPS": "700",
}


def wrongly_ordered(untrained: Path, trained: Path, corpus: Path, settings: EvalSettings) -> set[str]:
    """The measures of quality in which the trained model is not the better one."""
    found = compare(load_engine(untrained), load_engine(trained), corpus, settings)
    changes = {name: found.differences[name].change.value for name in QUALITY if name in found.differences}
    return {name for name, change in changes.items() if (change > 0) != (MEASURES[name].better == "higher")}


def test_the_starter_beats_an_untrained_model_in_every_measure_of_quality(tmp_path: Path) -> None:
    starter = MODELS.starter()
    assert starter is not None
    untrained_copy(starter, tmp_path / "untrained")
    corpus = pipeline.prepare(["synthetic"], CorpusSettings(limit=400), "small")
    assert wrongly_ordered(tmp_path / "untrained", starter, corpus, EvalSettings(stories=20, seeds=1)) == set()


@pytest.mark.slow
def test_a_demo_beats_an_untrained_model_in_every_measure_of_quality_but_probes(home: Path) -> None:
    """The demo learns synthetic stories, and the probes are written in another English."""
    result = run(home, "speedrun", **DEMO_LIKE)
    assert result.returncode == 0, result.stderr
    models = home / "models"
    untrained_copy(models / "demo", models / "untrained")
    wrong = wrongly_ordered(models / "untrained", models / "demo", home / "corpora" / "demo", EvalSettings(60, 2))
    assert wrong - {measure.name for measure in PROBES} == set()
