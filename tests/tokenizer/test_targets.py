import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from tinytales.tokenizer.targets import ids_of, only_read, row_of, weights_of


@given(st.lists(st.tuples(st.integers(0, 65_535), st.integers(0, 16_384))))
def test_a_row_keeps_ids_and_weights(pairs: list[tuple[int, int]]) -> None:
    ids, weights = (np.array([pair[index] for pair in pairs], dtype=np.int32) for index in (0, 1))
    row = row_of(ids, weights)
    assert row.dtype == np.int32
    for form in (row, row.astype(np.int64), torch.from_numpy(row), torch.from_numpy(row.astype(np.int64))):
        assert ids_of(form).tolist() == ids.tolist()
        assert weights_of(form).tolist() == weights.tolist()


def test_an_id_stands_for_itself_where_it_is_learned_as_usual() -> None:
    ids = np.array([0, 7, 65_535], dtype=np.int32)
    assert row_of(ids, np.ones(3, dtype=np.int32)).tolist() == ids.tolist()
    assert weights_of(only_read(ids)).tolist() == [0, 0, 0]
    assert ids_of(only_read(ids)).tolist() == ids.tolist()
