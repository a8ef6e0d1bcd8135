import io
import json
import os
import shutil
import signal
from pathlib import Path

import pytest

from tests.command import run, start
from tinytales.cli.story_output import Printer


def test_one_seed_tells_one_story_that_begins_with_the_prompt(trained_home: Path) -> None:
    one, same, other = (run(trained_home, "tell", "Once upon a time", "--seed", seed) for seed in ("7", "7", "8"))
    assert one.returncode == 0
    assert one.stdout == same.stdout
    assert one.stdout != other.stdout
    assert one.stdout.startswith("Once upon a time")
    assert one.stdout.endswith("\n")
    assert one.stderr == "demo tells, seed 7\n"


def test_the_seed_that_is_said_tells_the_story_again(trained_home: Path) -> None:
    first = run(trained_home, "tell", "A cat")
    seed = first.stderr.split()[-1]
    assert run(trained_home, "tell", "A cat", "--seed", seed).stdout == first.stdout


def test_greedy_needs_no_seed(trained_home: Path) -> None:
    one, two = (run(trained_home, "tell", "A cat", "--temperature", "0", "--max-tokens", "20") for _ in range(2))
    assert one.stdout == two.stdout


def test_json_is_one_object(trained_home: Path) -> None:
    result = run(trained_home, "tell", "A cat", "--json", "--max-tokens", "5", "--seed", "3", "--dtype", "float32")
    found = json.loads(result.stdout)
    assert found["text"].startswith("A cat")
    assert (found["prompt"], found["tokens"], found["seed"], found["model"]) == ("A cat", 5, 3, "demo")
    assert found["finish"] == "length"


@pytest.mark.parametrize("arguments", [("-",), ()])
def test_the_prompt_can_come_from_a_pipe(trained_home: Path, arguments: tuple[str, ...]) -> None:
    result = run(trained_home, "tell", *arguments, "--max-tokens", "3", given="The dog was\n")
    assert result.stdout.startswith("The dog was")


def test_control_characters_of_a_prompt_reach_no_terminal(trained_home: Path) -> None:
    result = run(trained_home, "tell", "A \x1b[31mred\x1b]0;x\x07 cat\u202e", "--max-tokens", "3")
    assert result.stdout.startswith("A [31mred]0;x cat")
    assert "\x1b" not in result.stdout


def test_prompts_beyond_measure_are_refused(trained_home: Path) -> None:
    result = run(trained_home, "tell", "-", given="x" * 100_001)
    assert result.returncode == 2
    assert "more than 100,000 characters" in result.stderr


def test_a_long_prompt_is_continued(trained_home: Path) -> None:
    result = run(trained_home, "tell", "-", "--max-tokens", "3", given="The cat sat. " * 400)
    assert result.returncode == 0
    assert len(result.stdout) > 400 * 13


def test_a_reader_that_leaves_ends_it_quietly(trained_home: Path) -> None:
    process = start(trained_home, "tell", "Once", "--max-tokens", "100000", "--temperature", "1.5")
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.read(10)
    process.stdout.close()
    assert process.wait(timeout=60) == 0
    assert len(process.stderr.read().splitlines()) == 1


