"""On a real terminal, by the bytes: nothing hostile reaches it, no colour where none is wanted, no loss at kill -9."""

import random
import re
import signal
import sys

import pytest

from tests.tui.terminal import SCRIPT, Terminal
from tinytales.story import log
from tinytales.story.library import Library
from tinytales.story.operations import Add
from tinytales.story.passage import Passage
from tinytales.story.story import Story

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")

HOSTILE = (
    " He\x1b[31mRED\x1b[0m said\x1b]52;c;aGFja2Vk\x07 and\x1b]0;title\x1b\\ then\x9b31m C1\x9d52;c;eA==\x9c"
    " bidi\u202eevil\u202c\u2066iso\u2069\u200f zero\u200b \x08\x08\x7f done\u2028now."
)


def test_nothing_hostile_reaches_the_terminal() -> None:
    library = Library.home()
    opened = library.new(HOSTILE)
    assert opened.log is not None
    opened.log.append([Add(Passage("a", None, "model", HOSTILE, model=HOSTILE))])
    opened.close()
    with Terminal(SCRIPT.format(stories=[HOSTILE], delay=0.0)) as terminal:
        terminal.until(lambda output: b"RED" in output)
        terminal.press("ff")
        terminal.press(" ")
        terminal.until(lambda output: output.count(b"RED") > 1)
        for keys in ("t", "\x1b", "m", "\x1b", "g", "\x1b", "o", "\x1b", "z", "\x1b", "x", "\x1b", "n", "\x1b"):
            terminal.press(keys)
            terminal.read(0.3)
        output = terminal.output
    text = output.decode()
    text = re.sub("\x1b]22;[a-z]*\x07", "", text)  # Textual's own: the shape of the mouse pointer
    for piece in ("\x1b[31mRED", "\x1b]52", "\x1b]0;title", "\x07"):
        assert piece not in text
    assert not re.search("[\x80-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069]", text)


def test_no_colour_is_written_under_no_color() -> None:
    with Terminal(SCRIPT.format(stories=[" a fox."], delay=0.0), {"NO_COLOR": "1"}) as terminal:
        terminal.until(lambda output: b"Who is in it?" in output)
        terminal.press("ff1")
        terminal.until(lambda output: b"fox" in output)
        terminal.read(0.3)
        codes = {code for match in re.findall(rb"\x1b\[([0-9;]*)m", terminal.output) for code in match.split(b";")}
    assert codes
    assert not [code for code in codes if code and (30 <= int(code) <= 38 or 40 <= int(code) <= 48 or int(code) > 89)]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_told_to_end_it_saves_what_was_told_and_gives_the_terminal_back(number: signal.Signals) -> None:
    with Terminal(SCRIPT.format(stories=[" drizzle" * 400], delay=0.01)) as terminal:
        terminal.until(lambda output: b"Who is in it?" in output)
        terminal.press("1")
        terminal.until(lambda output: b"drizzle" in output)
        terminal.process.send_signal(number)
        assert terminal.ended() == 0
        assert b"\x1b[?1049l" in terminal.output
    assert " drizzle" in Library.home().entries()[0].text


def test_a_terminal_that_is_closed_ends_it() -> None:
    with Terminal(SCRIPT.format(stories=[" word" * 400], delay=0.01)) as terminal:
        terminal.until(lambda output: b"Who is in it?" in output)
        terminal.press("1")
        terminal.until(lambda output: b"telling" in output)
        terminal.close()
        terminal.process.send_signal(signal.SIGHUP)  # as the kernel does for the leader of a terminal's session
        terminal.process.wait(60)
    assert Library.home().entries()[0].text


def takes(output: bytes) -> int:
    """How many takes of the passage at hand the screen speaks of."""
    found = re.findall(rb"take \d+ of (\d+)", output)
    return int(found[-1]) if found else 1


def says_saved(output: bytes) -> bool:
    """Whether the saved mark, as it was drawn last, says so."""
    return re.findall("✓ saved|… saving|… telling", output.decode(errors="replace"))[-1:] == ["✓ saved"]


@pytest.mark.parametrize("kills", [2, pytest.param(20, marks=pytest.mark.slow)])
def test_kill_9_keeps_everything_that_was_shown_as_saved(kills: int) -> None:
    chance = random.Random(3)
    library = Library.home()
    stories = [f" word{number} goes on." for number in range(40)]
    texts: list[str] = []
    kept = 0
    for kill in range(kills):
        with Terminal(SCRIPT.format(stories=stories, delay=0.001)) as terminal:
            terminal.until(lambda output: b"saved" in output or b"Who is in it?" in output)
            if not texts:
                terminal.press("1")
            terminal.press("ff")
            for _ in range(chance.randrange(1, 5)):
                before = takes(terminal.output)
                while takes(terminal.output) <= before:  # a key comes to nothing while the model wakes up
                    terminal.press("r")
                    terminal.read(0.5)
            if kill:
                terminal.press(chance.choice([" ", "r", "u", " r"]))
                terminal.read(chance.uniform(0.0, 0.3))
            else:  # once the promise is waited for, so that at least one is kept
                terminal.until(says_saved)
            promised = takes(terminal.output) if says_saved(terminal.output) else 0
            terminal.process.kill()
            terminal.process.wait()
        reading = log.read(library.files()[0])
        assert reading.damaged == 0
        found = [passage.text for passage in Story(reading.operations).passages.values()]
        assert found[: len(texts)] == texts
        assert len(found) > promised  # the takes, and what they follow
        texts = found
        kept += promised > 0
    assert kept
