import numpy as np
import pytest
from numpy.testing import assert_allclose

from rpgan.errors import UndefinedLaw
from rpgan.metrics import MMD
from rpgan.metrics.intervals import jackknife, recomputed
from rpgan.metrics.mmd import median_distance
from rpgan.processes import FGN, AlphaStable
from rpgan.randomness import generator

WHITE = FGN(hurst=0.5)


def white(n, length, *purpose):
    return WHITE.sample(n, length, generator(1, "mmd", *purpose))


def by_pairs(real, fake):
    """Pair by pair; the median over the pairs of different real series."""
    apart = [np.linalg.norm(a - b) for i, a in enumerate(real) for b in real[:i]]
    s = np.median(apart)

    def k(a, b):
        return np.exp(-np.sum((a - b) ** 2) / (2 * s**2))

    def within(x):
        return np.mean([k(a, b) for i, a in enumerate(x) for j, b in enumerate(x) if i != j])

    return within(real) + within(fake) - 2 * np.mean([k(a, b) for a in real for b in fake])


def test_by_hand():
    # Two real series at distance 2 = s, two generated ones at distance 1 from each other.
    real, fake = np.array([[0.0], [2.0]]), np.array([[0.0], [1.0]])
    k1, k2 = np.exp(-1 / 8), np.exp(-4 / 8)
    expected = k2 + k1 - 2 * (1 + k1 + k2 + k1) / 4
    assert_allclose(MMD().fit(real, None)(fake)["mmd"], expected, rtol=1e-14)


@pytest.mark.parametrize(("n", "m"), [(7, 5), (5, 8)])
def test_pair_by_pair(n, m):
    real, fake = white(n, 6, "real"), 1.5 * white(m, 6, "fake") + 0.3
    assert_allclose(MMD().fit(real, None)(fake)["mmd"], by_pairs(real, fake), rtol=1e-12)


def test_channels_are_one_vector():
    real, fake = white(12, 6, "real"), white(10, 6, "fake")
    both = [
        MMD().fit(real.reshape(12, *shape), None)(fake.reshape(10, *shape))["mmd"]
        for shape in ((6,), (2, 3))
    ]
    assert both[0] == both[1]


def test_a_perfect_generator_is_at_0_on_average():
    real = white(400, 8, "truth")
    fitted = MMD().fit(real, WHITE)
    found = np.array([fitted(white(30, 8, "fresh", b))["mmd"] for b in range(100)])
    between = np.array(
        [MMD().fit(white(30, 8, "r", b), WHITE)(white(30, 8, "f", b))["mmd"] for b in range(100)]
    )
    assert abs(between.mean()) < 4 * between.std() / 10
    assert (found < 0).any()
    assert fitted(2 * white(30, 8, "loud"))["mmd"] > 5 * found.std()


def test_large_sets_go_in_pieces():
    real, fake = white(600, 4, "many"), white(1100, 4, "more")
    fitted = MMD().fit(real, None)
    s = median_distance(real)

    def kernel(a, b):
        return np.exp(-((a[:, None] - b) ** 2).sum(axis=2) / (2 * s**2))

    within = [(kernel(x, x).sum() - len(x)) / (len(x) * (len(x) - 1)) for x in (real, fake)]
    expected = sum(within) - 2 * kernel(real, fake).mean()
    assert_allclose(fitted(fake)["mmd"], expected, atol=1e-14)


@pytest.mark.parametrize("n", [5, 21, 40])
def test_the_interval_needs_the_kernel_once(n):
    real, fake = white(30, 8, "real"), white(n, 8, "fake")
    fitted = MMD().fit(real, None)
    assert fitted.deleted is not None
    groups = min(20, n)
    fast, slow = fitted.deleted(fake, groups), recomputed(fitted.compare, fake, groups)
    assert_allclose([v["mmd"] for v in fast], [v["mmd"] for v in slow], rtol=1e-10, atol=1e-14)
    low, high = jackknife(fitted.compare, fake, deleted=fitted.deleted)["mmd"]
    assert low < fitted(fake)["mmd"] < high


def test_huge_samples_are_far():
    real = AlphaStable(alpha=0.3).sample(20, 16, generator(1, "huge"))
    assert np.isfinite(MMD().fit(real, None)(np.full((20, 16), 1e100))["mmd"])


def test_equal_series_have_no_typical_distance():
    with pytest.raises(UndefinedLaw, match="alike"):
        MMD().fit(np.ones((6, 4)), None)
