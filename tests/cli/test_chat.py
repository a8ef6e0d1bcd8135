import json
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.cli.test_startup import HEAVY, modules_after
from tests.command import run
from tinytales import paths
from tinytales.chat.model import find_chat_model
from tinytales.cli.chat_lines import chat_lines
from tinytales.errors import MissingError
from tinytales.inference.engine import Piece
from tinytales.inference.sampling import Sampling
from tinytales.storage import manifest
from tinytales.story.library import Library
from tinytales.tokenizer.chat_template import Message


def test_one_seed_gives_one_answer(chat_home: Path) -> None:
    arguments = ("chat", "Tell me a story about a cat.", "--max-tokens", "20", "--seed")
    one, same, other = (run(chat_home, *arguments, seed) for seed in ("7", "7", "8"))
    assert one.returncode == 0, one.stderr
    assert one.stdout == same.stdout != other.stdout
    assert one.stdout.endswith("\n")
    assert one.stderr.startswith("demo-chat answers, seed 7\n")


def test_json_says_what_was_asked_and_what_came(chat_home: Path) -> None:
    request = "Tell me a story about a qwertish xylophone, with a sad ending."
    result = run(chat_home, "chat", request, "--json", "--seed", "3", "--best-of", "3", "--max-tokens", "30")
    found = json.loads(result.stdout)
    assert found["asked"] == {"words": ["qwertish", "xylophone"], "ending": "sad", "dialogue": None}
    assert (found["request"], found["takes"], found["seed"], found["model"]) == (request, 3, 3, "demo-chat")
    assert found["never_met"] == ["qwertish", "xylophone"]
    assert {*found["found"], *found["missing"]} == {"qwertish", "xylophone"}


def test_quotation_marks_around_a_word_change_nothing(chat_home: Path) -> None:
    told = [run(chat_home, "chat", f"Tell me a story about a {word}.", "--seed", "3") for word in ("dog", '"dog"')]
    assert told[0].stdout == told[1].stdout != ""


def test_words_that_were_never_met_are_named(chat_home: Path) -> None:
    result = run(chat_home, "chat", "A story about a qwertish dog", "--max-tokens", "5")
    assert "never met: qwertish\n" in result.stderr


@pytest.mark.parametrize("arguments", [("-",), ()])
def test_the_request_can_come_from_a_pipe(chat_home: Path, arguments: tuple[str, ...]) -> None:
    result = run(chat_home, "chat", *arguments, "--max-tokens", "3", "--json", given="A cat\x1b[31m,\n please\n")
    assert json.loads(result.stdout)["request"] == "A cat[31m, please"


def test_chatting_imports_no_trainer(chat_home: Path) -> None:
    assert not modules_after(chat_home, "chat", "A cat", "--max-tokens", "5") & (HEAVY | {"rich"})


@pytest.mark.parametrize(
    ("arguments", "code", "what"),
    [
        (("chat", "A cat", "-m", "demo"), 3, "wasn't taught to answer"),
        (("chat", "A cat", "-m", "nobody"), 3, "there is no model called nobody"),
        (("chat", "A cat", "--best-of", "0"), 2, "best of 0"),
        (("chat", "A cat", "--temperature", "-1"), 2, "temperature"),
        (("chat", "  "), 2, "no request"),
        (("chat", "x" * 10_001), 2, "10,000 characters"),
        (("chat", "cat " * 2000), 2, "too many for a model"),
        (("mid-train", "--plain", "0.1"), 2, "plain stories"),
        (("mid-train", "--start", "middle"), 2, "start at middle"),
        (("mid-train", "nobody"), 3, "there is no model called nobody"),
        (("mid-train", "--conversations", "no-such-file.jsonl"), 3, "no-such-file.jsonl"),
    ],
)
def test_what_is_wrong_is_said(chat_home: Path, arguments: tuple[str, ...], code: int, what: str) -> None:
    result = run(chat_home, *arguments)
    assert result.returncode == code, result.stderr
    assert what in result.stderr
    assert "Traceback" not in result.stderr


