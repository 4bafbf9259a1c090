"""Shot noise as independent normal deviates, by what each sample adds to the one before it."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.integrate import quad
from scipy.special import ndtr
from scipy.stats import gamma

from rpgan.errors import UndefinedLaw
from rpgan.processes import ShotNoise
from rpgan.processes.shot_innovations import Innovations, deviates, normal

ARRIVALS = ["continuous", "grid"]
RATES = [0.1, 0.5, 3.0, 100.0]


def innovations(arrivals, rate=1.0, spacing=0.1):
    return Innovations(rate, spacing, arrivals == "continuous")


@pytest.mark.parametrize("arrivals", ARRIVALS)
@pytest.mark.parametrize(("rate", "spacing"), [(0.05, 0.1), (1.0, 0.1), (3.0, 2.0), (20.0, 0.5)])
def test_the_law_of_a_sum_has_its_laplace_transform(arrivals, rate, spacing):
    """E exp(-s e) = s times the integral of exp(-s x) P(e <= x), by Poisson's cells in each case."""
    of = innovations(arrivals, rate, spacing)
    for s in (0.3, 2.0):
        exact = ((1 + of.decay * s) / (1 + s)) ** rate
        if arrivals == "grid":
            exact = np.exp(-rate * spacing * s / (1 + s))
        found, _ = quad(lambda x, s=s: s * np.exp(-s * x) * of.shares(x)[0], 0, 60 / s, limit=200)
        assert_allclose(found, exact, rtol=1e-7)
    below, above = of.shares(np.array([0.0, 0.1, 1.0, 5.0]))
    assert_allclose(below + above, 1, rtol=1e-13)
    assert_allclose(below[0], np.exp(-rate * spacing), rtol=1e-12)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("arrivals", ARRIVALS)
@pytest.mark.parametrize("spacing", [0.02, 1.0])
def test_samples_become_white(arrivals, rate, spacing, draw, limit):
    """In single precision, as files hold them, and by any moment or lag.

    Numbers at random take the place of silence, so that few arrivals show no wrong rate; a wrong
    level is seen by sums that never happen.
    """
    process = ShotNoise(rate=rate, spacing=spacing, arrivals=arrivals)
    series = draw(process, 200, 2000).astype(np.float32)
    assert scores(process.whiten(series)).max() < limit
    other = ShotNoise(rate=1.2 * rate, spacing=spacing, arrivals=arrivals)
    if rate * spacing * series.size > 3000:  # arrivals
        assert scores(other.whiten(series)).max() > limit
    assert scores(process.whiten(series + 0.02 * (1 + rate))).max() > limit


def scores(u: np.ndarray) -> np.ndarray:
    """Standard errors between `u` and white noise of variance 1."""
    square = u**2 - 1
    return np.abs(
        [
            np.mean(u) * np.sqrt(u.size),
            np.mean(square) * np.sqrt(u.size / 2),
            np.mean(u**3) * np.sqrt(u.size / 15),
            np.mean(u[:, 1:] * u[:, :-1]) * np.sqrt(u.size),
            np.mean(square[:, 1:] * square[:, :-1]) * np.sqrt(u.size) / 2,
            np.mean(u[:, 0]) * np.sqrt(len(u)),
            np.mean(square[:, 0]) * np.sqrt(len(u) / 2),
        ]
    )


def test_shapes_and_ranks():
    series = np.array([[0.7, 3.0, 2.8, 2.0], [40.0, 37.0, 33.5, 90.0]])
    at_any_time, on_the_grid = (innovations(arrivals) for arrivals in ARRIVALS)
    white = at_any_time.whiten(series)
    assert white.shape == (2, 4)
    assert_allclose(ndtr(white[0, 0]), gamma(1.0).cdf(0.7), rtol=1e-9)
    added = series[:, 1:] - np.exp(-0.1) * series[:, :-1]
    assert_allclose(white[0, 1:3], normal(*at_any_time.shares(added[0, :2])), atol=1e-5)
    assert white[0, 3] == -8, "2.0 is less than what is left of 2.8"
    assert white[1, 0] == white[1, 3] == 8, "rarer than any digit shows"
    assert (at_any_time.whiten(-series)[:, :3] == -8).all()
    white = on_the_grid.whiten(series)
    assert white.shape == (2, 3)
    assert_allclose(white[0, :2], normal(*on_the_grid.shares(added[0, :2])), atol=1e-5)


@pytest.mark.parametrize("arrivals", ARRIVALS)
def test_silence_is_a_number_at_random(arrivals, limit):
    """From the share of the law that lies below, by rounding of either sign."""
    of, n = innovations(arrivals), 4000
    decaying = np.exp(-0.1 * np.arange(60)) * np.linspace(2, 4, n)[:, None]
    rounded = decaying.astype(np.float32).astype(float)
    for series in (decaying, rounded):
        white = of.whiten(series)
        assert_array_equal(of.whiten(series[::-1])[::-1], white, "it goes by the series alone")
        u = ndtr(white[:, -59:]) / np.exp(-0.1)
        assert 0 < u.min() < 1e-4
        assert 0.9999 < u.max() < 1 + 2e-5
        assert abs(u.mean() - 0.5) < limit * np.sqrt(1 / 12 / u.size)
        assert abs(np.corrcoef(u[:, 0], u[:, 1])[0, 1]) < limit / np.sqrt(n)


def test_silence_from_the_start(limit):
    """Of low rates samples are often below rounding."""
    of = innovations("continuous", rate=0.05)
    series = np.linspace(0, of.nothing, 4000)[:, None]
    u = ndtr(of.whiten(series))[:, 0] / gamma(0.05).cdf(of.nothing)
    assert u.max() < 1
    assert abs(u.mean() - 0.5) < limit * np.sqrt(1 / 12 / u.size)


@pytest.mark.parametrize("arrivals", ARRIVALS)
@pytest.mark.parametrize("rate", RATES)
def test_straight_lines_are_near_enough(arrivals, rate):
    of = innovations(arrivals, rate)
    roots, z = deviates(of)
    assert (np.diff(z) >= 0).all()
    at = np.random.default_rng(0).uniform(0, roots[-1], 1000)
    exact = normal(*of.shares(at**2))
    inside = np.abs(exact) < 7
    assert inside.sum() > 100
    assert_allclose(np.interp(at, roots, z)[inside], exact[inside], atol=1e-5)


def test_series_of_no_known_sums():
    for process in (ShotNoise(rate=1, amplitude="rayleigh"), ShotNoise(rate=1, amplitude="normal")):
        with pytest.raises(UndefinedLaw, match="amplitudes of a few arrivals add up to has no law"):
            process.whiten(np.ones((1, 5)))
    with pytest.raises(UndefinedLaw, match=r"more than 3000 .* lower the rate or the spacing"):
        ShotNoise(rate=1, spacing=6.0).whiten(np.ones((1, 5)))
    with pytest.raises(UndefinedLaw, match="more than 3000"):
        ShotNoise(rate=8e4, arrivals="grid").whiten(np.ones((1, 5)))
    with pytest.raises(ValueError, match=r"shape \(n, length\), got \(5,\)"):
        ShotNoise(rate=1).whiten(np.ones(5))
