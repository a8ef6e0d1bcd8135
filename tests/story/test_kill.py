"""kill -9 while a session writes: whatever it had shown as saved is there afterwards."""

import random
import subprocess
import sys
from pathlib import Path

import pytest

from tinytales.story import log
from tinytales.story.library import Library

# A teller that never stops: it opens the story, says what it finds, and adds, undoes and redoes, saying after each
# how many operations are saved, just as the saved mark does.
SESSION = """
import os, sys
from pathlib import Path
from tinytales.story.library import Library
from tinytales.story.operations import Add, Redo, Undo
from tinytales.story.passage import written
from tinytales.story.saver import Saver

def say(*words):
    os.write(1, (" ".join(map(str, words)) + "\\n").encode())  # in one piece, whichever thread says it

library = Library(Path(sys.argv[1]))
path = library.latest()
opened = library.open(path) if path else library.new("Kill")
saver = Saver(opened.log.append, lambda state: say("saved", state.saved))
say("begin", opened.read_only)
number = 0
while True:
    operation = Add(written(opened.story.cursor, "user", f"w{number} " * 40))
    for each in (operation, Undo(), Redo()):
        opened.story.apply(each)
        say("did", getattr(getattr(each, "passage", None), "id", type(each).__name__))
        saver.save(each)
    number += 1
"""


@pytest.mark.parametrize("kills", [3, pytest.param(20, marks=pytest.mark.slow)])
def test_kills_lose_nothing_that_was_shown_as_saved(kills: int, tmp_path: Path) -> None:
    chance = random.Random(7)
    promised: list[str] = []
    for _ in range(kills):
        process = subprocess.Popen(
            [sys.executable, "-c", SESSION, str(tmp_path)], stdout=subprocess.PIPE, text=True, bufsize=1
        )
        assert process.stdout is not None
        lines = []
        left = chance.randrange(1, 400)
        for line in process.stdout:
            lines.append(line.split())
            left -= 1
            if left <= 0:
                process.kill()
                break
        lines += [line.split() for line in process.stdout if line.endswith("\n")]
        process.wait()
        process.stdout.close()
        assert lines[0] == ["begin", "False"]
        did = [line[1] for line in lines if line[0] == "did"]
        saved = max((int(line[1]) for line in lines if line[0] == "saved"), default=0)
        promised += did[:saved]
        if not (paths := Library(tmp_path).files()):
            continue
        reading = log.read(paths[0])
        assert reading.damaged == 0
        found = [
            getattr(getattr(operation, "passage", None), "id", type(operation).__name__)
            for operation in reading.operations
        ]
        # What was not yet shown as saved may be there too; the next session goes on after it.
        assert found[: len(promised)] == promised
        promised = found
    assert len(promised) > 20
