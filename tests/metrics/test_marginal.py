import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose
from scipy.stats import ks_2samp, norm

from rpgan.metrics import Marginal
from rpgan.metrics.marginal import proportions
from rpgan.processes import AlphaStable
from rpgan.randomness import generator

REAL = generator(1, "marginal").standard_normal((200, 500))
FRESH = generator(2, "marginal").standard_normal((200, 500))
integers = arrays(
    float,
    st.tuples(st.integers(2, 5), st.integers(1, 20)),
    elements=st.integers(-3, 3).map(float),
)


def ks(real, fake, quantiles=255):
    return Marginal(quantiles=quantiles).fit(real, None)(fake)["marginal_ks"]


def test_a_scale_has_the_theoretical_distance():
    # max over x of Phi(x) - Phi(x / 2), where the two densities cross: 0.1613
    x = np.sqrt(8 * np.log(2) / 3)
    error = np.sqrt(2 * 0.25 / REAL.size)
    assert_allclose(ks(REAL, 2 * FRESH), norm.cdf(x) - norm.cdf(x / 2), atol=5 * error)


def test_a_shift_has_the_theoretical_distance():
    error = np.sqrt(2 * 0.25 / REAL.size)
    assert_allclose(ks(REAL, FRESH + 0.3), 2 * norm.cdf(0.15) - 1, atol=5 * error)


def test_it_approaches_the_kolmogorov_smirnov_statistic():
    real, fake = REAL[:4, :100], 1.3 * FRESH[:6, :100]
    exact = ks_2samp(real.ravel(), fake.ravel()).statistic  # type: ignore[attr-defined]
    assert exact - 1 / 256 <= ks(real, fake) <= exact
    assert_allclose(ks(real, fake, quantiles=10_000), exact, atol=1 / 400)


@given(integers)
def test_atoms_of_the_law_are_no_difference(series):
    assert ks(series, series) == 0
    assert_allclose(ks(series, series[::-1]), 0, atol=1e-12)


@given(integers, integers)
def test_the_difference_at_atoms_is_that_of_the_distribution_functions(real, fake):
    # With more quantiles than samples every value of the real set is an edge.
    edges = np.unique(real)
    steps = [(s[..., None] <= edges).mean(axis=(0, 1)) for s in (real, fake)]
    assert_allclose(ks(real, fake, 10_001), np.abs(steps[0] - steps[1]).max(), atol=1e-12)


def test_every_sample_is_in_one_bin():
    shares = proportions(np.array([-1.0, 0.0, 2.0]), np.array([[-5, -1, -0.5, 0], [0, 2, 3, 9.0]]))
    assert_allclose(shares, [[0.5, 0.5, 0, 0], [0, 0.25, 0.25, 0.5]])


def test_order_is_not_seen():
    shuffled = generator(3).permuted(FRESH, axis=1)
    assert_allclose(ks(REAL, shuffled), ks(REAL, FRESH), atol=1e-12)


def test_tails_beyond_the_outermost_edges_are_not_seen():
    louder = np.where(np.abs(FRESH) > 4, 100 * FRESH, FRESH)
    assert (louder != FRESH).any()
    assert ks(REAL, louder) == ks(REAL, FRESH)


def test_it_exists_for_heavy_tails():
    law = AlphaStable(alpha=0.5)
    real, fresh, other = (law.sample(100, 200, generator(4, part)) for part in "abc")
    assert ks(real, fresh) < 1.95 * np.sqrt(2 / real.size)  # Kolmogorov, level 0.001
    assert ks(real, 2 * other) > 0.05


def test_no_quantile_is_refused():
    with pytest.raises(ValueError, match="quantiles must be at least 1, got 0"):
        Marginal(quantiles=0)
