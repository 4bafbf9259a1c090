import numpy as np
from numpy.testing import assert_allclose
from scipy.spatial.distance import cdist

from rpgan.metrics import EnergyDistance
from rpgan.metrics.energy_distance import compare, within_groups
from rpgan.metrics.neighbours import dealt, squared_distances
from rpgan.processes import FGN, AlphaStable
from rpgan.randomness import generator

LAW = FGN(hurst=0.7)


def points(n, k, *purpose):
    return generator(1, "energy", *purpose).standard_normal((n, k))


def value(real, fake):
    n = len(real)
    return compare(real, cdist(real, real).sum() / (n * (n - 1)), fake)["energy_distance"]


def test_it_is_the_unbiased_statistic_written_out():
    real, fake = points(300, 5, "real"), points(70, 5, "fake") + 0.3
    n, m = len(real), len(fake)
    expected = 2 * cdist(fake, real).mean()
    expected -= cdist(real, real).sum() / (n * (n - 1)) + cdist(fake, fake).sum() / (m * (m - 1))
    assert_allclose(value(real, fake), expected, rtol=1e-9)


def test_a_shift_of_a_normal_law_has_the_closed_form():
    # E|N(d, 2)| = 2 / sqrt(pi) exp(-d^2 / 4) + d erf(d / 2); without shift 2 / sqrt(pi)
    shift, sets = 1.0, 40
    expected = 2 * (2 / np.sqrt(np.pi) * np.exp(-0.25) + 0.5204998778) - 4 / np.sqrt(np.pi)
    found = [value(points(200, 1, "a", b), points(150, 1, "b", b) + shift) for b in range(sets)]
    assert_allclose(np.mean(found), expected, atol=5 * np.std(found) / np.sqrt(sets))


def test_it_is_unbiased_for_the_law_itself():
    sets = 100
    found = [value(points(60, 8, "c", b), points(40, 8, "d", b)) for b in range(sets)]
    assert_allclose(np.mean(found), 0, atol=4 * np.std(found) / np.sqrt(sets))
    assert min(found) < 0


def test_sums_within_and_between_groups():
    x, groups = points(303, 4, "groups"), 20
    d, g = cdist(x, x), np.arange(303) % groups
    expected = [[d[np.ix_(g == a, g == b)].sum() for b in range(groups)] for a in range(groups)]
    assert_allclose(within_groups(x, groups), expected, rtol=1e-6)
    order, starts = dealt(303, groups)
    assert (g[order] == np.repeat(np.arange(groups), np.diff(starts, append=303))).all()


def test_distances_are_euclids():
    a, b = points(600, 7, "far") + 100, points(300, 7, "away")
    for rows, squared in squared_distances(a, b):
        assert_allclose(squared, cdist(a[rows], b) ** 2, rtol=1e-9)
    for rows, squared in squared_distances(a, a, same=True):
        assert np.isinf(squared[np.arange(len(squared)), np.arange(rows.start, rows.stop)]).all()
        assert np.isfinite(squared).sum() == squared.size - len(squared)


def test_series_of_another_law_are_far():
    real, fake = (LAW.sample(200, 256, generator(2, p)) for p in ("real", "fake"))
    fitted = EnergyDistance().fit(real, LAW)
    assert abs(fitted(fake)["energy_distance"]) < 0.05
    assert fitted(np.sign(fake) * np.abs(fake) ** 1.2)["energy_distance"] > 1


def test_it_exists_for_heavy_tails():
    law = AlphaStable(alpha=0.5)
    real, fake = (law.sample(200, 256, generator(3, p)) for p in ("real", "fake"))
    fitted = EnergyDistance().fit(real, law)
    near, far = (fitted(x)["energy_distance"] for x in (fake, 2 * fake))
    assert abs(near) < 0.05
    assert far > 10 * abs(near)
