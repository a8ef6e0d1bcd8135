"""The guided hour: its commands, run as they stand on a small model, and its output, compared in kind."""

import re
import shlex
import shutil
from pathlib import Path

from tests.command import run

CHAPTERS = sorted((Path(__file__).parent.parent / "docs" / "evening").glob("[0-9]*.md"))
BLOCK = re.compile(r"^```(sh)?\n(.*?)^```", flags=re.MULTILINE | re.DOTALL)


def commands(chapter: Path) -> list[tuple[list[str], str]]:
    """Each command with the output that the chapter shows below it, none for most."""
    found: list[tuple[list[str], str]] = []
    for language, text in BLOCK.findall(chapter.read_text(encoding="utf-8")):
        if language:
            found += [(shlex.split(line)[1:], "") for line in text.splitlines()]
        else:
            found[-1] = (found[-1][0], text)
    return found


def kind(line: str) -> str:
    """What stays of a line when another model says it: its first word, numbers as 0."""
    return re.sub(r"[\d.,]+", "0", line.split()[0]) if line.split() else ""


def test_there_are_ten_chapters_and_the_contents_name_them() -> None:
    assert len(CHAPTERS) == 10
    contents = (CHAPTERS[0].parent / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"\((\d\d-[a-z-]+\.md)\)", contents) == [chapter.name for chapter in CHAPTERS]
    for chapter in CHAPTERS:
        assert chapter.read_text(encoding="utf-8").startswith(f"# {int(chapter.name[:2])}. ")


def test_each_command_does_what_its_chapter_shows(home: Path, trained_home: Path) -> None:
    shutil.copytree(trained_home, home)
    for chapter in CHAPTERS:
        for arguments, shown in commands(chapter):
            small = [re.sub(r"^100$", "4", argument) for argument in arguments]
            result = run(home, *small)
            assert result.returncode == 0, (chapter.name, arguments, result.stderr)
            if shown:
                first, expected = result.stdout.splitlines()[0], shown.splitlines()[0]
                assert kind(first) == kind(expected), (chapter.name, arguments)
