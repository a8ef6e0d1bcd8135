from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test has a home folder of its own, also in the processes that it starts."""
    folder = tmp_path / "home"
    monkeypatch.setenv("TINYTALES_HOME", str(folder))
    return folder
