"""Chirps: what is drawn, and what is found again."""

from math import pi, sqrt

import numpy as np
import pytest
from numpy.testing import assert_allclose

from rpgan.errors import UndefinedLaw
from rpgan.processes import Chirp


def one(frequency: float, rate: float, noise: float = 0.0) -> Chirp:
    return Chirp(frequency=(frequency, frequency), rate=(rate, rate), noise=noise)


def test_a_chirp_is_the_cosine_of_its_phase(draw):
    process = Chirp(
        frequency=(0.01, 0.01), rate=(2e-4, 2e-4), amplitude=(3, 3), phase=(0.4, 0.4)
    )  # fmt: skip
    t = np.arange(2000)
    want = 3 * np.cos(2 * pi * (0.01 * t + 1e-4 * t**2) + 0.4)
    assert_allclose(draw(process, 1, 2000)[0], want, atol=1e-9)
    crossings = np.flatnonzero(np.diff(np.sign(want[1500:1600])))
    assert len(crossings) == pytest.approx(200 * (0.01 + 2e-4 * 1550), abs=1)


def test_the_law_of_a_sample(draw, agree):
    process = Chirp(amplitude=(0.5, 2), noise=0.3)
    x = draw(process, 20000, 12)
    moments = process.moments()
    for column in (0, 11):
        agree(x[:, column], 0)
        agree(x[:, column] ** 2, moments["variance"])
        agree(x[:, column] ** 4, moments["kurtosis"] * moments["variance"] ** 2)
    with pytest.raises(AssertionError):
        agree(x[:, 0] ** 2, 1.05 * moments["variance"])
    for s, t in ((0, 1), (3, 11), (10, 5), (4, 4)):
        agree(x[:, s] * x[:, t], float(process.covariance(s, t)))
    fast = Chirp(frequency=(0.1, 0.2), rate=(0, 2e-3))
    x = draw(fast, 20000, 100)
    for s, t in ((97, 98), (60, 62)):
        want = float(fast.covariance(s, t))
        agree(x[:, s] * x[:, t], want)
        with pytest.raises(AssertionError):
            agree(x[:, s] * x[:, t], float(fast.covariance(s - 40, t - 40)))  # not stationary


def test_no_chirp_aliases(draw):
    with pytest.raises(ValueError, match=r"4097 samples in \[0, 1/2\].* got 0.5096 to 0.5096"):
        draw(one(0.1, 1e-4), 1, 4097)
    draw(one(0.1, 0.4 / 4096), 1, 4097)
    with pytest.raises(ValueError, match=r"in \[0, 1/2\] cycles"):
        draw(one(0.1, -1e-3), 1, 200)


@pytest.mark.parametrize("length", [64, 500])
def test_each_chirp_is_recovered(length):
    """Without noise the nearest chirp is the chirp itself, whether it rises or falls."""
    rng, n, t = np.random.default_rng(0), 100, np.arange(length)
    for sign in (1, -1):
        start, a = rng.uniform(0.15, 0.35, n), rng.uniform(0.1, 9, n)
        rate = sign * rng.uniform(0.02, 0.1, n) / length
        angle = 2 * pi * (start[:, None] * t + rate[:, None] * t**2 / 2)
        x = a[:, None] * np.cos(angle + rng.uniform(-pi, pi, (n, 1)))
        low, high = sorted((sign * 0.02 / length, sign * 0.1 / length))
        found = Chirp(frequency=(0.1, 0.4), rate=(low, high)).estimate(x)
        assert_allclose(found["frequency"], start, rtol=1e-6)
        assert_allclose(found["rate"], rate, rtol=1e-5)
        assert_allclose(found["amplitude"], a, rtol=1e-6)


@pytest.mark.parametrize("noise", [0.3, 1.0])
def test_chirps_in_noise_are_found_to_the_bound(noise, draw, agree):
    """Where the bound is reached at all: above a threshold of SNR times length."""
    n, length = 1000, 512
    process = one(0.1, 3e-4, noise)
    found, bounds = process.estimate(draw(process, n, length)), process.crlb(length)
    for name, truth in process.truth().items():
        agree(found[name], truth, bias=0.1 * bounds[name])
        assert np.std(found[name]) / bounds[name] == pytest.approx(1, abs=0.03 + 5 / sqrt(2 * n))
        with pytest.raises(AssertionError):
            agree(found[name], truth + bounds[name], bias=0.1 * bounds[name])


def test_bounds_are_the_published_ones():
    process, size = Chirp(amplitude=(2, 2), noise=0.5), 1000.0
    snr = 2**2 / (2 * 0.5**2)
    rate = sqrt(720 / (snr * size * (size**2 - 1) * (size**2 - 4))) / (2 * pi)
    assert process.crlb(1000)["rate"] == pytest.approx(rate, rel=1e-9)
    first = sqrt(
        12
        * (2 * size - 1)
        * (8 * size - 11)
        / (snr * size * (size + 1) * (size**2 - 4) * (size - 1))
    )
    assert process.crlb(1000)["frequency"] == pytest.approx(first / (2 * pi), rel=2e-3)
    ranged = Chirp(amplitude=(1, 4), noise=0.5).crlb(1000)["rate"]  # E 1 / A^2 = 1 / 4
    assert ranged == pytest.approx(rate)
    with pytest.raises(UndefinedLaw, match="without noise"):
        Chirp().crlb(100)
    with pytest.raises(UndefinedLaw, match="amplitudes down to 0"):
        Chirp(amplitude=(0, 1), noise=1).crlb(100)


def test_noise_hides_the_density():
    assert Chirp().pdf(0.0) == pytest.approx(1 / pi)
    for law in (Chirp(noise=0.1).pdf, Chirp(noise=0.1).cdf):
        with pytest.raises(UndefinedLaw, match="in noise"):
            law(0.0)
    with pytest.raises(UndefinedLaw, match="not stationary"):
        Chirp(phase=(0, 1)).moments()
