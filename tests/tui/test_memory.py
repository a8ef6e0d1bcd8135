"""What is remembered of the reader: it comes back, says no more than was chosen, and no damage stops a session."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tui.play import Player
from tinytales.inference.sampling import Sampling
from tinytales.inference.scripted import ScriptedEngine
from tinytales.story.library import Library
from tinytales.story.telling import LENGTHS
from tinytales.tui.app import TinytalesApp
from tinytales.tui.memory import Memory, file
from tinytales.tui.reveal import PACES
from tinytales.tui.session import Manner

USUAL = Manner(Sampling(temperature=0.7))
manners = st.builds(
    Manner,
    st.builds(Sampling, st.floats(0, 2), st.integers(0, 100), st.floats(0.1, 1)),
    st.sampled_from(LENGTHS),
    st.sampled_from(PACES),
    st.booleans(),
)


@settings(max_examples=20)
@given(manner=manners, theme=st.sampled_from(["", "paper"]))
def test_what_is_remembered_comes_back(manner: Manner, theme: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    memory = Memory(tmp_path_factory.mktemp("memory") / "session.toml", USUAL)
    memory.remember(theme, manner)
    assert memory.recall() == (theme, manner)
    memory.remember("", USUAL)
    assert memory.recall() == ("", USUAL)


def test_only_what_was_chosen_is_kept_and_settings_hold_for_the_rest(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "session.toml", USUAL)
    memory.remember("", replace(USUAL, pace="quick"))
    assert memory.path.read_text() == 'pace = "quick"\n'
    other = Manner(Sampling(temperature=1.1))
    assert replace(memory, usual=other).recall() == ("", replace(other, pace="quick"))


def test_a_variable_wins_over_what_was_chosen(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "session.toml", USUAL)
    memory.remember("", replace(USUAL, sampling=Sampling(temperature=1.5, top_p=0.5)))
    assert replace(memory, fixed={"temperature"}).recall()[1].sampling == Sampling(temperature=0.7, top_p=0.5)


@pytest.mark.parametrize(
    "text",
    ["=", "\x00", 'pace = "soon"', "pace = 1", "pick_words = 1", "temperature = 1", "temperature = -1.0",
     "temperature = nan", 'top_k = "x"', "top_p = 0.0", "theme = 7", "[pace]"],
)  # fmt: skip
def test_what_can_not_be_understood_is_passed_over(text: str, tmp_path: Path) -> None:
    memory = Memory(tmp_path / "session.toml", USUAL)
    memory.path.write_text(text)
    assert memory.recall() == ("", USUAL)


async def test_a_session_remembers_and_the_next_one_begins_with_it() -> None:
    memory = Memory(file(), Manner())

    def session() -> TinytalesApp:
        theme, manner = memory.recall()
        load = lambda: ScriptedEngine(["."])  # noqa: E731
        return TinytalesApp(load, Library.home(), manner=manner, theme=theme, remember=memory.remember)

    app = session()
    async with app.run_test() as pilot:
        app.theme = "paper"
        player = Player(app, pilot)
        await player.until(file().exists)
        await player.press("1", "f", "s", "right", "escape", "q")  # and leaves before it could be kept
    app = session()
    assert (app.theme, app._manner.pace, app._manner.sampling.temperature) == ("paper", "quick", 0.9)


def test_a_terminal_without_colours_neither_shows_nor_forgets_the_theme(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = TinytalesApp(lambda: ScriptedEngine([]), Library.home(), theme="paper")
    assert app.theme == "ansi-dark"
