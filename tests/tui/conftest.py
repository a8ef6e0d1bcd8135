import asyncio

import pytest


@pytest.fixture(autouse=True)
def _no_idle_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Textual's pilot waits after each key until the process looks idle by its processor time: 60 ms at best.

    Here it waits until its event loop has nothing left to run but timers and threads, and no longer.
    """

    async def run_dry(*_: float) -> None:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(0)
        while loop._ready:  # type: ignore[attr-defined]
            await asyncio.sleep(0)

    monkeypatch.setattr("textual.app.wait_for_idle", run_dry)
    monkeypatch.setattr("textual.pilot.wait_for_idle", run_dry)


@pytest.fixture(autouse=True)
def _terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests mustn't depend on the terminal in which they run."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.delenv("TERM_PROGRAM", raising=False)
