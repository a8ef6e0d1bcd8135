import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinytales.training.display import Moment, display, sparkline
from tinytales.training.samples import is_sample_step


@given(st.lists(st.floats(-100, 100), max_size=80), st.integers(1, 20))
def test_a_curve_fits_and_uses_its_whole_height(values: list[float], width: int) -> None:
    line = sparkline(values, width)
    assert len(line) == min(width, len(values))
    assert not line or len(set(values)) < 2 or len(values) > width or {"▁", "█"} <= set(line)


def test_a_falling_curve_falls() -> None:
    assert sparkline([8, 7, 6, 5, 4, 3, 2, 1], 8) == "█▇▆▅▄▃▂▁"
    assert sparkline([1, 1], 8) == "▁▁"


def test_samples_come_at_ever_longer_intervals() -> None:
    assert [step for step in range(101) if is_sample_step(step, 100)] == [0, 1, 2, 4, 8, 16, 32, 64, 100]


def test_without_a_terminal_there_are_plain_lines(capsys: pytest.CaptureFixture[str]) -> None:
    with display(0) as shown:
        shown.tell(4, "Once", " upon\x1b[31m a\n\ntime" + " and" * 90)
        shown.show(Moment(5, 10, 2.5, None, 1234.5))
        shown.show(Moment(10, 10, 2.25, 0.75, 1234.5))
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith("  at step 4: Once upon[31m a time and and")
    assert lines[0].endswith("…")
    assert lines[1:] == ["training: step 10/10 (100%), loss 2.250, 0.750 bits per byte, 1,234 tokens/s"]
