"""The multifractal random walk: log-normal volatility with logarithmic memory."""

from math import sqrt

import numpy as np
import pytest
from numpy.testing import assert_allclose

from rpgan.errors import UndefinedLaw
from rpgan.processes import MultifractalRandomWalk, circulant

USUAL = MultifractalRandomWalk(intermittency=0.02)
PROCESSES = [USUAL, MultifractalRandomWalk(intermittency=0.05, integral_scale=200.5)]


def test_published_law():
    assert USUAL.moments()["kurtosis"] == pytest.approx(5.2233, abs=5e-5)
    assert_allclose(USUAL.square_autocovariance([1, 255, 1023, 5000]), [512**0.08 - 1, 4**0.08 - 1, 0, 0], atol=1e-14)  # fmt: skip


@pytest.mark.parametrize("process", PROCESSES, ids=str)
def test_density_has_the_moments(process):
    moments = process.moments()
    x = np.sinh(np.linspace(-7, 7, 20001))
    pdf = process.pdf(x)
    for order, want in ((0, 1), (2, 1), (4, moments["kurtosis"])):
        assert_allclose(np.trapezoid(pdf * x**order, x), want, rtol=1e-7)
    mass = np.concatenate([[0], np.cumsum((pdf[1:] + pdf[:-1]) / 2 * np.diff(x))])
    assert_allclose(process.cdf(x), mass, atol=1e-6)


@pytest.mark.parametrize("scale", [2.0, 3.7, 100.0, 1e5])
@pytest.mark.parametrize("length", [2, 64, 1000])
def test_volatilities_have_the_covariance(scale, length):
    process = MultifractalRandomWalk(intermittency=0.1, integral_scale=scale)
    half = circulant.fast_length(length)
    r = process.volatility_autocovariance(np.arange(half + 1))
    assert np.fft.hfft(r).real.min() > -1e-12
    embedding = circulant.from_autocovariance(r)
    root = embedding.colour(np.eye(embedding.draws), length)
    assert_allclose(root.T @ root, r[np.abs(np.subtract.outer(range(length), range(length)))], atol=1e-12)  # fmt: skip


@pytest.mark.parametrize("process", PROCESSES, ids=str)
def test_drawn_series(process, draw, agree):
    x = draw(process, 4096, 256)
    assert (x[:, 0] ** 2).mean() == pytest.approx(1, abs=0.3)
    agree(x[:, 7] ** 2, 1)
    agree((x[:, 1:] * x[:, :-1]).mean(axis=1), 0)
    log_size = np.log(np.abs(x))
    mean = -(np.euler_gamma + np.log(2)) / 2 - process.intermittency * np.log(process.integral_scale)  # fmt: skip
    centred = log_size - mean
    agree(centred.mean(axis=1), 0)
    for lag in (0, 1, 20):
        products = (centred[:, lag:] * centred[:, : 256 - lag]).mean(axis=1)
        truth = float(process.log_autocovariance(lag))
        agree(products, truth)
        with pytest.raises(AssertionError):
            agree(products, 1.3 * truth)
    products = (x[:, 3:] ** 2 * x[:, :-3] ** 2).mean(axis=1) - 1
    agree(products, float(process.square_autocovariance(3)))


def test_drawn_marginal(draw):
    uniform = np.sort(USUAL.cdf(draw(USUAL, 20000, 3)[:, 1]))
    distance = np.abs(uniform - (np.arange(20000) + 0.5) / 20000).max()
    assert distance < 2.7 / sqrt(20000)  # Kolmogorov: 1e-6


@pytest.mark.parametrize("process", PROCESSES, ids=str)
def test_estimates(process, draw, agree):
    found = process.estimate(30 * draw(process, 512, 2048))["intermittency"]
    truth = process.intermittency
    agree(found, truth, bias=0.05 * truth)
    with pytest.raises(AssertionError):
        agree(found, 1.25 * truth, bias=0.05 * truth)
    assert np.std(found) < 0.35 * truth


def test_what_is_hidden():
    for call in (USUAL.loglik, USUAL.whiten):
        with pytest.raises(UndefinedLaw, match="hidden"):
            call(np.zeros((1, 9)))


@pytest.mark.parametrize("setting", [{"intermittency": 0.5}, {"integral_scale": 1.0}])
def test_bad_walks_are_refused(setting):
    with pytest.raises(ValueError, match="must lie in"):
        MultifractalRandomWalk(**({"intermittency": 0.1} | setting))
