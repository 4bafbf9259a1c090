"""Likelihoods and normal deviates of processes whose samples are independent."""

from math import sqrt

import numpy as np
import pytest
from numpy.testing import assert_allclose

from rpgan.errors import UndefinedLaw
from rpgan.processes import AlphaStable, BernoulliGaussian, MiddletonA, ShotNoise, scale_mixture

PROCESSES = [
    BernoulliGaussian(probability=0.1),
    MiddletonA(overlap=0.3, gaussian_ratio=0.1, scale=4.0),
    AlphaStable(alpha=0.6),
    AlphaStable(alpha=1.0),
    AlphaStable(alpha=1.5, scale=3.0),
    AlphaStable(alpha=2.0, scale=2.0),
]
OTHERS = [
    BernoulliGaussian(probability=0.12),
    MiddletonA(overlap=0.36, gaussian_ratio=0.1, scale=4.0),
    AlphaStable(alpha=0.65),
    AlphaStable(alpha=1.05),
    AlphaStable(alpha=1.56, scale=3.0),
    AlphaStable(alpha=2.0, scale=2.04),
]


def scores(u: np.ndarray) -> np.ndarray:
    """Standard errors between `u` and white noise of variance 1."""
    square = u**2 - 1
    return np.abs(
        [
            np.mean(u) * sqrt(u.size),
            np.mean(square) * sqrt(u.size / 2),
            (np.mean(u**4) - 3) * sqrt(u.size / 96),
            np.mean(u[:, 1:] * u[:, :-1]) * sqrt(u.size),
            np.mean(square[:, 1:] * square[:, :-1]) * sqrt(u.size) / 2,
        ]
    )


@pytest.mark.parametrize(("process", "other"), list(zip(PROCESSES, OTHERS, strict=True)), ids=str)
def test_samples_become_white(process, other, draw, limit):
    series = draw(process, 256, 1024)
    assert scores(process.whiten(series)).max() < limit
    assert scores(other.whiten(series)).max() > limit
    assert process.loglik(series).mean() > other.loglik(series).mean()


@pytest.mark.parametrize("process", PROCESSES, ids=str)
@pytest.mark.parametrize("length", [30, 3000])
def test_likelihood_and_rank_are_those_of_the_marginal(process, length, draw):
    from scipy.special import ndtr

    series = draw(process, 2, length)
    assert_allclose(process.loglik(series), np.log(process.pdf(series)).sum(axis=1), rtol=1e-7)
    u = process.whiten(series)
    assert u.shape == series.shape
    assert_allclose(ndtr(u), process.cdf(series), rtol=1e-6, atol=1e-9)
    assert_allclose(process.whiten(-series), -u)


@pytest.mark.parametrize("process", PROCESSES, ids=str)
def test_tails_keep_their_rank(process):
    """Where a distribution function is 1 to all digits, deviates still rise."""
    x = 100 * np.geomspace(1, 20, 9)[None]
    u = process.whiten(np.concatenate([x, -x]))
    assert np.isfinite(u).all()
    assert (np.diff(u[0]) > 0).all()
    assert_allclose(u[1], -u[0])
    assert np.isfinite(process.loglik(x)).all()
    assert_allclose(process.whiten(np.zeros((1, 3))), 0, atol=1e-12)


def test_one_gaussian_is_itself():
    x = np.linspace(-60, 60, 41)[None]
    assert_allclose(scale_mixture.whiten(x, [(1.0, 4.0)]), x / 2, rtol=1e-12)
    mixed = scale_mixture.whiten(x, [(0.3, 4.0), (0.7, 4.0)])
    assert_allclose(mixed, x / 2, rtol=1e-12, atol=1e-15)
    assert_allclose(scale_mixture.log_pdf(2.0, [(1.0, 4.0)]), -0.5 - np.log(8 * np.pi) / 2)


@pytest.mark.parametrize("process", PROCESSES, ids=str)
def test_one_series_needs_two_axes(process):
    for method in (process.loglik, process.whiten):
        with pytest.raises(ValueError, match=r"shape \(n, length\), got \(5,\)"):
            method(np.zeros(5))


@pytest.mark.parametrize("pulse", ["one_sided_exponential", "linear_exponential", "gaussian"])
def test_shot_noise_has_no_likelihood(pulse):
    process = ShotNoise(rate=1, pulse=pulse)
    undefined = (
        [process.loglik] if pulse == "one_sided_exponential" else [process.loglik, process.whiten]
    )
    for method in undefined:
        with pytest.raises(UndefinedLaw, match=r"positive chance|closed form"):
            method(np.zeros((1, 5)))
