import dataclasses
import json
from importlib import import_module
from pathlib import Path

import pytest

from tinytales.cli.config import SECTIONS
from tinytales.cli.main import run
from tinytales.errors import UsageError


def test_each_value_says_where_it_came_from(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    home.mkdir()
    (home / "settings.toml").write_text("[train]\nwidth = 96\nseed = 4\n\n[tall]\nx = 1\n")
    monkeypatch.setenv("TINYTALES_TRAIN_SEED", "5")
    run(["config", "show", "train", "--preset", "demo", "--json"])
    out, err = capsys.readouterr()
    found = json.loads(out)["settings"]["train"]
    assert found["seed"] == {"value": 5, "from": "TINYTALES_TRAIN_SEED"}
    assert found["width"] == {"value": 96, "from": str(home / "settings.toml")}
    assert found["depth"]["from"] == "preset demo"
    assert found["rope_theta"]["from"] == "default"
    assert "nothing reads the section [tall]" in err
    run(["config", "--help"])
    run(["config"])
    assert "[tell]" in capsys.readouterr().out


def test_every_setting_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    run(["config", "show", "--json"])
    shown = json.loads(capsys.readouterr().out)["settings"]
    for section, place in SECTIONS.items():
        module, name = place.split(":")
        fields = {field.name for field in dataclasses.fields(getattr(import_module(module), name))}
        assert fields - shown[section].keys() <= {"stop_strings"}


def test_no_such_section() -> None:
    with pytest.raises(UsageError, match="no section tall"):
        run(["config", "show", "tall"])
