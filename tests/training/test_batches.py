import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tinytales.training.batches import StoryStream

END = 9


def stream_of(lengths: list[int], seed: int = 0) -> StoryStream:
    """Stories of distinct tokens: each is END followed by its numbers."""
    tokens: list[int] = []
    starts = []
    for length in lengths:
        starts.append(len(tokens))
        tokens += [END, *range(1000 + len(tokens), 1000 + len(tokens) + length)]
    return StoryStream(np.array([*tokens, END], dtype=np.uint16), np.array(starts, dtype=np.int64), seed)


lengths_of_stories = st.lists(st.integers(1, 9), min_size=1, max_size=8)


@given(lengths_of_stories, st.integers(0, 3), st.integers(1, 7), st.integers(1, 5))
def test_every_epoch_holds_every_token_once(lengths: list[int], epoch: int, length: int, count: int) -> None:
    stream = stream_of(lengths)
    first, last = epoch * stream.epoch_tokens, (epoch + 1) * stream.epoch_tokens
    rows_needed = last // length + 1
    inputs = stream.rows(0, rows_needed, length)[:, :-1].ravel()
    assert sorted(inputs[first:last]) == sorted(stream.tokens[:-1])


@given(lengths_of_stories, st.integers(0, 30), st.integers(1, 6), st.integers(1, 6))
def test_rows_dont_depend_on_how_they_are_asked_for(lengths: list[int], first: int, count: int, length: int) -> None:
    at_once = stream_of(lengths).rows(first, count, length)
    one_by_one = [stream_of(lengths).rows(first + index, 1, length)[0] for index in range(count)]
    assert np.array_equal(at_once, np.stack(one_by_one))
    assert at_once.shape == (count, length + 1)
    assert np.array_equal(at_once[:-1, -1], at_once[1:, 0])


@given(lengths_of_stories)
def test_stories_stay_whole(lengths: list[int]) -> None:
    stream = stream_of(lengths)
    line = stream.rows(0, 1, 2 * stream.epoch_tokens)[0]
    stories = {
        tuple(stream.tokens[start + 1 : end])
        for start, end in zip(stream.starts, [*stream.starts[1:], stream.epoch_tokens], strict=True)
    }
    pieces = [tuple(piece[1:]) for piece in np.split(line[:-1], np.flatnonzero(line[:-1] == END)) if len(piece)]
    assert set(pieces) == stories
    assert len(pieces) == 2 * len(stories)


def test_each_epoch_has_an_order_of_its_own() -> None:
    stream = stream_of([3] * 50)
    line = stream.rows(0, 2, stream.epoch_tokens)
    assert not np.array_equal(line[0, :-1], line[1, :-1])
    assert not np.array_equal(line, stream_of([3] * 50, seed=1).rows(0, 2, stream.epoch_tokens))
