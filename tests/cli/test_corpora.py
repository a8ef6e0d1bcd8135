import json
from pathlib import Path

import pytest

from tinytales import pipeline
from tinytales.cli.main import run
from tinytales.corpus.settings import CorpusSettings
from tinytales.errors import MissingError


@pytest.fixture(autouse=True)
def corpus(home: Path) -> Path:
    return pipeline.prepare(["synthetic"], CorpusSettings(limit=120), "made")


def test_list_and_show_agree(capsys: pytest.CaptureFixture[str]) -> None:
    run(["corpora", "list", "--json"])
    (listed,) = json.loads(capsys.readouterr().out)
    run(["corpora", "show", "--json", "--top", "5"])
    shown = json.loads(capsys.readouterr().out)
    survey = shown.pop("survey")
    assert shown == listed
    assert survey["stories"] == listed["train_stories"] + listed["valid_stories"]
    assert survey["bytes"] == listed["train_bytes"] + listed["valid_bytes"]
    assert len(survey["frequencies"]) == 5
    assert sum(survey["lengths"].values()) == survey["stories"]


def test_tables_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    run(["corpora"])
    run(["corpora", "show", "made"])
    out = capsys.readouterr().out
    assert "made" in out
    assert "most frequent words" in out
    assert "█" in out


def test_one_seed_draws_the_same_stories(capsys: pytest.CaptureFixture[str]) -> None:
    drawn = []
    for seed in ("1", "1", "2"):
        run(["corpora", "sample", "-n", "3", "--seed", seed])
        drawn.append(capsys.readouterr().out)
    assert drawn[0] == drawn[1] != drawn[2]
    assert drawn[0].count("\n---\n") == 2
    run(["corpora", "sample", "-n", "3", "--seed", "1", "--json"])
    assert [story["text"] for story in json.loads(capsys.readouterr().out)] == drawn[0].rstrip("\n").split(
        "\n\n---\n\n"
    )


def test_rm_removes_that_one_only(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = pipeline.prepare(["synthetic"], CorpusSettings(limit=100), "other")
    run(["corpora", "rm", "made", "-y"])
    assert (corpus.exists(), other.exists()) == (False, True)
    with pytest.raises(MissingError, match="no corpus called made"):
        run(["corpora", "rm", "made", "-y"])


def test_a_damaged_corpus_is_named(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (corpus / "train-00000.parquet").write_bytes(b"")
    run(["corpora", "list"])
    assert "made is damaged" in capsys.readouterr().err
    with pytest.raises(MissingError, match=r"train-00000\.parquet"):
        run(["corpora", "sample", "made"])
