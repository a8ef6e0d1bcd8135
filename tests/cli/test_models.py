import io
import json
import shutil
from pathlib import Path

import pytest

from tinytales.cli.main import run
from tinytales.errors import MissingError, UsageError
from tinytales.storage.runs import METRICS, unfinished


@pytest.fixture
def models(home: Path, small_model: Path) -> Path:
    for name in ("one", "two"):
        shutil.copytree(small_model, home / "models" / name)
    return home / "models"


def listed(capsys: pytest.CaptureFixture[str]) -> dict[str, dict[str, object]]:
    capsys.readouterr()
    run(["models", "list", "--json"])
    return {model["name"]: model for model in json.loads(capsys.readouterr().out)}


def test_list_says_what_there_is(models: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = listed(capsys)
    assert set(found) - {"starter"} == {"one", "two"}
    one = found["one"]
    assert (one["bits_per_byte"], one["architecture"], one["context_length"]) == (3.25, "Qwen3ForCausalLM", 96)
    assert one["lineage"] == {"corpus": {"name": "little", "identity": "0123456789abcdef"}}
    run(["models"])
    table = capsys.readouterr().out
    assert "corpus little" in table
    assert "3.250" in table


def test_use_decides_which_tells(models: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("one", "two"):
        run(["models", "use", name])
        assert [model["name"] for model in listed(capsys).values() if model["in_use"]] == [name]
        run(["tell", "x", "--max-tokens", "1", "--seed", "1"])
        assert capsys.readouterr().err == f"{name} tells, seed 1\n"
    run(["models", "use"])
    assert "no choice" in capsys.readouterr().err


def test_show_has_figures_and_lineage(models: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["models", "show", "one"])
    out = capsys.readouterr().out
    assert "from corpus   little" in out
    assert "96 tokens" in out
    run(["models", "show", "one", "--json"])
    assert json.loads(capsys.readouterr().out)["facts"]["validation"]["stories"] == 7


def test_a_damaged_model_is_named_and_the_others_are_listed(models: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (models / "one" / "config.json").write_text("{")
    run(["models", "list"])
    out, err = capsys.readouterr()
    assert "one is damaged" in err
    assert "two" in out
    with pytest.raises(MissingError, match=r"config\.json"):
        run(["models", "show", "one"])


def test_rm_asks_and_keeps_what_it_may_not_remove(
    models: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(UsageError, match="remove the model one"):
        run(["models", "rm", "one"])  # nobody to ask
    terminal = io.StringIO("no\n")
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr("sys.stdin", terminal)
    run(["models", "rm", "one"])
    assert "nothing was changed" in capsys.readouterr().err
    for name, error in (("starter", UsageError), ("none", MissingError), (str(models / "one"), UsageError)):
        with pytest.raises(error):
            run(["models", "rm", name, "-y"])
    assert {path.name for path in models.iterdir()} == {"one", "two"}
    run(["models", "rm", "one", "two", "--yes"])
    assert list(models.iterdir()) == []


def test_a_stopped_run_is_named_and_can_be_removed(models: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stopped = unfinished(models / "three")
    stopped.mkdir()
    (stopped / METRICS).write_text('{"step": 10, "loss": 3}\n{"step": 20, "loss": 2}\n{"st')
    run(["models", "list"])
    assert "model three isn't finished, at step 20" in capsys.readouterr().err
    run(["models", "rm", "three", "-y"])
    assert not stopped.exists()


def test_rm_of_the_chosen_one_ends_the_choice(models: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["models", "use", "one"])
    run(["models", "rm", "one", "-y"])
    assert listed(capsys)["two"]["in_use"]


def test_names_from_files_reach_no_terminal_as_they_are(models: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = models / "one" / "run.toml"
    path.write_text(path.read_text().replace('"little"', '"\\u001b[31mlittle"'))
    run(["models", "list"])
    run(["models", "show", "one"])
    assert "\x1b" not in capsys.readouterr().out
