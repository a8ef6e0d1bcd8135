import numpy as np
import pytest

from tinytales.evaluation.estimates import Estimate, Samples, difference


def test_a_figure_is_a_sum_over_a_sum() -> None:
    found = Samples.of([(1, 2), (5, 4)])
    assert found.value == 1.0
    assert Samples.mean([1, 2, 6]).value == 3.0
    assert Samples.of([]).value is None
    assert Samples.of([(0, 0)]).estimate() is None


def test_the_interval_is_that_of_theory() -> None:
    values = np.random.default_rng(1).normal(5, 2, size=400)
    found = Samples.mean(values).estimate()
    assert found is not None
    error = values.std() / np.sqrt(400)
    assert found.value == pytest.approx(values.mean())
    assert found.low == pytest.approx(values.mean() - 1.96 * error, abs=0.03)
    assert found.high == pytest.approx(values.mean() + 1.96 * error, abs=0.03)


def test_what_all_units_share_does_not_blur_a_difference() -> None:
    generator = np.random.default_rng(2)
    hard, noise = generator.normal(5, 2, size=300), generator.normal(0, 0.01, size=300)
    found = difference(Samples.mean(hard + 0.1 + noise), Samples.mean(hard))
    assert found is not None
    assert found.value == pytest.approx(0.1, abs=0.005)
    assert 0.09 < found.low < found.high < 0.11


def test_with_a_target_distances_from_it_differ() -> None:
    near, far = Samples.mean([9, 9, 9]), Samples.mean([14, 14, 14])
    assert difference(far, near, 10) == Estimate(3, 3, 3)
    assert difference(far, near) == Estimate(5, 5, 5)


def test_units_must_be_the_same() -> None:
    with pytest.raises(ValueError, match="2 units can't be paired with 1"):
        difference(Samples.mean([1, 2]), Samples.mean([1]))
    assert difference(Samples.of([(0, 0)]), Samples.mean([1])) is None
