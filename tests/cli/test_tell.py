import json
import os
import shutil
import signal
from pathlib import Path

import pytest

from tests.command import run, start


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
