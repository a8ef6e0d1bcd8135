import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests import command

# Tests tell right from wrong; how fast a loaded machine runs them is no part of that.
settings.register_profile("calm", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("calm")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test has a home folder of its own, also in the processes that it starts."""
    folder = tmp_path / "home"
    monkeypatch.setenv("TINYTALES_HOME", str(folder))
    return folder


@pytest.fixture(scope="session")
def trained_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which the stages up to `train` have made a small model; tests only read it."""
    folder = tmp_path_factory.mktemp("trained") / "home"
    train = ("train", "--preset", "demo", "--minutes", "0.05")
    for arguments in (("prepare", "synthetic", "--name", "demo"), ("tokenize",), train):
        result = command.run(folder, *arguments)
        assert result.returncode == 0, result.stderr
    return folder


@pytest.fixture(scope="session")
def chat_home(trained_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same home, in which the model was taught to answer; tests only read it."""
    folder = tmp_path_factory.mktemp("taught") / "home"
    shutil.copytree(trained_home, folder)
    result = command.run(folder, "mid-train", "--preset", "demo")
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip() == str(folder / "models" / "demo-chat")
    return folder


@pytest.fixture(scope="session")
def small_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random model with a tokenizer, called tiny, as `train` would save it; tests only read it."""
    from tests.small_model import save_small_model

    return save_small_model(tmp_path_factory.mktemp("small") / "tiny")