def test_ctrl_c_ends_it_cleanly(trained_home: Path) -> None:
    variables = {"TINYTALES_TELL_MAX_TOKENS": str(10**9), "TINYTALES_TELL_TEMPERATURE": "100"}
    process = start(trained_home, "tell", "Once", **variables)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.read(10)
    process.send_signal(signal.SIGINT)
    process.stdout.read()
    assert process.wait(timeout=60) in (0, 130)  # 0: the story ended by itself in that moment
    assert "Traceback" not in process.stderr.read()


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "tokenizer.json"])
@pytest.mark.parametrize("damage", ["missing", "truncated"])
def test_a_damaged_model_is_named(trained_home: Path, tmp_path: Path, name: str, damage: str) -> None:
    folder = shutil.copytree(trained_home / "models" / "demo", tmp_path / "model")
    path = folder / name
    if damage == "missing":
        path.unlink()
    else:
        os.truncate(path, path.stat().st_size // 2)
    result = run(trained_home, "tell", "-m", str(folder), "--max-tokens", "1")
    assert result.returncode == 3
    assert name in result.stderr or "there is no model called" in result.stderr
    assert len(result.stderr.splitlines()) == 2


def test_several_stories_come_one_after_the_other_and_the_first_is_the_one_told_alone(trained_home: Path) -> None:
    alone = run(trained_home, "tell", "A cat", "--seed", "5", "--max-tokens", "12")
    three = run(trained_home, "tell", "A cat", "--seed", "5", "--max-tokens", "12", "-n", "3")
    stories = three.stdout.split("\n---\n\n")
    assert len(stories) == 3
    assert stories[0] == alone.stdout
    assert all(story.startswith("A cat") for story in stories)
    assert len(set(stories)) == 3


def test_json_of_several_is_a_list_and_jsonl_has_a_line_for_each_token(trained_home: Path) -> None:
    arguments = ("tell", "A cat", "--seed", "5", "--max-tokens", "6", "-n", "2")
    found = json.loads(run(trained_home, *arguments, "--json").stdout)
    lines = [json.loads(line) for line in run(trained_home, *arguments, "--jsonl").stdout.splitlines()]
    for take, story in enumerate(found):
        pieces = [line for line in lines if line["take"] == take]
        assert "A cat" + "".join(piece["text"] for piece in pieces) == story["text"]
        assert all(piece["logprob"] <= 0 for piece in pieces)
        assert pieces[-1]["finish"] == story["finish"]


def test_a_story_can_be_written_to_a_file(trained_home: Path, tmp_path: Path) -> None:
    path = tmp_path / "story.txt"
    arguments = ("tell", "A cat", "--seed", "5", "--max-tokens", "12")
    result = run(trained_home, *arguments, "-o", str(path))
    assert (result.returncode, result.stdout) == (0, "")
    assert path.read_text(encoding="utf-8") == run(trained_home, *arguments).stdout


def test_it_can_stop_before_a_text(trained_home: Path) -> None:
    whole = run(trained_home, "tell", "A cat", "--seed", "5", "--max-tokens", "30").stdout
    word = whole.split()[5]
    cut = run(trained_home, "tell", "A cat", "--seed", "5", "--max-tokens", "30", "--stop", word).stdout
    assert whole.startswith(cut.rstrip("\n"))
    assert word not in cut[len("A cat") :]


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (("--json", "--jsonl"), "one way only"),
        (("-i", "-o", "x.txt"), "one way only"),
        (("--length", "huge"), "no length huge"),
        (("--max-tokens", "0"), "0 tokens are too few"),
        (("--until", "tomorrow"), "no tomorrow to stop at"),
        (("--count", "0"), "--count"),
        (("--dtype", "float8"), "no dtype float8"),
    ],
)
def test_what_cant_be_is_said(trained_home: Path, arguments: tuple[str, ...], what: str) -> None:
    result = run(trained_home, "tell", "A cat", *arguments)
    assert result.returncode == 2
    assert what in result.stderr


def test_line_by_line_a_story_is_told_with_the_one_who_types(trained_home: Path) -> None:
    given = "2\nr\nThen a dog came.\nq\n"
    result = run(trained_home, "tell", "A cat sat.", "-i", "--seed", "3", "--max-tokens", "8", given=given)
    assert result.returncode == 0, result.stderr
    lines = result.stdout.splitlines()
    assert lines[0] == "A cat sat."
    assert "enter goes on" in result.stderr
    offers = [line.removeprefix("> ") for line in lines if line.removeprefix("> ")[:3] in ("1: ", "2: ", "3: ")]
    assert len(offers) >= 3


def test_on_a_terminal_words_are_wrapped_and_nothing_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.StringIO()
    monkeypatch.setattr(out, "isatty", lambda: True)
    monkeypatch.setattr("sys.stdout", out)
    monkeypatch.setenv("COLUMNS", "20")
    printer = Printer()
    text = (
        "Once upon a time there was a catastrophically long word.\n\nIt was supercalifragilisticexpialidocious, though."
    )
    for index in range(0, len(text), 3):
        printer.write(text[index : index + 3])
    printer.end()
    lines = out.getvalue().splitlines()
    assert out.getvalue().split() == text.split()
    assert "" in lines
    assert all(len(line.rstrip()) <= 20 or " " not in line.strip() for line in lines)
