"""Which key does what: the defaults, and the reader's own choice in a file."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from tinytales import paths
from tinytales.errors import UsageError


@dataclass(frozen=True)
class Key:
    """One thing that a key does.

    Attributes:
        action: the screen's action, which also names it in the keymap file.
        keys: the keys, as Textual names them, with commas between.
        short: for the line at the bottom.
        long: for the help screen and the command palette.
    """

    action: str
    keys: str
    short: str
    long: str

    @property
    def id(self) -> str:
        """Its name in the keymap file."""
        return self.action.replace("(", "_").replace(")", "").replace("-", "minus_").replace("'", "")


CORE = (
    Key("go_on", "space", "go on", "Go on with the story; while it is told: pause, and go on"),
    Key("write", "enter", "your words", "Write your own words into the story"),
    Key("take(-1)", "left", "other take", "The take before this one"),
    Key("take(1)", "right", "other take", "The take after this one"),
    Key("move(-1)", "up", "back", "The passage before"),
    Key("move(1)", "down", "forward", "The passage after"),
    Key("step_back", "backspace", "step back", "Step back: the story ends before this passage, which stays as a take"),
    Key("close", "escape", "stop here", "Close what is open; while a passage is told: stop, and keep what was shown"),
)
LETTERS = (
    Key("retake", "r", "new take", "Tell this passage anew, as another take"),
    Key("takes", "g", "four takes", "Four ways to go on, side by side"),
    Key("edit", "e", "edit", "Put this passage in your own words, as another take"),
    Key("undo", "u", "undo", "Undo"),
    Key("redo", "ctrl+y", "redo", "Redo"),
    Key("words", "t", "other words", "Look at the words that could have stood here, swap one and go on"),
    Key("heat", "p", "how sure", "Show how sure the model was of its words"),
    Key("map", "m", "map", "The map: every passage and every take"),
    Key("read", "z", "read", "Read the story, with nothing around it"),
    Key("library", "o", "library", "The library: every story of yours"),
    Key("new", "n", "new story", "Begin a new story"),
    Key("export", "x", "export", "Export the story: text, Markdown, a booklet to print, JSON"),
    Key("copy", "y", "copy", "Copy the story"),
    Key("sampling", "s", "how to tell", "How stories are told: daring, length, pace, picking words"),
    Key("pace", "f", "faster", "Show words faster: at reading pace, quickly, at once"),
    Key("pick_words", "w", "pick words", "Let the reader pick the words at telling places, or not"),
    Key("search", "slash", "search", "Search in the story"),
    Key("retitle", "i", "title", "Give the story another title"),
    Key("ask", "a", "ask", "Ask for a story in plain words"),
    Key("panel('map')", "left_square_bracket", "map beside", "Show the map beside the story, or hide it"),
    Key("panel('next')", "right_square_bracket", "odds beside", "Show what comes next beside the story, or hide it"),
)
APP = (
    Key("help", "question_mark,f1", "keys", "All keys"),
    Key("command_palette", "colon,ctrl+p", "commands", "Everything that can be done, to search in"),
    Key("quit", "q,ctrl+q", "quit", "Leave; everything is saved"),
)
ALL = (*CORE, *LETTERS, *APP)


def file() -> Path:
    """The reader's keymap file, beside the settings."""
    return paths.settings_file().with_name("keys.toml")


def load(path: Path) -> dict[str, str]:
    """The reader's keys by the names of what they do; empty where there is no file.

    Raises:
        UsageError: the file is no keymap.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} can't be read: {error}", 'write lines such as: retake = "r"') from None
    known = {key.id for key in ALL}
    for name, keys in document.items():
        if name not in known:
            raise UsageError(f"{path}: there is nothing called {name}", f"there are: {', '.join(sorted(known))}")
        if not isinstance(keys, str) or not keys:
            raise UsageError(f"{path}: {name} needs a key", f'write: {name} = "ctrl+r"')
    return {name: str(keys) for name, keys in document.items()}
