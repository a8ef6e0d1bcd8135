"""The main job from end to end, as processes: stages, what they leave, and going on after a stop."""

import json
import signal
import time
from pathlib import Path

import numpy as np
import pytest

from tests.command import run, start
from tinytales.speedrun import divided
from tinytales.storage import manifest


def test_it_ends_with_a_told_story_and_says_what_comes_next(home: Path) -> None:
    result = run(home, "speedrun", TINYTALES_TRAIN_STEPS="12")
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith("Once upon a time")
    for words in (
        "1/4 prepare",
        "2/4 tokenize",
        "3/4 train",
        "bits per byte",
        "done in",
        "longest tokens",
        "tinytales tell",
    ):
        assert words in result.stderr


def test_what_it_leaves_is_whole_and_knows_where_it_came_from(trained_home: Path) -> None:
    folders = {
        kind: trained_home / folder / "demo"
        for kind, folder in (("corpus", "corpora"), ("tokens", "tokens"), ("model", "models"))
    }
    names = {"corpus": manifest.MANIFEST_NAME, "tokens": manifest.MANIFEST_NAME, "model": "run.toml"}
    found = {kind: manifest.read(folder, kind, names[kind]) for kind, folder in folders.items()}
    for kind, folder in folders.items():
        manifest.check_hashes(folder, found[kind])
    assert found["model"].lineage["tokens"]["identity"] == found["tokens"].identity
    assert found["model"].lineage["corpus"]["identity"] == found["corpus"].identity
    rows = [json.loads(line) for line in (folders["model"] / "metrics.jsonl").read_text().splitlines()]
    assert rows[-1]["step"] == found["model"].facts["plan"]["steps"]
    assert any("bits_per_byte" in row for row in rows)
    assert all({"step", "tokens"} <= row.keys() and ("loss" in row) != ("sample" in row) for row in rows)
    leftovers = [path for path in trained_home.rglob("*") if path.name.endswith(".tmp") or path.name.startswith(".")]
    assert leftovers == []


def test_the_three_tokenizers_read_the_folder_alike(trained_home: Path) -> None:
    from tokenizers import Tokenizer as Theirs

    from tinytales.tokenizer.encoding import tiktoken_encoding
    from tinytales.tokenizer.token_files import TokenFile
    from tinytales.tokenizer.tokenizer import Tokenizer

    folder = trained_home / "tokens" / "demo"
    path = folder / "tokenizer.json"
    ours, theirs, tiktokens = Tokenizer.load(path), Theirs.from_file(str(path)), tiktoken_encoding(path)
    for story in TokenFile.open(folder, "valid").stories():
        text = ours.decode(story)
        assert ours.encode(text) == theirs.encode(text).ids == tiktokens.encode_ordinary(text) == list(story)


