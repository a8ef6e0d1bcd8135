import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tinytales.training.packing import Pattern, best_fit, deal


@given(st.lists(st.integers(1, 16), min_size=1, max_size=60), st.integers(16, 40), st.integers(0, 9))
def test_every_piece_is_in_one_row_that_holds_it(lengths: list[int], capacity: int, seed: int) -> None:
    pieces = np.array(lengths)
    patterns = best_fit(pieces, capacity)
    rows = deal(pieces, patterns, np.random.default_rng(seed))
    assert sorted(piece for row in rows for piece in row.tolist()) == list(range(len(lengths)))
    assert all(pieces[row].sum() <= capacity for row in rows)
    assert len(rows) == sum(pattern.rows for pattern in patterns)
    # No two rows could have been one.
    loads = sorted(int(pieces[row].sum()) for row in rows)
    assert len(loads) < 2 or loads[0] + loads[1] > capacity


def test_the_longest_that_fits_comes_next() -> None:
    assert best_fit(np.array([7, 3, 3, 2, 2, 1]), 10) == [Pattern((7, 3), 1), Pattern((3, 2, 2, 1), 1)]
    assert best_fit(np.array([6, 6, 4, 4]), 10) == [Pattern((6, 4), 2)]
