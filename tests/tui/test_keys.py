"""Each key of the main screen, pressed by a person who looks at what happens."""

from dataclasses import replace
from pathlib import Path

import pytest
from textual.widgets import Input, TextArea

from tests.tui.play import FOX, TALES, Player, playing
from tinytales.errors import UsageError
from tinytales.inference.engine import Engine
from tinytales.inference.scripted import ScriptedEngine
from tinytales.story.library import Library
from tinytales.tui import keymap
from tinytales.tui.screens.help import HelpScreen
from tinytales.tui.screens.library import LibraryScreen
from tinytales.tui.screens.map import MapScreen
from tinytales.tui.screens.read import ReadScreen
from tinytales.tui.screens.start import StartScreen
from tinytales.tui.screens.story import StoryScreen
from tinytales.tui.screens.takes import TakesScreen

OPENING = "Once upon a time, in a house by the sea, lived"


async def test_space_goes_on_and_letters_need_no_focus() -> None:
    async with playing() as player:
        assert player.app.focused is None
        assert player.story.text.startswith(f"{OPENING} a small red fox.")
        before = len(player.story.path)
        await player.press("space")
        await player.told()
        assert len(player.story.path) == before + 1
        assert "a small red fox." in player.screen


async def test_space_pauses_and_goes_on() -> None:
    async with playing(pace="reading", begin=False) as player:
        await player.press("1")
        await player.until(lambda: player.desk.stage is not None and player.desk.stage.busy)
        await player.press("space")
        reveal = player.desk.stage.reveal
        assert reveal is not None
        assert reveal.paused
        shown = reveal.shown
        await player.pilot.pause(0.8)
        assert reveal.shown == shown
        assert "go on" in player.screen.splitlines()[-1]
        await player.press("space")
        await player.until(lambda: reveal.shown > shown)


async def test_esc_keeps_what_was_shown_and_the_rest_as_a_take() -> None:
    async with playing(pace="reading", begin=False) as player:
        await player.press("1")
        await player.until(lambda: (stage := player.desk.stage) and stage.reveal and stage.reveal.shown >= 8)
        await player.press("escape")
        assert not player.desk.stage.busy
        takes = player.story.takes(player.story.cursor)
        texts = [player.story.passages[take].text for take in takes]
        assert len(texts) == 2
        assert texts[0].startswith(texts[1])
        assert player.story.text == OPENING + texts[1]
        await player.press("u")  # the whole of it was never seen: one step takes back what was
        assert player.story.text == OPENING
        await player.press("ctrl+y")
        assert player.story.text == OPENING + texts[1]
        await player.press("escape", "escape")
        assert player.app.is_running


async def test_enter_opens_the_line_and_adds_own_words_and_goes_on() -> None:
    async with playing() as player:
        await player.press("enter")
        assert isinstance(player.app.focused, Input)
        await player.type("quit, dragon")
        await player.press("enter")
        await player.told()
        path = player.story.path
        assert path[-2].source == "user"
        assert path[-2].text.strip() == "quit, dragon"
        assert path[-1].source == "model"
        assert player.app.focused is None


async def test_esc_leaves_the_line_and_the_words_are_there_again() -> None:
    async with playing() as player:
        text = player.story.text
        await player.press("enter", "h", "i", "escape")
        assert not player.desk.query(Input)
        await player.press("enter")
        assert player.desk.query_one(Input).value == "hi"
        await player.press("escape")
        assert player.story.text == text


async def test_own_words_during_the_reveal_come_where_the_reader_is() -> None:
    async with playing(pace="reading", begin=False) as player:
        await player.press("1")
        await player.until(lambda: (stage := player.desk.stage) and stage.reveal and stage.reveal.shown >= 8)
        await player.press("enter")
        shown = player.desk.stage.reveal.shown
        await player.pilot.pause(0.7)
        assert player.desk.stage.reveal.shown == shown
        await player.type("dog")
        await player.press("enter")
        await player.until(lambda: any(one.source == "user" for one in player.story.path))
        assert [one.text.strip() for one in player.story.path][2] == "dog"