def test_transformers_loads_the_model_and_tells_the_same(trained_home: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from tinytales.inference.rust_engine import load_engine
    from tinytales.model.weights import load_model

    folder = trained_home / "models" / "demo"
    theirs, ours, engine = AutoModelForCausalLM.from_pretrained(folder), load_model(folder), load_engine(folder)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    ids = [tokenizer.eos_token_id, *tokenizer.encode("Once upon a time, there was a little girl.")]
    with torch.no_grad():
        logits = theirs(torch.tensor([ids])).logits[0]
        torch.testing.assert_close(ours(torch.tensor([ids]))[0], logits, atol=1e-4, rtol=0)
    rust = np.frombuffer(engine.logits(ids), dtype=np.float32).reshape(len(ids), -1)
    np.testing.assert_allclose(rust, logits.numpy(), atol=1e-3, rtol=0)


def stop_while_training(home: Path, number: signal.Signals) -> tuple[int, str]:
    """Stop a speedrun a moment after training has begun; its exit code and the rest of what it said."""
    process = start(home, "speedrun", TINYTALES_TRAIN_STEPS="2000")
    assert process.stderr is not None
    for line in process.stderr:
        if "passes over" in line:
            break
    metrics = home / "models" / ".demo.run" / "metrics.jsonl"
    while not (metrics.is_file() and metrics.stat().st_size):
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(number)
    rest = process.stderr.read()
    return process.wait(timeout=60), rest


def test_after_a_stop_it_goes_on_where_it_was(home: Path) -> None:
    code, said = stop_while_training(home, signal.SIGINT)
    assert code == 130
    assert said.splitlines()[-1].endswith("of 2,000; go on with: the same command")
    assert "Traceback" not in said
    assert list((home / "models").glob("[!.]*")) == []
    assert "starter tells" in run(home, "tell").stderr
    other = run(home, "speedrun", TINYTALES_TRAIN_STEPS="5")
    assert other.returncode == 2
    assert "the stopped run of model demo has steps 2000, not 5" in other.stderr
    new = run(home, "speedrun", "--fresh", TINYTALES_TRAIN_STEPS="5")
    assert new.returncode == 0, new.stderr
    assert new.stderr.count("done before: demo") == 2
    assert sorted(path.name for path in (home / "models").iterdir()) == [".demo.run", "demo-2", "demo-2-chat"]


def test_minutes_are_divided_as_the_preset_divides_its_own() -> None:
    train, mid_train = divided(13, "demo")
    assert (train["minutes"], mid_train["minutes"]) == pytest.approx((4, 9))
    assert divided(None, "demo") == ({}, {})


def test_a_killed_run_leaves_nothing_that_looks_whole(home: Path) -> None:
    code, _ = stop_while_training(home, signal.SIGKILL)
    assert code == -9
    assert "starter tells" in run(home, "tell").stderr
    again = run(home, "train", "demo", TINYTALES_TRAIN_CHECKPOINT_SECONDS="1")
    assert again.returncode == 0, again.stderr
    assert "going on with the stopped run of model demo" in again.stderr
    assert sorted(path.name for path in (home / "models").iterdir()) == ["demo"]


def test_a_text_of_ones_own(home: Path, tmp_path: Path) -> None:
    words = ["cat", "dog", "boat", "moon", "tree", "fish", "hat", "cake"]
    stories = [f"The {a} saw a {b}. They went to find the {c}." for a in words for b in words for c in words]
    path = tmp_path / "My Störies.txt"
    path.write_text("\n<|endoftext|>\n".join(stories), encoding="utf-8")
    result = run(home, "speedrun", str(path), TINYTALES_TRAIN_STEPS="5", TINYTALES_TOKENIZE_VOCAB_SIZE="290")
    assert result.returncode == 0, result.stderr
    assert (home / "models" / "my-stories" / "model.safetensors").is_file()
    path.write_text("\n<|endoftext|>\n".join(stories[1:]), encoding="utf-8")
    changed = run(home, "speedrun", str(path), TINYTALES_TRAIN_STEPS="5", TINYTALES_TOKENIZE_VOCAB_SIZE="290")
    assert "done before" not in changed.stderr
    assert (home / "models" / "my-stories-2" / "model.safetensors").is_file()


@pytest.mark.parametrize(
    ("name", "contents", "code", "what"),
    [
        ("empty.txt", b"", 3, "empty"),
        ("junk.txt", bytes(range(256)) * 40, 3, "junk.txt"),
        ("one.txt", b"A cat sat on the mat.", 2, "too few to split"),
        ("few.txt", b"A cat sat.\nA dog ran.\nA fish swam.\n", 2, "vocabulary"),
        ("junk.parquet", b"PAR1 not really PAR1", 3, "junk.parquet"),
        ("bad.jsonl", b'{"text": "A cat."}\n{"text": \n', 3, "bad.jsonl"),
        ("column.jsonl", b'{"story": "A cat."}\n', 2, "text"),
        ("photo.png", b"\x89PNG", 2, "photo.png"),
    ],
)
def test_wrong_input_leaves_nothing_half_written(
    home: Path, tmp_path: Path, name: str, contents: bytes, code: int, what: str
) -> None:
    path = tmp_path / name
    path.write_bytes(contents)
    result = run(home, "speedrun", str(path), TINYTALES_TRAIN_STEPS="5", TINYTALES_PREPARE_LIMIT="1000")
    assert result.returncode == code, result.stderr
    assert what in result.stderr
    assert "Traceback" not in result.stderr
    assert [entry for entry in home.rglob("*") if ".tmp" in entry.name] == []
    assert not (home / "models").exists()


def test_a_corpus_too_small_for_one_batch(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "small.txt"
    path.write_text("\n".join(f"Story {number} is about a cat and a dog." for number in range(40)))
    variables = {"TINYTALES_TRAIN_BATCH_TOKENS": "4096", "TINYTALES_TOKENIZE_VOCAB_SIZE": "270"}
    result = run(home, "speedrun", str(path), TINYTALES_TRAIN_STEPS="5", **variables)
    assert result.returncode == 2
    assert "fewer than one batch" in result.stderr
    assert list((home / "models").glob("*")) == []


def test_a_folder_with_nothing_readable(home: Path, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "photo.png").write_bytes(b"\x89PNG")
    result = run(home, "prepare", str(tmp_path / "folder"))
    assert result.returncode == 3
    assert len(result.stderr.splitlines()) == 2
