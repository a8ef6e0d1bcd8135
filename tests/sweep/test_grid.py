"""Grids, what they cost, and the law through their results."""

from pathlib import Path

import pytest

from tinytales.errors import MissingError, UsageError
from tinytales.sweep import shelf
from tinytales.sweep.fit import fit, seed_spread
from tinytales.sweep.grid import Grid, values_of
from tinytales.sweep.plot import terminal_plot
from tinytales.sweep.results import Result


def grid(**axes: tuple[str, ...]) -> Grid:
    return Grid("try", "mine", None, "demo", axes)


def result(parameters: int, bits: float, seed: int = 0) -> Result:
    values = {"depth": str(parameters), "seed": str(seed)}
    return Result(f"r{parameters}-{seed}", values, parameters, 1000, bits)


def test_every_combination_once() -> None:
    made = grid(vocab_size=("512", "1024"), depth=("1", "2"), minutes=("0.5",), seed=("0", "1", "2"))
    runs = made.runs()
    assert len(runs) == 12
    assert len({run.name for run in runs}) == 12
    assert runs[0].command == ["train", "try-v512", "--name", runs[0].name, "--preset", "demo"]
    assert runs[0].variables["TINYTALES_TRAIN_DEPTH"] == "1"
    assert "TINYTALES_TRAIN_VOCAB_SIZE" not in runs[0].variables
    assert made.tokenizations()[1] == ["tokenize", "mine", "--name", "try-v1024", "--vocab-size", "1024"]
    assert made.minutes() == 6
    assert grid(depth=("1", "2")).minutes() == 4  # the preset's two each
    assert grid(tokens=("1000",)).minutes() is None


@pytest.mark.parametrize(
    "axes",
    [
        {"colour": ("1",)},
        {"depth": ()},
        {"depth": ("1", "1")},
        {"minutes": ("1",), "steps": ("1",)},
        {"depth": tuple(map(str, range(200))), "width": tuple(map(str, range(200)))},
        {"rope_theta": ("../x", "1")},
    ],
)
def test_grids_that_are_none(axes: dict[str, tuple[str, ...]]) -> None:
    with pytest.raises(UsageError):
        grid(**axes)


def test_values_in_a_row() -> None:
    assert values_of("1, 2,,3 ") == ("1", "2", "3")


def test_sweeps_are_kept_and_never_replaced(home: Path) -> None:
    with pytest.raises(MissingError):
        shelf.find(None)
    first = grid(depth=("1", "2"))
    shelf.keep(first)
    shelf.keep(first)
    assert shelf.find(None) == shelf.find("try") == first
    with pytest.raises(UsageError, match="another sweep"):
        shelf.keep(grid(depth=("1", "3")))
    (home / "sweeps" / "try.toml").write_text("name = 3")
    with pytest.raises(MissingError, match="damaged"):
        shelf.find("try")


def test_a_power_law_is_found_and_goes_on() -> None:
    results = [result(size, 3.0 * size**-0.1) for size in (1000, 2000, 4000)]
    law = fit(results, "parameters")
    assert law is not None
    assert law.slope == pytest.approx(-0.1)
    assert law(8000) == pytest.approx(3.0 * 8000**-0.1)
    assert law.range(8000) == pytest.approx((law(8000), law(8000)))
    assert fit(results, "tokens") is None
    assert fit(results, "vocab_size") is None


def test_the_law_goes_on_from_the_best_of_the_other_settings() -> None:
    """As those of a grid that varies width and tokens: each width has its line, all of one slope."""
    results = [
        Result(f"w{width}-{tokens}", {"width": str(width), "tokens": str(tokens)}, width, tokens, bits)
        for width in (64, 128)
        for tokens in (1000, 2000, 4000)
        for bits in (9.0 * tokens**-0.2 * width**-0.1,)
    ]
    by_tokens, by_size = fit(results, "tokens"), fit(results, "parameters")
    assert by_tokens is not None
    assert by_size is not None
    assert by_tokens.slope == pytest.approx(-0.2)
    assert by_tokens(8000) == pytest.approx(9.0 * 8000**-0.2 * 128**-0.1)
    assert by_tokens.deviation == pytest.approx(0, abs=1e-9)
    assert by_size(256) == pytest.approx(9.0 * 4000**-0.2 * 256**-0.1)


def test_what_was_not_varied_has_no_law() -> None:
    """Runs of equal minutes see more or fewer tokens, by size and by chance: that says nothing of tokens."""
    results = [
        Result(f"d{depth}-{seed}", {"depth": str(depth), "minutes": "1", "seed": str(seed)}, depth, 900 - seed, 2.0)
        for depth in (1, 2)
        for seed in (0, 1)
    ]
    assert fit(results, "tokens") is None
    assert fit(results[:1], "parameters") is None


def test_seeds_tell_how_much_is_chance() -> None:
    assert seed_spread([result(1, 1.0), result(2, 2.0)]) is None
    pairs = [result(1, 1.0, 0), result(1, 1.2, 1), result(2, 1.0, 0), result(2, 1.0, 1)]
    assert seed_spread(pairs) == pytest.approx(0.2 / 2**0.5 / 2)


def test_the_plot_shows_runs_and_law() -> None:
    results = [result(size, 3.0 * size**-0.1, seed) for size in (1000, 2000, 4000) for seed in (0, 1)]
    law = fit(results, "parameters")
    assert law is not None
    drawn = list(terminal_plot(results, law))
    assert sum(line.count("◉") for line in drawn) == 3
    assert "1,000" in drawn[-1]
    assert "4,000" in drawn[-1]
    assert len({len(line) <= 70 for line in drawn}) == 1
