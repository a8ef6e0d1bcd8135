"""Driving the session as a person would, on a scripted engine."""

import re
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from textual.pilot import Pilot

from tinytales.inference.engine import Engine
from tinytales.inference.scripted import ScriptedEngine
from tinytales.story.library import Library
from tinytales.story.story import Story
from tinytales.tui.app import Answering, TinytalesApp
from tinytales.tui.reveal import Pace
from tinytales.tui.screens.story import StoryScreen

FOX = " a small red fox. \n\n He ran. \n\n The end."
TALES = (FOX, " an owl who read. \n\n She slept.", " a cat.", " two mice. \n\n They ate.")


@dataclass
class Player:
    """A person at the session."""

    app: TinytalesApp
    pilot: Pilot[None]

    @property
    def desk(self) -> StoryScreen:
        return self.app.desk

    @property
    def story(self) -> Story:
        assert self.desk.session is not None
        return self.desk.session.story

    @property
    def screen(self) -> str:
        """What is on the screen, as text."""
        return "\n".join(strip.text.rstrip() for strip in self.app.screen._compositor.render_strips())

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def type(self, text: str) -> None:
        await self.press(*[{" ": "space", "-": "minus", ",": "comma", ".": "full_stop"}.get(one, one) for one in text])

    async def until(self, condition: Callable[[], object], seconds: float = 60.0) -> None:
        """Wait until something is so."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if condition():
                return
            await self.pilot.pause(0.01)
        raise AssertionError(f"never came to be; the screen was:\n{self.screen}")

    async def told(self) -> None:
        """Wait until all that is told is shown and saved."""

        def quiet() -> bool:
            desk = self.desk
            assert desk.session is not None
            assert desk.stage is not None
            return not desk.stage.busy and desk.session.saving.pending == 0 and desk._wanted is None

        await self.until(quiet)
        await self.pilot.pause()

    def messages(self) -> list[str]:
        """What it has told the reader."""
        return [notification.message for notification in self.app._notifications]


@asynccontextmanager
async def playing(
    stories: Sequence[str] = (FOX,),
    *,
    size: tuple[int, int] = (80, 24),
    engine: Engine | None = None,
    load: Callable[[], Engine] | None = None,
    story: Path | None = None,
    keys: dict[str, str] | None = None,
    answering: Answering = lambda _: None,
    pace: Pace = "instant",
    begin: bool = True,
) -> AsyncIterator[Player]:
    """A session; with `begin` a story has been begun with the first prompt and is told."""
    teller = engine or ScriptedEngine(stories)
    app = TinytalesApp(load or (lambda: teller), Library.home(), story, keys, answering)
    async with app.run_test(size=size, notifications=True) as pilot:
        player = Player(app, pilot)
        await player.until(lambda: app.engine is not None or app.trouble is not None)
        player.desk.set_manner(replace(player.desk.manner, pace=pace))
        await pilot.pause()
        if begin and story is None:
            await player.press("1" if Library.home().latest() is None else "2")
            await player.told()
        yield player


def normal(screen: str) -> str:
    """A screen without what differs from run to run: the rate, and in which eighth of a line a scroll bar ends."""
    lines = [re.sub(r" +[▁▂▃▄▅▆▇]$", "", line) for line in screen.split("\n")]
    lines[0] = re.sub(r" {2,}", "  ", re.sub(r"[\d,]+ tokens/s", "N tokens/s", lines[0]))
    return "\n".join(lines) + "\n"
