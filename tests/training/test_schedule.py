from hypothesis import given
from hypothesis import strategies as st

from tinytales.training.schedule import Schedule


@given(st.integers(1, 500), st.floats(0, 1), st.floats(0, 1))
def test_it_rises_holds_and_falls(steps: int, warmup: float, warmdown: float) -> None:
    schedule = Schedule.over(steps, warmup, warmdown)
    shares = [schedule(step) for step in range(steps)]
    assert all(0 < share <= 1 for share in shares)
    peak = shares.index(max(shares))
    assert shares[: peak + 1] == sorted(shares[: peak + 1])
    assert shares[peak:] == sorted(shares[peak:], reverse=True)
    assert schedule(steps) == 0


def test_the_full_rate_is_held_between() -> None:
    schedule = Schedule.over(100, warmup=0.1, warmdown=0.3)
    assert [schedule(step) for step in (0, 9, 50, 70)] == [0.1, 1, 1, 1]
    assert schedule(99) == 1 / 30
