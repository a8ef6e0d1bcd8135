"""The same ids from this package, Hugging Face `tokenizers` and tiktoken, all from one tokenizer.json."""

import random
from pathlib import Path

import pytest
import tiktoken
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer as HuggingFaceTokenizer

from tests.tokenizer.stories import ODD_TEXTS, make_stories
from tinytales.errors import UsageError
from tinytales.tokenizer.encoding import tiktoken_encoding
from tinytales.tokenizer.special import SPECIAL_TOKENS
from tinytales.tokenizer.tokenizer import Tokenizer
from tinytales.tokenizer.train import train_tokenizer


@pytest.fixture(scope="session")
def encoding(tokenizer_path: Path) -> tiktoken.Encoding:
    return tiktoken_encoding(tokenizer_path)


@pytest.fixture(scope="session")
def hugging_face(tokenizer_path: Path) -> HuggingFaceTokenizer:
    return load_hugging_face(tokenizer_path)


def load_hugging_face(path: Path) -> HuggingFaceTokenizer:
    tokenizer = HuggingFaceTokenizer.from_file(str(path))
    tokenizer.encode_special_tokens = True  # text is text
    return tokenizer


def check(text: str, ours: Tokenizer, encoding: tiktoken.Encoding, hugging_face: HuggingFaceTokenizer) -> None:
    ids = ours.encode(text)
    assert encoding.encode_ordinary(text) == ids
    assert hugging_face.encode(text).ids == ids
    assert encoding.decode(ids) == text
    assert hugging_face.decode(ids, skip_special_tokens=False) == text


@settings(max_examples=500, deadline=None)
@given(text=st.text())
def test_any_text(
    text: str, tokenizer: Tokenizer, encoding: tiktoken.Encoding, hugging_face: HuggingFaceTokenizer
) -> None:
    check(text, tokenizer, encoding, hugging_face)


TRICKY_PARTS = [
    *[
        " ",
        "  ",
        "\n",
        "\r\n",
        "\t",
        "\xa0",
        "\x85",
        "'",
        "'s",
        "'LL",
        "'\u017f",
        "a",
        "the",
        "Once",
        "é",
        "字",
        "1",
        "½",
    ],
    *["!", "?!", "“", "🙂", "\0", "\u0301", "\u200d", "ßs", "'ﬆ"],
]
TRICKY = st.lists(st.sampled_from(TRICKY_PARTS), max_size=30).map("".join)


@settings(max_examples=500, deadline=None)
@given(text=TRICKY)
def test_tricky_text(
    text: str, tokenizer: Tokenizer, encoding: tiktoken.Encoding, hugging_face: HuggingFaceTokenizer
) -> None:
    check(text, tokenizer, encoding, hugging_face)


@pytest.mark.parametrize("text", [*ODD_TEXTS, *make_stories(20, seed=9)])
def test_odd_texts_and_stories(
    text: str, tokenizer: Tokenizer, encoding: tiktoken.Encoding, hugging_face: HuggingFaceTokenizer
) -> None:
    check(text, tokenizer, encoding, hugging_face)


@settings(max_examples=60, deadline=None)
@given(st.text("aab c", max_size=400), st.lists(st.text("aab c", max_size=80), max_size=20))
def test_vocabularies_full_of_overlaps(tmp_path_factory: pytest.TempPathFactory, text: str, others: list[str]) -> None:
    """Repeated letters make tokens whose bytes can be cut in many ways; no reader may find another way to them."""
    supported = next(size for size in range(259, 2000) if not _supports(text, size + 1))
    path = tmp_path_factory.mktemp("overlaps") / "tokenizer.json"
    train_tokenizer([text], supported).save(path)
    ours, encoding, hugging_face = Tokenizer.load(path), tiktoken_encoding(path), load_hugging_face(path)
    for other in [text, *others]:
        check(other, ours, encoding, hugging_face)


def _supports(text: str, size: int) -> bool:
    try:
        train_tokenizer([text], size)
    except UsageError:
        return False
    return True


def test_special_tokens(tokenizer: Tokenizer, encoding: tiktoken.Encoding, tokenizer_path: Path) -> None:
    ids = [tokenizer.end_of_text, tokenizer.im_start, tokenizer.im_end]
    parsing = HuggingFaceTokenizer.from_file(str(tokenizer_path))
    assert parsing.encode("".join(SPECIAL_TOKENS)).ids == ids
    assert parsing.get_vocab_size() == tokenizer.vocab_size
    assert encoding.encode("".join(SPECIAL_TOKENS), allowed_special="all") == ids
    assert encoding.n_vocab == tokenizer.vocab_size


def test_lone_surrogates_as_tiktoken_has_them(tokenizer: Tokenizer, encoding: tiktoken.Encoding) -> None:
    for text in ["a\ud83d b", "\ude00\ud83d", "\ud83d\ude42"]:
        assert tokenizer.encode(text) == encoding.encode_ordinary(text)


def test_files_that_others_wrote_again_can_be_read(tokenizer: Tokenizer, tokenizer_path: Path, tmp_path: Path) -> None:
    hugging_face = HuggingFaceTokenizer.from_file(str(tokenizer_path))
    hugging_face.save(str(tmp_path / "tokenizer.json"))
    again = Tokenizer.load(tmp_path / "tokenizer.json")
    assert [again.encode(text) for text in ODD_TEXTS] == [tokenizer.encode(text) for text in ODD_TEXTS]


@pytest.mark.slow
def test_ten_thousand_random_texts(
    tokenizer: Tokenizer, encoding: tiktoken.Encoding, hugging_face: HuggingFaceTokenizer
) -> None:
    chance = random.Random(1)
    ranges = [(0x20, 0x7F), (0, 0x250), (0x250, 0x3000), (0x3000, 0xD800), (0xE000, 0x10000), (0x10000, 0x110000)]
    for _ in range(10_000):
        kinds = chance.choices(ranges, k=chance.randint(1, 3))
        length = chance.randint(0, 200)
        text = "".join(chr(chance.randrange(*chance.choice(kinds))) for _ in range(length))
        check(text, tokenizer, encoding, hugging_face)


HOSTILE = {
    "a word of 10 MB": lambda: "".join(random.Random(2).choices("abcdefghij", k=10_000_000)),
    "one letter 10 million times": lambda: "a" * 10_000_000,
    "emoji chains": lambda: "👩\u200d👩\u200d👧\u200d👦🏳\ufe0f\u200d🌈" * 50_000,
    "NULs": lambda: "\0" * 1_000_000 + "a\0b" * 100_000,
    "spaces": lambda: " " * 1_000_000 + "a" + "\n " * 500_000,
    "combining marks": lambda: "e" + "\u0301" * 1_000_000,
}


@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_texts(
    name: str, tokenizer: Tokenizer, encoding: tiktoken.Encoding, hugging_face: HuggingFaceTokenizer
) -> None:
    text = HOSTILE[name]()
    ids = tokenizer.encode(text)
    assert tokenizer.decode(ids) == text
    assert hugging_face.encode(text).ids == ids
    if name != "spaces":  # there tiktoken's stack overflows
        assert encoding.encode_ordinary(text) == ids
