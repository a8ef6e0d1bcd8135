import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tokenizer.stories import ODD_TEXTS, make_stories
from tinytales.errors import MissingError, UsageError
from tinytales.tokenizer.special import SPECIAL_TOKENS
from tinytales.tokenizer.tokenizer import Tokenizer
from tinytales.tokenizer.train import sample_step, train_tokenizer


def test_ids_are_bytes_then_merges_then_special_tokens(tokenizer: Tokenizer) -> None:
    assert [tokenizer.token_bytes(byte) for byte in range(256)] == [bytes([byte]) for byte in range(256)]
    assert (tokenizer.end_of_text, tokenizer.im_start, tokenizer.im_end) == (397, 398, 399)
    merged = [tokenizer.token_bytes(token) for token in range(256, 397)]
    assert len(set(merged)) == len(merged)
    assert all(len(token) > 1 for token in merged)
    assert [tokenizer.token_bytes(token) for token in range(397, 400)] == [b"", b"", b""]
    assert tokenizer.byte_lengths.tolist() == [len(tokenizer.token_bytes(token)) for token in range(400)]
    for token in (-1, 400, 1 << 40):
        with pytest.raises((IndexError, OverflowError)):
            tokenizer.token_bytes(token)


def test_the_longest_tokens(tokenizer: Tokenizer) -> None:
    longest = tokenizer.longest_tokens(4)
    lengths = [len(token.encode()) for token in longest]
    assert lengths == sorted(tokenizer.byte_lengths.tolist(), reverse=True)[:4]
    assert " in the" not in longest, "no token goes over a word's end"
    assert all(token in " ".join(make_stories(200)) for token in longest)


@settings(max_examples=300)
@given(st.text())
def test_any_text_decodes_to_itself(tokenizer: Tokenizer, text: str) -> None:
    assert tokenizer.decode(tokenizer.encode(text)) == text


@pytest.mark.parametrize("text", ODD_TEXTS)
def test_odd_text_decodes_to_itself(tokenizer: Tokenizer, text: str) -> None:
    ids = tokenizer.encode(text)
    assert tokenizer.decode(ids) == text
    assert b"".join(map(tokenizer.token_bytes, ids)) == text.encode()


def test_text_is_never_parsed_for_special_tokens(tokenizer: Tokenizer) -> None:
    for text in SPECIAL_TOKENS:
        assert max(tokenizer.encode(text)) < tokenizer.end_of_text


def test_lone_surrogates_become_replacement_characters(tokenizer: Tokenizer) -> None:
    assert tokenizer.decode(tokenizer.encode("a\ud83d b")) == "a\ufffd b"
    assert tokenizer.decode(tokenizer.encode_batch(["x", "\ude00"])[0]) == "x\ufffd"
    assert tokenizer.decode(tokenizer.encode("\ud83d\ude42")) == "🙂"


def test_broken_utf8_is_replaced_and_special_tokens_add_nothing(tokenizer: Tokenizer) -> None:
    first_byte, *_ = "é".encode()
    assert tokenizer.decode([first_byte, tokenizer.end_of_text, ord("a")]) == "\ufffda"


def test_batches_give_the_ids_of_their_texts(tokenizer: Tokenizer) -> None:
    texts = [*ODD_TEXTS, *make_stories(20, seed=5)]
    ids, ends = tokenizer.encode_batch(texts)
    assert ids.dtype == np.uint16
    starts = [0, *ends[:-1]]
    assert [ids[start:end].tolist() for start, end in zip(starts, ends, strict=True)] == list(
        map(tokenizer.encode, texts)
    )
    expected = [token for text in texts for token in [tokenizer.end_of_text, *tokenizer.encode(text)]]
    assert tokenizer.encode_stories(texts).tolist() == expected
    assert tokenizer.encode_batch([])[0].tolist() == []


def test_training_depends_on_the_texts_and_not_on_their_order(tokenizer: Tokenizer, tmp_path: Path) -> None:
    stories = make_stories(200)
    shuffled = sorted(stories)
    train_tokenizer(shuffled, 400).save(tmp_path / "a.json")
    tokenizer.save(tmp_path / "b.json")
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()


def test_vocabulary_sizes() -> None:
    assert train_tokenizer([], 259).encode("hi") == [104, 105]
    assert train_tokenizer(iter(["hi"]), 260).encode("hi") == [256]
    for size in (258, 0, -5, 65537):
        with pytest.raises(UsageError, match="out of range"):
            train_tokenizer(["hi"], size)
    with pytest.raises(UsageError, match="supports 260"):
        train_tokenizer(["hi"], 261)


def test_the_largest_vocabulary(tmp_path: Path) -> None:
    letters = [chr(code) for code in range(0x4E00, 0x4E00 + 256)]
    words = (first + second for first in letters for second in letters)
    tokenizer = train_tokenizer(words, 65536)
    tokenizer.save(tmp_path / "tokenizer.json")
    loaded = Tokenizer.load(tmp_path / "tokenizer.json")
    assert loaded.vocab_size == 65536
    assert loaded.im_end == 65535
    ids, _ = loaded.encode_batch(["".join(letters)])
    assert loaded.decode(ids) == "".join(letters)


def test_loading_gives_the_same_tokenizer(tokenizer: Tokenizer, tokenizer_path: Path) -> None:
    loaded = Tokenizer.load(tokenizer_path)
    assert loaded.vocab_size == 400
    for text in ODD_TEXTS:
        assert loaded.encode(text) == tokenizer.encode(text)


@pytest.mark.parametrize(
    ("change", "value"),
    [
        ("model", None),
        ("model", {}),
        ("added_tokens", []),
        ("pre_tokenizer", None),
        ("normalizer", {"type": "NFC"}),
    ],
)
def test_damaged_files_are_refused(tokenizer_path: Path, tmp_path: Path, change: str, value: object) -> None:
    document = json.loads(tokenizer_path.read_text())
    (tmp_path / "bad.json").write_text(json.dumps({**document, change: value}))
    with pytest.raises(MissingError, match=r"bad\.json"):
        Tokenizer.load(tmp_path / "bad.json")


def test_other_special_tokens_are_refused(tokenizer_path: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text(tokenizer_path.read_text().replace("<|im_end|>", "<|end|>"))
    with pytest.raises(MissingError, match="special tokens"):
        Tokenizer.load(tmp_path / "bad.json")


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"[]", b"{}", b"null", b"[" * 100_000, b'{"model": 1e999}'])
def test_junk_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "bad.json").write_bytes(content)
    with pytest.raises(MissingError):
        Tokenizer.load(tmp_path / "bad.json")


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="missing"):
        Tokenizer.load(tmp_path / "tokenizer.json")
    with pytest.raises(MissingError):
        Tokenizer.load(tmp_path)


def test_loading_needs_nothing_heavy(tokenizer_path: Path) -> None:
    script = (
        "import sys, pathlib\n"
        "from tinytales.tokenizer.tokenizer import Tokenizer\n"
        f"Tokenizer.load(pathlib.Path({str(tokenizer_path)!r})).encode('Once upon a time')\n"
        "assert not {'numpy', 'tiktoken', 'torch', 'pyarrow', 'tokenizers'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_a_sample_has_four_kib_a_token_or_more() -> None:
    assert [sample_step(size << 12, 300) for size in (0, 1, 300, 599, 600, 30_001)] == [1, 1, 1, 1, 2, 100]
    for size in (0, -1, 258):
        with pytest.raises(UsageError, match="out of range"):
            sample_step(1000, size)
