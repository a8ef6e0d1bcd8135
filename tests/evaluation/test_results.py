import json
from pathlib import Path

import pytest

from tinytales.errors import MissingError
from tinytales.evaluation.estimates import Estimate
from tinytales.evaluation.keeping import FILE, keep, kept
from tinytales.evaluation.results import Comparison, Conditions, Difference, Evaluation, Figure, Sample
from tinytales.evaluation.tables import as_text, comparison_tables, describe, evaluation_tables


def evaluation(name: str, bits: float) -> Evaluation:
    conditions = Conditions("real", "abc", "valid", 1_000, 44, 10, 0.8, 0.95, 600)
    figures = {
        "bits_per_byte": Figure(Estimate(bits, bits - 0.1, bits + 0.1), None, 1.05),
        "ending_bits": Figure(None, None, None),
        "ended": Figure(Estimate(0.5, 0.4, 0.6), 1.0, 0.9),
        "words": Figure(Estimate(120, 110, 130), 160.0, 113.0),
    }
    return Evaluation(name, 1_000, conditions, figures, (Sample("Once", " upon…\x1b[31m", True),))


def test_an_evaluation_survives_json() -> None:
    found = evaluation("demo", 0.9)
    document = json.loads(json.dumps(found.to_document()))
    assert Evaluation.from_document(document) == found
    assert document["bits_per_byte"] == 0.9
    assert "ending_bits" not in document
    assert document["figures"]["words"]["better"] == "human"


def test_it_is_kept_with_its_model(home: Path, tmp_path: Path) -> None:
    folder = home / "models" / "demo"
    assert kept(folder) is None
    folder.mkdir(parents=True)
    assert kept(folder) is None
    assert keep(folder, evaluation("demo", 0.9)) == folder / FILE
    assert kept(folder) == evaluation("demo", 0.9)


def test_other_peoples_folders_stay_as_they_are(tmp_path: Path) -> None:
    assert keep(tmp_path, evaluation("theirs", 0.9)) is None
    assert not (tmp_path / FILE).exists()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"model": "x"}', "[" * 100_000, '{"figures": 3, "stories": []}'])
def test_a_damaged_one_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text)
    with pytest.raises(MissingError, match=r"eval\.json is damaged"):
        kept(tmp_path)


def test_tables_show_figures_beside_their_peers() -> None:
    prediction, probes, stories = evaluation_tables(evaluation("demo", 0.9))
    assert prediction.rows == [
        ("bits per byte", "0.900", "0.800 to 1.000", "-", "1.050", "lower"),
        ("bits of a story's end", "-", "-", "-", "-", "lower"),
    ]
    assert probes.rows == []
    assert stories.rows[0] == ("ended properly", "50.0%", "40.0% to 60.0%", "100.0%", "90.0%", "higher")
    lines = as_text(stories).splitlines()
    assert lines[0] == "Told stories"
    assert len({len(line) for line in lines[1:]}) == 1
    assert "1,000 stories" in describe(evaluation("demo", 0.9).conditions)


def test_a_comparison_says_whom_a_difference_speaks_for() -> None:
    differences = {
        "bits_per_byte": Difference(Estimate(-0.1, -0.2, -0.05), 1),
        "words": Difference(Estimate(3, -1, 7), None),
    }
    found = Comparison((evaluation("a", 0.9), evaluation("b", 0.8)), differences)
    prediction, _, stories = comparison_tables(found)
    assert prediction.rows[0] == ("bits per byte", "0.900", "0.800", "−0.100", "−0.200 to −0.050", "b", "-", "1.050")
    assert stories.rows[1][3:6] == ("+3.0 farther", "−1.0 to +7.0", "unclear")
    same = Comparison((evaluation("a", 0.9), evaluation("a", 0.8)), differences)
    assert comparison_tables(same)[0].columns[1:3] == ("a (1)", "a (2)")
    document = json.loads(json.dumps(found.to_document()))
    assert [model["bits_per_byte"] for model in document["models"]] == [0.9, 0.8]
    assert document["differences"]["bits_per_byte"]["better"] == 1
