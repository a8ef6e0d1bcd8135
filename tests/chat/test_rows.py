from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinytales.chat.conversation import Conversation
from tinytales.chat.rows import RowStream, document_row, pack
from tinytales.errors import MissingError
from tinytales.tokenizer.chat_template import Message, render
from tinytales.tokenizer.targets import ids_of, weights_of
from tinytales.tokenizer.tokenizer import Tokenizer
from tinytales.tokenizer.train import train_tokenizer


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return train_tokenizer(["The cat sat on the mat. The dog ran to the cat."] * 3, 280)


def test_a_story_is_learned_to_its_end(tokenizer: Tokenizer) -> None:
    row = document_row(tokenizer, "The cat sat.")
    assert list(row[1:]) == [*tokenizer.encode("The cat sat."), tokenizer.end_of_text]
    assert ids_of(row)[0] == tokenizer.end_of_text
    assert weights_of(row)[0] == 0


def test_of_a_conversation_only_what_the_assistant_says_is_learned(tokenizer: Tokenizer) -> None:
    messages = (
        Message("user", "A cat"),
        Message("assistant", "The cat."),
        Message("user", "Go on"),
        Message("assistant", "It sat."),
    )
    whole = document_row(tokenizer, Conversation("x", messages))
    assert list(ids_of(whole)) == [*render(tokenizer, messages).ids, tokenizer.end_of_text]
    assert list(whole[whole >= 0]) == [
        *tokenizer.encode("The cat."),
        tokenizer.im_end,
        *tokenizer.encode("It sat."),
        tokenizer.im_end,
    ]
    last = document_row(tokenizer, Conversation("x", messages, learned_from=3))
    assert list(last[last >= 0]) == [*tokenizer.encode("It sat."), tokenizer.im_end]


def test_an_asked_word_weighs_more_where_it_first_comes_in_the_answer(tokenizer: Tokenizer) -> None:
    story = "The cat sat on the mat. " * 40
    messages = (Message("user", "A story with mat"), Message("assistant", story))
    asked = tokenizer.encode(" mat")
    row = document_row(tokenizer, Conversation("request", messages, 1, ("mat",)), emphasis=4)
    ids, weights = ids_of(row), weights_of(row)
    said = [start for start in range(len(ids)) if list(ids[start : start + len(asked)]) == asked]
    assert len(said) == 41
    assert set(weights[said[1] : said[1] + len(asked)]) == {4}
    assert (weights == 4).sum() == len(asked)
    assert (weights == 1).sum() == len(tokenizer.encode(story)) + 1 - len(asked)
    plainly = document_row(tokenizer, Conversation("request", messages, 1, ("mat",)))
    np.testing.assert_array_equal(ids_of(plainly), ids)
    np.testing.assert_array_equal(weights_of(plainly), np.minimum(weights, 1))


def test_where_an_opening_ends_is_not_learned(tokenizer: Tokenizer) -> None:
    messages = (Message("user", "A story with mat"), Message("assistant", "The cat sat on the mat."))
    whole, opening = (
        document_row(tokenizer, Conversation("request", messages, 1, ("mat",), whole=whole), emphasis=4)
        for whole in (True, False)
    )
    assert list(ids_of(opening)) == list(ids_of(whole))
    assert list(whole[whole >= 0])[-1:] == [tokenizer.im_end]
    assert list(opening[opening >= 0]) == list(whole[whole >= 0])[:-1]


def test_where_a_sad_end_is_asked_for_what_makes_it_sad_weighs_more(tokenizer: Tokenizer) -> None:
    story = "The cat was sad. It sat. It ran. The dog was sad and alone. The cat cried. It was sad."
    messages = (Message("user", "A story that ends badly"), Message("assistant", story))
    row = document_row(tokenizer, Conversation("request", messages, 1, ending="sad"), emphasis=4)
    heavy = ids_of(row)[weights_of(row) == 4]
    assert tokenizer.decode(heavy.tolist()) == " sad alone cried sad"
    happy = document_row(tokenizer, Conversation("request", messages, 1, ending="happy"), emphasis=4)
    assert weights_of(happy).max() == 1


@given(st.lists(st.integers(1, 20), max_size=300))
def test_every_document_is_in_one_row_whole(lengths: list[int]) -> None:
    documents = [np.full(length, number, dtype=np.int32) for number, length in enumerate(lengths)]
    rows = list(pack(documents, 20, 7, Random(1)))
    assert all(len(row) == 20 for row in rows)
    found = np.concatenate(rows) if rows else np.array([], dtype=np.int32)
    assert (found == -8).sum() == 20 * len(rows) - sum(lengths)
    for number, length in enumerate(lengths):
        places = [index for index, row in enumerate(rows) if number in row]
        assert len(places) == 1
        (where,) = np.nonzero(rows[places[0]] == number)
        assert len(where) == length == where[-1] - where[0] + 1


def test_a_short_document_may_stand_anywhere_in_its_row() -> None:
    documents = [np.full(length, number, dtype=np.int32) for number, length in enumerate([14, 6] * 100)]
    first = [int(row[0]) % 2 for row in pack(documents, 20, 7, Random(1))]
    assert 30 < sum(first) < 70


def test_each_epoch_has_every_row_once_in_another_order(tmp_path: Path) -> None:
    path = tmp_path / "rows.bin"
    np.arange(7 * 5, dtype="<i4").tofile(path)
    stream = RowStream.open(path, 4, 64, seed=1)
    batches = [stream.rows(2 * step, 2) for step in range(7)]
    assert batches[0].shape == (2, 5)
    assert stream.epoch_tokens == 28
    rows = np.concatenate(batches)
    first, second = rows[:7, 0].tolist(), rows[7:, 0].tolist()
    assert sorted(first) == sorted(second) == list(range(0, 35, 5))
    assert first != second
    again = RowStream.open(path, 4, 64, seed=1)
    np.testing.assert_array_equal(again.rows(10, 2), batches[5])


@pytest.mark.parametrize(
    ("contents", "why"),
    [
        (b"", "bytes"),
        (b"\0" * 18, "bytes"),
        (np.full(5, 64, "<i4").tobytes(), "ids"),
        (np.full(5, -70, "<i4").tobytes(), "ids"),
    ],
)
def test_a_damaged_file_is_named(tmp_path: Path, contents: bytes, why: str) -> None:
    path = tmp_path / "rows.bin"
    path.write_bytes(contents)
    with pytest.raises(MissingError, match=why):
        RowStream.open(path, 4, 64, seed=0)
    with pytest.raises(MissingError, match="missing"):
        RowStream.open(tmp_path / "none", 4, 64, seed=0)