async def test_r_tells_another_take_and_arrows_walk_through_them() -> None:
    async with playing(TALES) as player:
        first = player.story.cursor
        await player.press("r")
        await player.told()
        second = player.story.cursor
        assert first is not None
        assert player.story.takes(first) == (first, second)
        assert "take 2 of 2" in player.screen
        await player.press("left")
        assert player.story.cursor == first
        await player.press("left")
        assert player.story.cursor == second
        await player.press("right")
        assert player.story.cursor == first
        assert player.story.passages[first].text.strip().split("\n")[0] in player.screen


async def test_r_in_the_middle_branches_and_nothing_is_lost() -> None:
    async with playing() as player:
        await player.press("space")
        await player.told()
        names = [one.id for one in player.story.path]
        await player.press("up", "r")
        await player.told()
        assert len(player.story.path) == 2
        assert names[1] in player.story.takes(player.story.cursor)
        await player.press("left")
        assert [one.id for one in player.story.path] == names


async def test_backspace_steps_back_and_down_brings_it_back() -> None:
    async with playing() as player:
        whole = player.story.text
        await player.press("backspace")
        assert player.story.text == OPENING
        assert "1 take waits here" in player.screen
        await player.press("down")
        assert player.story.text == whole
        await player.press("backspace", "u")
        assert player.story.text == whole
        await player.press("ctrl+y")
        assert player.story.text == OPENING


async def test_backspace_at_the_beginning_leaves_a_page_that_can_be_written_on() -> None:
    async with playing() as player:
        await player.press("backspace", "backspace", "backspace")
        assert player.story.path == ()
        assert "1 take waits here" in player.screen
        await player.press("space")
        await player.told()
        assert player.story.text.strip().startswith("a small red fox")
        await player.press("u", "u", "u")
        assert player.story.text.startswith(OPENING)


async def test_g_shows_four_takes_and_keeps_those_not_chosen() -> None:
    async with playing(TALES) as player:
        parent = player.story.cursor
        await player.press("g")
        assert isinstance(player.app.screen, TakesScreen)
        await player.until(lambda: all(pane.telling.done for pane in player.app.screen.query("TakePane")))
        await player.press("2")
        assert isinstance(player.app.screen, StoryScreen)
        takes = player.story.children(parent)
        assert len(takes) == 4
        assert player.story.cursor == takes[1]
        await player.press("g")
        await player.until(lambda: all(pane.telling.done for pane in player.app.screen.query("TakePane")))
        await player.press("r")
        await player.until(lambda: all(pane.telling.done for pane in player.app.screen.query("TakePane")))
        await player.press("escape")
        assert len(player.story.children(player.story.chosen(parent))) == 8
        assert player.story.cursor == takes[1]


async def test_e_edits_as_a_sibling_and_esc_keeps_the_draft() -> None:
    async with playing() as player:
        original = player.story.cursor
        await player.press("e")
        area = player.app.screen.query_one(TextArea)
        assert area.text == "a small red fox."
        await player.press("X", "escape")
        assert player.story.cursor == original
        await player.press("e")
        area = player.app.screen.query_one(TextArea)
        assert area.text == "a small red fox.X"
        await player.press("ctrl+s")
        assert player.story.path[-1].source == "edit"
        assert player.story.path[-1].text.strip() == "a small red fox.X"
        assert player.story.takes(player.story.cursor) == (original, player.story.cursor)


async def test_t_walks_through_words_swaps_one_and_goes_on() -> None:
    async with playing(TALES) as player:
        first = player.story.path[-1]
        await player.press("t", "right", "down")
        assert "Here could stand" in player.screen
        await player.press("enter")
        await player.told()
        now = player.story.path[-1]
        words = first.text.split(" ")
        assert now.text.startswith(" ".join(words[:2]) + " other1")
        assert player.story.takes(now.id) == (first.id, now.id)


