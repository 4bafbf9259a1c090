"""Seeds are the sample when architectures are compared."""

import numpy as np
import pytest

from rpgan.metrics.seeds import over_seeds, paired, sign_flips


def test_the_interval_is_students():
    """For 1, 2, 3: mean 2, deviation 1, t(0.975, 2) = 4.302653."""
    mean, low, high = over_seeds(np.array([1.0, 2.0, 3.0]))
    assert (mean, low, high) == pytest.approx((2, 2 - 4.302653 / 3**0.5, 2 + 4.302653 / 3**0.5))
    assert np.isnan(over_seeds(np.array([1.0]))[1:]).all()


def test_the_interval_covers():
    """5 seeds of one law: 95 % of 2000 intervals hold its mean, -+ 4 standard errors."""
    rng = np.random.default_rng(0)
    held = [low <= 0 <= high for _, low, high in map(over_seeds, rng.standard_normal((2000, 5)))]
    assert np.mean(held) == pytest.approx(0.95, abs=4 * np.sqrt(0.95 * 0.05 / 2000))


def test_signs():
    """All 8 signs of three equal differences: the mean is as far from 0 for two of them."""
    assert sign_flips(np.array([1.0, 1.0, 1.0])) == 2 / 8
    assert sign_flips(np.array([1.0, -1.0])) == 1
    assert sign_flips(np.array([3.0, 1.0])) == 2 / 4
    assert sign_flips(np.ones(40)) < 1e-3


def test_p_values_of_no_difference_are_uniform():
    rng = np.random.default_rng(1)
    p = np.array([sign_flips(row) for row in rng.standard_normal((2000, 8))])
    for level in (0.1, 0.3, 0.7):
        assert np.mean(p <= level) == pytest.approx(level, abs=4 * np.sqrt(0.25 / 2000))


def test_pairs_see_what_groups_do_not():
    """A shift of a tenth of the spread between data sets, the same in each."""
    of_dataset = 10 * np.random.default_rng(2).standard_normal(8)
    found = paired(of_dataset, of_dataset + 1 + 0.1 * np.arange(8))
    assert found["difference"] == pytest.approx(1.35)
    assert found["low"] > 1
    assert found["p_value"] == 2 / 2**8
    assert found["effect"] == pytest.approx(1.35 / np.std(0.1 * np.arange(8), ddof=1))
