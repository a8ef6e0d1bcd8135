"""What people see: pictures of screens as text, at four sizes and without colours; beginnings, endings, choices."""

import os
from pathlib import Path

import pytest
from rich.style import Style

from tests.tui.play import FOX, TALES, Player, normal, playing
from tinytales.errors import MissingError
from tinytales.inference.engine import Alternative, Engine, Piece
from tinytales.inference.scripted import ScriptedEngine
from tinytales.story.library import Library
from tinytales.story.log import Log, encode_line
from tinytales.story.operations import Operation
from tinytales.tui.app import TinytalesApp
from tinytales.tui.screens.save_trouble import SaveTroubleScreen
from tinytales.tui.screens.start import StartScreen
from tinytales.tui.screens.story import StoryScreen

PICTURES = Path(__file__).parent / "pictures"
SIZES = [(60, 20), (80, 24), (120, 40), (160, 50)]
VIEWS = {
    "story": "",
    "map": "m",
    "words": "t",
    "sampling": "s",
    "export": "x",
    "edit": "e",
    "read": "z",
    "help": "question_mark",
    "takes": "g",
    "library": "o",
    "line": "enter",
}
EVERYWHERE = ("story", "map", "words", "sampling", "takes")


async def compare(name: str, player: Player) -> None:
    """Compare the screen, once it has settled, with its picture; TINYTALES_PICTURES=new draws them anew."""
    path = PICTURES / f"{name}.txt"
    if os.environ.get("TINYTALES_PICTURES") == "new":
        path.parent.mkdir(exist_ok=True)
        path.write_text(normal(player.screen), encoding="utf-8")
    expected = path.read_text(encoding="utf-8")
    for _ in range(40):  # a scroll bar may still be on its way to its size
        if normal(player.screen) == expected:
            return
        await player.pilot.pause(0.05)
    assert normal(player.screen) == expected, f"{path.name} looks different"


async def show(player: Player, view: str) -> None:
    """Go to a view from the story."""
    if view == "library":
        await player.until(lambda: Library.home().files())
        os.utime(Library.home().files()[0], (0, 0))
    if VIEWS[view]:
        await player.press(VIEWS[view])
    if view == "takes":
        await player.until(lambda: player.screen.count("a small red fox.") == 4)
    if view == "library":
        await player.until(lambda: "1 story" in player.screen)
    await player.pilot.pause(0.05)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_pictures(size: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "cwd", classmethod(lambda cls: cls("/here")))
    name = f"{size[0]}x{size[1]}"
    async with playing((FOX,), size=size, begin=False) as player:
        await compare(f"start-{name}", player)
        await player.press("1")
        await player.told()
        await player.until(lambda: not player.desk.desk.next.display or player.desk._upcoming)
        for view in VIEWS if size == (80, 24) else EVERYWHERE:
            await show(player, view)
            await compare(f"{view}-{name}", player)
            if VIEWS[view]:
                await player.press("escape")


async def test_no_colour_where_none_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with playing((FOX,)) as player:
        await player.until(lambda: player.desk._upcoming)
        await player.pilot.pause(0.05)
        await compare("story-80x24", player)  # nothing is said by colour alone
        await player.press("p", "r")
        await player.told()
        for strip in player.app.screen._compositor.render_strips():
            plain = strip
            for one in player.app._filters:
                plain = plain.apply_filter(one, player.app.screen.background_colors[1])
            for segment in plain:
                style = segment.style or Style()
                assert all(colour is None or colour.is_default for colour in (style.color, style.bgcolor))


async def test_the_first_picture_does_not_wait_for_the_model() -> None:
    from threading import Event

    ready = Event()

    def load() -> Engine:
        ready.wait(10)
        return ScriptedEngine([FOX])

    app = TinytalesApp(load, Library.home())
    async with app.run_test(notifications=True) as pilot:
        player = Player(app, pilot)
        await pilot.pause()
        assert "Who is in it?" in player.screen
        assert "waking up" in player.screen
        await player.press("1")
        assert "waking the model" in player.screen
        assert "Once upon a time" in player.screen
        ready.set()
        await player.until(lambda: app.engine is not None)
        await player.until(lambda: len(player.story.path) == 2)