async def test_t_on_own_words_says_why_there_is_nothing() -> None:
    async with playing() as player:
        await player.press("backspace", "t")
        assert any("your own" in message for message in player.messages())


async def test_p_shows_how_sure_the_model_was_and_not_by_colour_alone() -> None:
    engine = _Unsure()
    async with playing(engine=engine) as player:
        await player.press("p")
        styles = {
            segment.text.strip(): segment.style
            for strip in player.app.screen._compositor.render_strips()
            for segment in strip
            if segment.style and segment.text.strip()
        }
        assert any(style.underline for text, style in styles.items() if "even" in text)
        assert any(style.reverse for text, style in styles.items() if "never" in text)
        await player.press("escape")
        assert not player.desk._look.heat


class _Unsure(ScriptedEngine):
    def __init__(self) -> None:
        super().__init__([" even never"])

    def generate(self, prompt, sampling, *, alternatives=0, stop=None):  # type: ignore[no-untyped-def]
        from dataclasses import replace

        for piece in super().generate(prompt, sampling, alternatives=alternatives, stop=stop):
            yield replace(piece, logprob={" even": -1.5, " never": -6.0}.get(piece.text, piece.logprob))


async def test_m_opens_the_map_and_goes_where_one_chooses() -> None:
    async with playing(TALES) as player:
        first = player.story.cursor
        await player.press("r")
        await player.told()
        await player.press("m")
        assert isinstance(player.app.screen, MapScreen)
        await player.press("left", "enter")
        assert isinstance(player.app.screen, StoryScreen)
        assert player.story.cursor == first


async def test_z_reads_with_nothing_around() -> None:
    async with playing() as player:
        await player.press("z")
        assert isinstance(player.app.screen, ReadScreen)
        assert "a small red fox" in player.screen
        assert "saved" not in player.screen
        await player.press("space", "down", "up", "end", "home", "backspace", "escape")
        assert isinstance(player.app.screen, StoryScreen)


async def test_o_lists_searches_and_opens() -> None:
    async with playing(TALES) as player:
        first = player.story.text
        await player.press("n", "3")
        await player.told()
        await player.press("o")
        assert isinstance(player.app.screen, LibraryScreen)
        await player.until(lambda: "2 stories" in player.screen)
        await player.press("slash")
        await player.type("house by")
        assert "1 story" in player.screen
        await player.press("enter", "enter")
        await player.until(lambda: isinstance(player.app.screen, StoryScreen))
        assert player.story.text == first


async def test_esc_closes_the_library_search_first() -> None:
    async with playing() as player:
        await player.press("o", "slash", "z", "escape")
        assert isinstance(player.app.screen, LibraryScreen)
        await player.press("escape")
        assert isinstance(player.app.screen, StoryScreen)


async def test_n_asks_how_to_begin_and_esc_goes_back() -> None:
    async with playing() as player:
        text = player.story.text
        await player.press("n")
        assert isinstance(player.app.screen, StartScreen)
        await player.press("escape")
        assert player.story.text == text
        await player.press("n", "enter")
        await player.type("brave mouse")
        await player.press("enter")
        await player.told()
        assert player.story.text.startswith("Once upon a time, there was a brave mouse")