def test_without_a_taught_model(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "package", lambda: tmp_path)
    with pytest.raises(MissingError, match="taught to answer") as caught:
        find_chat_model(None)
    assert caught.value.exit_code == 3
    assert "mid-train" in caught.value.hint


def test_a_taught_model_knows_its_base_and_what_it_learned_from(chat_home: Path) -> None:
    base = manifest.read(chat_home / "models" / "demo", "model", "run.toml")
    found = manifest.read(chat_home / "models" / "demo-chat", "model", "run.toml")
    made = manifest.read(chat_home / "conversations" / "demo", "conversations")
    assert found.lineage["model"] == {"name": "demo", "identity": base.identity}
    assert found.lineage["conversations"]["identity"] == made.identity
    assert found.lineage["corpus"] == base.lineage["corpus"]
    assert found.facts["documents"] == made.facts["documents"]
    assert made.facts["documents"]["outside"] > 0
    assert made.facts["rows"] > 0
    generation = json.loads((chat_home / "models" / "demo-chat" / "generation_config.json").read_text())
    assert len(generation["eos_token_id"]) == 2
    config = json.loads((chat_home / "models" / "demo-chat" / "config.json").read_text())
    assert config["max_position_embeddings"] == 384
    for line in (chat_home / "conversations" / "demo" / "examples.jsonl").read_text(encoding="utf-8").splitlines():
        assert json.loads(line)["messages"][-1]["role"] == "assistant"


def test_conversations_of_ones_own(trained_home: Path, tmp_path: Path) -> None:
    import shutil

    home = tmp_path / "own"
    shutil.copytree(trained_home, home)
    mine = tmp_path / "mine.jsonl"
    mine.write_text('{"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Ho."}]}\n' * 40)
    arguments = ("mid-train", "demo", "--name", "mine", "--context-length", "64", "--conversations", str(mine))
    result = run(home, *arguments)
    assert result.returncode == 0, result.stderr
    facts = tomllib.loads((home / "models" / "mine" / "run.toml").read_text(encoding="utf-8"))
    assert facts["documents"]["yours"] == 40
    again = run(home, *arguments)
    assert "made before" in again.stderr
    assert (home / "models" / "mine-2").is_dir()


class Parrot:
    """A model that says what it heard last, and how much it heard."""

    name = "parrot"
    context_length = 256
    seen = frozenset({"cat"})

    def replies(
        self, messages: Sequence[Message], sampling: Sampling, count: int = 1, *, wanted: Sequence[str] = ()
    ) -> Iterator[tuple[int, Piece]]:
        yield 0, Piece(f"{len(messages)} {messages[-1].content} {sampling.seed}\x1b[2J", 1, -1.0, finish="end")


def test_a_session_line_by_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    lines = iter(
        ["", "/again", "/help", "A dog", "Go on", "/again", "/save", "/new", "A cat", "/bad", "/quit", "never"]
    )
    monkeypatch.setattr("builtins.input", lambda prompt: next(lines))
    model: Any = Parrot()
    chat_lines(model, Sampling(seed=5), 1)
    out, err = capsys.readouterr()
    assert out == "1 A dog 5[2J\n3 Go on 6[2J\n3 Go on 7[2J\n1 A cat 8[2J\n"
    for words in (
        "nothing was said yet",
        "/again  answer",
        "never met: dog",
        "kept in your library",
        "there is no /bad",
    ):
        assert words in err
    assert next(lines) == "never"
    (entry,) = Library.home().entries()
    assert entry.text == "3 Go on 7[2J"
    assert entry.models == ("parrot",)


def test_the_end_of_input_ends_the_session(monkeypatch: pytest.MonkeyPatch) -> None:
    def end(prompt: str) -> str:
        raise EOFError

    monkeypatch.setattr("builtins.input", end)
    model: Any = SimpleNamespace(name="x")
    chat_lines(model, Sampling(), 1)
