from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tinytales.training.batches import StoryStream

END = 9


def stream_of(lengths: list[int], row: int, seed: int = 0) -> StoryStream:
    """Stories of distinct tokens: each is END followed by its numbers."""
    tokens: list[int] = []
    starts = []
    for length in lengths:
        starts.append(len(tokens))
        tokens += [END, *range(1000 + len(tokens), 1000 + len(tokens) + length)]
    return StoryStream(np.array([*tokens, END], dtype=np.uint16), np.array(starts, dtype=np.int64), row, seed)


def stories_of(lengths: list[int]) -> list[list[int]]:
    """Each story with the END that follows it: what is to be learned."""
    begin, stories = 0, []
    for length in lengths:
        stories.append([*range(1000 + begin, 1000 + begin + length), END])
        begin += length + 1
    return stories


lengths_of_stories = st.lists(st.integers(1, 20), min_size=1, max_size=12)
row_lengths = st.integers(2, 12)


@given(lengths_of_stories, row_lengths, st.integers(0, 3))
def test_every_epoch_teaches_every_story(lengths: list[int], row: int, epoch: int) -> None:
    stream = stream_of(lengths, row)
    rows = stream.rows(epoch * stream.epoch_rows, stream.epoch_rows)
    text = " ".join(",".join(map(str, line)) for line in rows.tolist())
    for story in stories_of(lengths):
        for first in range(0, len(story), row):
            piece = story[first : first + row]
            if first > 0:  # after <|endoftext|>, which says nothing of a story's middle
                piece = [-1 - piece[0], *piece[1:]]
            assert any(",".join(map(str, [end, *piece])) in text for end in (END, -1 - END))


@given(lengths_of_stories, row_lengths)
def test_places_say_where_targets_stand(lengths: list[int], row: int) -> None:
    stream = stream_of(lengths, row)
    rows, places = (read(3, 2 * stream.epoch_rows) for read in (stream.rows, stream.places))
    targets = rows[:, 1:]
    tokens = np.concatenate([[END, *story[:-1]] for story in stories_of(lengths)] + [[END]])
    np.testing.assert_array_equal(tokens[places], np.where(targets < 0, -1 - targets, targets))
    assert places.min() > 0  # the first <|endoftext|> is nobody's target


@given(lengths_of_stories, row_lengths)
def test_rows_teach_what_follows_in_a_story_and_nothing_else(lengths: list[int], row: int) -> None:
    stream = stream_of(lengths, row)
    for line in stream.rows(0, 2 * stream.epoch_rows):
        assert line[0] == END
        for token, target in pairwise(line.tolist()):
            token = token if token >= 0 else -1 - token
            if target < 0:
                continue
            if token == END:
                assert target in [story[0] for story in stories_of(lengths)]
            else:
                assert target in (token + 1, END)


@given(lengths_of_stories, st.integers(0, 30), st.integers(1, 6), row_lengths)
def test_rows_dont_depend_on_how_they_are_asked_for(lengths: list[int], first: int, count: int, row: int) -> None:
    at_once = stream_of(lengths, row).rows(first, count)
    one_by_one = [stream_of(lengths, row).rows(first + index, 1)[0] for index in range(count)]
    assert np.array_equal(at_once, np.stack(one_by_one))
    assert at_once.shape == (count, row + 1)


def test_each_epoch_has_an_order_of_its_own() -> None:
    stream = stream_of([3] * 50, 4)
    size = stream.epoch_rows
    assert size == 50
    assert not np.array_equal(stream.rows(0, size), stream.rows(size, size))
    assert not np.array_equal(stream.rows(0, size), stream_of([3] * 50, 4, seed=1).rows(0, size))