@pytest.mark.parametrize(("key", "suffix"), [("1", "html"), ("2", "txt"), ("3", "md"), ("4", "json")])
async def test_x_exports(key: str, suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    async with playing() as player:
        await player.press("x", key)
        (path,) = tmp_path.glob(f"*.{suffix}")
        assert "small red fox" in path.read_text()
        assert str(path) in player.messages()


async def test_y_copies_through_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    async with playing() as player:
        await player.press("y")
        assert "a small red fox" in player.app.clipboard
        monkeypatch.setenv("TERM", "linux")
        await player.press("y")
        assert "copied.txt" in player.messages()[-1]
        assert "a small red fox" in (Library.home().folder.parent / "copied.txt").read_text()


async def test_s_changes_how_stories_are_told_at_once() -> None:
    async with playing() as player:
        await player.press("s", "right", "right")
        assert player.desk.manner.sampling.temperature == 1.0
        await player.press("down", "left", "down", "left", "down", "left", "down", "down", "right", "escape")
        manner = player.desk.manner
        assert (manner.sampling.top_p, manner.sampling.top_k) == (0.9, 100)
        assert (manner.length, manner.pick_words) == ("sentence", True)
        assert player.desk.session is not None
        assert player.desk.session.manner == manner


async def test_f_and_w_are_shortcuts() -> None:
    async with playing() as player:
        await player.press("f")
        assert player.desk.manner.pace == "reading"
        await player.press("f", "w")
        assert player.desk.manner.pace == "quick"
        assert player.desk.manner.pick_words


async def test_slash_searches_in_the_story() -> None:
    async with playing() as player:
        await player.press("space")
        await player.told()
        await player.press("slash")
        await player.type("house")
        await player.press("enter")
        assert player.story.cursor == player.story.path[0].id
        await player.press("slash")
        assert player.desk.query_one(Input).value == "house"
        await player.press("escape", "escape")
        assert player.desk._look.search == ""


async def test_i_gives_a_title() -> None:
    async with playing() as player:
        await player.press("i", "ctrl+u")
        await player.type("Foxes")
        await player.press("enter")
        assert player.story.title == "Foxes"
        assert "Foxes" in player.screen.splitlines()[0]


async def test_brackets_show_and_hide_the_panels() -> None:
    async with playing(size=(130, 30)) as player:
        assert player.desk.desk.map.display
        assert player.desk.desk.next.display
        await player.press("left_square_bracket", "right_square_bracket")
        assert not player.desk.desk.map.display
        assert not player.desk.desk.next.display
        await player.press("left_square_bracket")
        assert player.desk.desk.map.display


async def test_one_panel_takes_the_place_of_the_other_where_only_one_has_room() -> None:
    async with playing(size=(90, 30)) as player:
        assert player.desk.desk.next.display
        await player.press("left_square_bracket")
        assert player.desk.desk.map.display
        assert not player.desk.desk.next.display


def cells(player: Player) -> list[object]:
    """Each character on the screen with its colours."""
    strips = player.app.screen._compositor.render_strips()
    parts = [(part.text, part.style) for strip in strips for part in strip]
    return [(at, style and style.color, style and style.bgcolor) for text, style in parts for at in text]


@pytest.mark.parametrize("key", ["s", "question_mark"])
async def test_a_screen_that_was_open_before_is_what_a_new_one_would_be(key: str) -> None:
    new: list[object] = []
    for opened_before in (False, True):
        async with playing(size=(100, 30)) as player:
            if opened_before:
                await player.press(key, "escape")
            player.desk.set_manner(replace(player.desk.manner, length="story"))
            player.app.theme = "textual-light"
            await player.pilot.resize_terminal(60, 20)
            await player.press(key)
            if opened_before:
                await player.until(lambda: cells(player) == new)  # noqa: B023 - called at once
            else:
                await player.pilot.pause(1.0)
                new = cells(player)


@pytest.mark.parametrize("key", ["question_mark", "f1"])
async def test_help_lists_every_key_and_closes(key: str) -> None:
    async with playing(size=(100, 60)) as player:
        await player.press(key)
        assert isinstance(player.app.screen, HelpScreen)
        for one in keymap.CORE:
            assert one.long[:40] in player.screen
        await player.press("escape")
        assert isinstance(player.app.screen, StoryScreen)


@pytest.mark.parametrize("key", ["colon", "ctrl+p"])
async def test_the_palette_has_everything(key: str) -> None:
    async with playing() as player:
        await player.press(key)
        titles = [command.title for command in player.app.get_system_commands(player.desk)]
        assert len(titles) > len(keymap.CORE) + len(keymap.LETTERS)
        await player.type("library")
        await player.until(lambda: "library" in player.screen)
        await player.press("enter")
        await player.until(lambda: isinstance(player.app.screen, LibraryScreen))


async def test_q_leaves_and_everything_is_saved() -> None:
    async with playing() as player:
        text = player.story.text
        await player.press("q")
    assert Library.home().entries()[0].text == text


async def test_a_asks_a_model_that_answers() -> None:
    class Answers(ScriptedEngine):
        prompts: list[str] = []  # noqa: RUF012

        def generate(self, prompt, sampling, *, alternatives=0, stop=None):  # type: ignore[no-untyped-def]
            self.prompts.append(prompt)
            return super().generate(prompt, sampling, alternatives=alternatives, stop=stop)

    answers = Answers(["A whale sang. \n\n Everyone slept."])

    def answering(_: Engine) -> Engine:
        return answers

    async with playing(answering=answering) as player:
        await player.press("a")
        await player.type("a story about a whale")
        await player.press("enter")
        await player.told()
        assert answers.prompts == ["a story about a whale"]
        assert player.story.path[0].request == "a story about a whale"
        assert player.story.text.split() == ["A", "whale", "sang.", "Everyone", "slept."]
        await player.press("r")
        await player.told()
        assert len(player.story.children(None)) == 2
        assert answers.prompts == ["a story about a whale"] * 2


async def test_a_says_what_to_do_where_the_model_can_not_answer() -> None:
    async with playing() as player:
        await player.press("a")
        assert any("mid-train" in message for message in player.messages())


async def test_keys_can_be_changed_and_the_hints_follow() -> None:
    async with playing(TALES, keys={"retake": "v"}) as player:
        assert "v new take" in player.screen.splitlines()[-1]
        await player.press("r")
        await player.told()
        assert len(player.story.takes(player.story.cursor)) == 1
        await player.press("v")
        await player.told()
        assert len(player.story.takes(player.story.cursor)) == 2


def test_the_keymap_file_is_checked(tmp_path: Path) -> None:
    path = tmp_path / "keys.toml"
    assert keymap.load(path) == {}
    path.write_text('retake = "v"\ngo_on = "space,j"')
    assert keymap.load(path) == {"retake": "v", "go_on": "space,j"}
    for text, words in (('dance = "d"', "dance"), ("retake = 1", "needs a key"), ("=", "can't be read")):
        path.write_text(text)
        with pytest.raises(UsageError, match=words):
            keymap.load(path)


def test_letters_are_never_priority_and_no_key_does_two_things() -> None:
    keys = [name for key in keymap.ALL for name in key.keys.split(",")]
    assert len(keys) == len(set(keys))
    assert len({key.id for key in keymap.ALL}) == len(keymap.ALL)
    bindings = [binding for group in StoryScreen._merged_bindings.key_to_bindings.values() for binding in group]
    assert not [binding for binding in bindings if binding.priority and len(binding.key) == 1]


async def test_the_mouse_does_what_keys_do() -> None:
    async with playing((FOX.replace(" \n\n ", " "),)) as player:
        assert "Another ending" in player.screen
        row = next(y for y, line in enumerate(player.screen.splitlines()) if "End it here" in line)
        await player.pilot.click("#story", offset=(12, row - 1))
        await player.pilot.pause()
        assert player.story.finished
        line = player.screen.splitlines()[-1]
        await player.pilot.click("#hints", offset=(line.index("keys"), 0))
        await player.until(lambda: isinstance(player.app.screen, HelpScreen))
        await player.press("escape")
        await player.pilot.click("#story", offset=(10, 1))
        await player.pilot.pause()
        assert player.story.cursor == player.story.path[0].id