async def test_leaving_before_anything_is_drawn_is_no_trouble() -> None:
    app = TinytalesApp(lambda: ScriptedEngine([FOX]), Library.home())
    async with app.run_test():
        app.exit()


@pytest.mark.parametrize(
    "error", [MissingError("there is no model yet", "train one: tinytales speedrun"), OSError("x")]
)
async def test_a_missing_or_damaged_model_shows_what_to_do(error: Exception) -> None:
    def load() -> Engine:
        raise error

    async with playing(load=load, begin=False) as player:
        assert "There is no model to tell stories yet" in player.screen
        assert "tinytales" in player.screen
        await player.press("1")
        assert player.app.is_running
        assert any("speedrun" in message or "doctor" in message for message in player.messages())
        await player.press("enter", "h", "i", "enter")
        assert player.story.text.endswith("hi")  # one's own words need no model


async def test_the_first_run_explains_and_the_next_offers_to_go_on() -> None:
    async with playing(begin=False) as player:
        assert isinstance(player.app.screen, StartScreen)
        assert player.app.focused is None
        assert "small language model" in player.screen
        await player.press("1")
        await player.told()
        title, text = player.story.title, player.story.text
        await player.press("q")
    async with playing(begin=False) as player:
        assert f"Go on with “{title}”" in player.screen
        await player.press("space")
        assert player.story.text == text


@pytest.mark.parametrize(
    ("who", "start"),
    [("Lily", "One day, Lily"), ("owl", "Once upon a time, there was an owl"), ("A dog sat.", "A dog sat.")],
)
async def test_who_is_in_it(who: str, start: str) -> None:
    async with playing(begin=False) as player:
        await player.press("enter")
        await player.type(who)
        await player.press("enter")
        await player.told()
        assert player.story.text.startswith(start)


async def test_names_that_the_model_never_met_are_said() -> None:
    class Speller(ScriptedEngine):
        def count_tokens(self, text: str) -> int:
            return len(text) if "orblax" in text else 1

    async with playing(engine=Speller([FOX]), begin=False) as player:
        await player.press("enter")
        await player.type("Zorblax")
        await player.press("enter")
        await player.told()
        assert "One day, Zorblax" in player.screen
        assert any("Zorblax" in message for message in player.messages())


async def test_endings_of_a_long_story_are_in_sight() -> None:
    async with playing((" word" * 380 + ".",), size=(80, 24)) as player:
        assert "4  A new story" in player.screen


async def test_endings_are_offered_in_place() -> None:
    async with playing((" an owl. She slept.",)) as player:
        assert "2  What happens next" in player.screen
        await player.press("2")
        await player.told()
        assert player.story.path[-1].text.startswith("\n\n")
        await player.press("1")
        await player.told()
        assert len(player.story.takes(player.story.cursor)) == 2
        await player.press("3")
        assert player.story.finished
        assert "The end." in player.screen
        await player.press("1")
        await player.press("escape", "3")
        assert isinstance(player.app.screen, StartScreen)


class Nouns(ScriptedEngine):
    """Unsure of one noun; another one takes the story elsewhere."""

    def generate(self, prompt, sampling, *, alternatives=0, stop=None):  # type: ignore[no-untyped-def]
        if sampling.temperature == 0:
            yield Piece("", -1, 0.0, finish="length")
            return
        words = [" and", " slept."] if prompt.endswith(("frog", "cat")) else [" with", " a", " dog", " and", " ran."]
        for index, word in enumerate(words):
            others = tuple(Alternative(at, f" {noun}", -1.2) for at, noun in enumerate(["dog", "cat", "frog"]))
            yield Piece(word, index, -1.2 if word == " dog" else -0.1, others)
        yield Piece("", -1, 0.0, finish="end")


async def test_words_to_pick() -> None:
    async with playing(engine=Nouns([]), begin=False) as player:
        player.desk.action_pick_words()
        await player.press("1")
        await player.until(lambda: player.desk.stage is not None and player.desk.stage.pick)
        await player.pilot.pause()
        assert "Which word?" in player.screen
        assert player.screen.index("cat") < player.screen.index("dog") < player.screen.index("frog")
        assert "ran." not in player.screen
        await player.press("3")
        await player.told()
        assert player.story.text.endswith(" with a frog and slept.")
        takes = [player.story.passages[one].text for one in player.story.takes(player.story.cursor)]
        assert takes == [" with a dog and ran.", " with a frog and slept."]
        await player.press("u")
        assert len(player.story.path) == 1


