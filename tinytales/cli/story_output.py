"""The ways a told story leaves: streamed to people, as JSON, or into a file."""

import sys
from collections.abc import Iterator
from pathlib import Path

from tinytales.inference.engine import Engine, Finish
from tinytales.inference.sampling import Sampling
from tinytales.storage import atomic
from tinytales.terminal import sanitize

SEPARATOR = "\n---\n\n"  # between several stories
WIDEST = 80  # columns that are pleasant to read


class Printer:
    """Writes text to stdout as it comes; on a terminal, whole words that don't fit a line begin the next one."""

    def __init__(self) -> None:
        self._width = _columns() if sys.stdout.isatty() else None
        self._word = ""
        self._column = 0

    def write(self, text: str) -> None:
        """Write `text`; on a terminal, what may be the beginning of a word waits for its end."""
        if self._width is None:
            sys.stdout.write(text)
        else:
            for character in text:
                self._wrap(character, self._width)
        sys.stdout.flush()

    def end(self) -> None:
        """Write what waits, and end the line."""
        if self._width is not None:
            self._wrap("\n", self._width)
        else:
            sys.stdout.write("\n")
        sys.stdout.flush()

    def _wrap(self, character: str, width: int) -> None:
        if character not in " \n":
            self._word += character
            return
        if self._column + len(self._word) > width and self._column:
            sys.stdout.write("\n")
            self._column = 0
        sys.stdout.write(self._word)
        self._column += len(self._word)
        self._word = ""
        if character == "\n":
            sys.stdout.write("\n")
            self._column = 0
        elif 0 < self._column < width:
            sys.stdout.write(" ")
            self._column += 1


def _columns() -> int:
    import shutil

    return min(WIDEST, shutil.get_terminal_size().columns)


def print_stories(engine: Engine, opening: str, sampling: Sampling, count: int = 1) -> None:
    """Print the opening and what comes after it, the first story as it is told, the others after it."""
    printer = Printer()
    printer.write(opening)
    waiting = [""] * count
    for take, piece in engine.generate_takes(opening, sampling, count):
        text = sanitize(piece.text)
        if take == 0:
            printer.write(text)
        else:
            waiting[take] += text
    printer.end()
    for text in waiting[1:]:
        printer.write(SEPARATOR)
        printer.write(opening + text)
        printer.end()


def write_file(engine: Engine, opening: str, sampling: Sampling, count: int, path: Path) -> None:
    """Write the stories to `path`, whole or not at all."""
    texts = [str(story["text"]) for story in _stories(engine, opening, sampling, count)]
    atomic.write_text(path, SEPARATOR.join(f"{text}\n" for text in texts))


def print_json(engine: Engine, opening: str, sampling: Sampling, count: int) -> None:
    """Print one object for one story, a list of them for several."""
    import json

    stories = list(_stories(engine, opening, sampling, count))
    print(json.dumps(stories[0] if count == 1 else stories, ensure_ascii=False))


def print_jsonl(engine: Engine, opening: str, sampling: Sampling, count: int) -> None:
    """Print a line for each token as it comes: its take, text, id and natural log-probability."""
    import json

    for take, piece in engine.generate_takes(opening, sampling, count):
        line = {"take": take, "text": piece.text, "token": piece.token, "logprob": piece.logprob}
        if piece.finish is not None:
            line["finish"] = piece.finish
        print(json.dumps(line, ensure_ascii=False), flush=True)


def _stories(engine: Engine, opening: str, sampling: Sampling, count: int) -> Iterator[dict[str, object]]:
    texts, tokens = [opening] * count, [0] * count
    finishes: list[Finish | None] = [None] * count
    for take, piece in engine.generate_takes(opening, sampling, count):
        texts[take] += sanitize(piece.text)
        tokens[take] += piece.token >= 0
        finishes[take] = piece.finish
    for take in range(count):
        yield {
            "text": texts[take],
            "prompt": opening,
            "tokens": tokens[take],
            "finish": finishes[take],
            "seed": sampling.seed,
            "take": take,
            "model": engine.name,
        }
