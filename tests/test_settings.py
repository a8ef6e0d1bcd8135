from dataclasses import dataclass
from pathlib import Path

import pytest

from tinytales.errors import UsageError
from tinytales.settings import load_preset, preset_names, resolve
from tinytales.training.settings import BOUNDS, TrainSettings


@dataclass(frozen=True)
class Example:
    depth: int = 1
    rate: float = 0.5
    wide: bool = False
    minutes: float | None = None
    steps: int | None = None


def write_settings(home: Path, text: str) -> None:
    home.mkdir(parents=True, exist_ok=True)
    (home / "settings.toml").write_text(text)


def test_each_place_overrides_the_one_below_and_is_named(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    default = resolve(TrainSettings, "train", flags={})
    assert (default.value.depth, default.sources["depth"]) == (3, "default")
    preset = resolve(TrainSettings, "train", flags={}, preset="demo")
    assert (preset.value.depth, preset.sources["depth"]) == (4, "preset demo")
    write_settings(home, "[train]\ndepth = 5")
    file = resolve(TrainSettings, "train", flags={}, preset="demo")
    assert (file.value.depth, file.sources["depth"]) == (5, str(home / "settings.toml"))
    monkeypatch.setenv("TINYTALES_TRAIN_DEPTH", "6")
    variable = resolve(TrainSettings, "train", flags={"depth": None}, preset="demo")
    assert (variable.value.depth, variable.sources["depth"]) == (6, "TINYTALES_TRAIN_*")
    flag = resolve(TrainSettings, "train", flags={"depth": 7}, preset="demo")
    assert (flag.value.depth, flag.sources["depth"]) == (7, "flag")


def test_one_bound_from_a_higher_place_overrides_another_from_a_lower_one() -> None:
    settings = resolve(TrainSettings, "train", flags={"steps": 10}, preset="demo", exclusive=BOUNDS).value
    assert (settings.steps, settings.minutes) == (10, None)


def test_variables_are_parsed_by_the_fields_type(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in {"DEPTH": "2", "RATE": "1e-3", "WIDE": "yes", "MINUTES": "3"}.items():
        monkeypatch.setenv(f"TINYTALES_X_{name}", text)
    assert resolve(Example, "x", flags={}).value == Example(2, 1e-3, True, 3.0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[x]\ndepth = 1.5", "depth is 1.5"),
        ("[x]\ndepth = true", "depth is True"),
        ('[x]\nrate = "fast"', "rate is 'fast'"),
        ("[x]\ndeep = 1", "no setting called deep"),
        ("depth = 1", "outside a section"),
        ("[x", "can't be read"),
    ],
)
def test_wrong_settings_files_are_named(home: Path, text: str, message: str) -> None:
    write_settings(home, text)
    with pytest.raises(UsageError, match=message):
        resolve(Example, "x", flags={})


def test_every_preset_fills_its_sections() -> None:
    for name in preset_names():
        assert resolve(TrainSettings, "train", flags={}, preset=name).value.model(vocab_size=2048).parameters > 0
    with pytest.raises(UsageError, match="no preset called huge"):
        load_preset("huge")