async def test_space_takes_the_tellers_word() -> None:
    async with playing(engine=Nouns([]), begin=False) as player:
        player.desk.action_pick_words()
        await player.press("1")
        await player.until(lambda: player.desk.stage is not None and player.desk.stage.pick)
        await player.press("space")
        await player.told()
        assert player.story.text.endswith(" with a dog and ran.")


async def test_what_the_model_no_longer_sees_is_marked() -> None:
    long = " ".join(["word"] * 30)
    async with playing(engine=ScriptedEngine([f" {long} \n\n x"], context_length=40)) as player:
        await player.press("space")
        await player.told()
        assert "the model no longer sees what is above" in player.screen
        assert "context" in player.screen


async def test_a_second_window_only_reads() -> None:
    async with playing() as player:
        path = Library.home().files()[0]
        text = player.story.text
        other = Library.home().open(path)
        assert other.read_only
        other.close()
        await player.press("q")
    held = Library.home().open(path)
    try:
        async with playing(story=path) as player:
            assert any("another window" in message for message in player.messages())
            for key in ("space", "r", "backspace", "e", "enter", "g", "u"):
                await player.press(key)
            await player.pilot.pause()
            assert player.story.text == text
            assert "read only" in player.desk.desk.status.text
    finally:
        held.close()


async def test_a_newer_story_opens_to_be_read(tmp_path: Path) -> None:
    path = tmp_path / "newer.jsonl"
    document = {"id": "a", "parent": None, "source": "user", "text": "From the future."}
    path.write_bytes(
        encode_line({"op": "story", "format": 99}) + encode_line({"op": "add", "passage": document})
        + encode_line({"op": "sing"})
    )  # fmt: skip
    before = path.read_bytes()
    async with playing(story=path) as player:
        assert "From the future." in player.screen
        assert "read only" in player.screen
        await player.press("space", "backspace")
    assert path.read_bytes() == before


async def test_a_file_that_is_no_story_is_told_and_the_start_is_there(tmp_path: Path) -> None:
    path = tmp_path / "junk.jsonl"
    path.write_text("junk")
    async with playing(story=path) as player:
        assert isinstance(player.app.screen, StartScreen)


async def test_a_full_disk_is_told_and_nothing_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    real, full = Log.append, [False]

    def append(self: Log, operations: list[Operation]) -> None:
        if full[0]:
            raise OSError(28, "No space left on device")
        real(self, operations)

    monkeypatch.setattr(Log, "append", append)
    async with playing(TALES) as player:
        full[0] = True
        await player.press("r")
        await player.until(lambda: "not saved" in player.screen)
        await player.until(lambda: any("Nothing is lost" in message for message in player.messages()))
        await player.press("q")
        await player.until(lambda: isinstance(player.app.screen, SaveTroubleScreen))
        await player.press("escape")
        assert isinstance(player.app.screen, StoryScreen)
        text = player.story.text
        full[0] = False
        await player.press("q")
    assert Library.home().entries()[0].text == text


async def test_an_engine_that_fails_leaves_the_story_whole() -> None:
    class Broken(ScriptedEngine):
        def generate(self, prompt, sampling, *, alternatives=0, stop=None):  # type: ignore[no-untyped-def]
            yield Piece(" a cat", 1, -0.1)
            raise RuntimeError("boom")

    async with playing(engine=Broken([])) as player:
        assert "a cat" in player.story.text
        assert any("boom" in message for message in player.messages())


async def test_the_panel_of_settings_learns_of_the_next_word_when_it_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    from threading import Event

    from tinytales.tui.screens import desk

    known, ask = Event(), desk.alternatives_after

    def slowly(*arguments: object) -> object:
        known.wait(10)
        return ask(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(desk, "alternatives_after", slowly)
    async with playing((FOX,)) as player:
        await player.press("s")
        assert "How to tell" in player.screen
        assert "The next word" not in player.screen
        known.set()
        await player.until(lambda: "The next word" in player.screen)
