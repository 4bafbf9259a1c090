"""Impulses in bursts: what the memory adds to Bernoulli-Gaussian noise."""

from itertools import pairwise, product
from math import sqrt

import numpy as np
import pytest
from numpy.testing import assert_allclose

from rpgan.processes import BernoulliGaussian, MarkovBernoulliGaussian

PROCESSES = [
    MarkovBernoulliGaussian(probability=0.1, memory=0.9),
    MarkovBernoulliGaussian(probability=0.3, memory=0.5, impulse=0.5),
]


def test_without_memory_it_is_bernoulli_gaussian():
    process, plain = (
        MarkovBernoulliGaussian(probability=0.2, memory=0.0),
        BernoulliGaussian(probability=0.2),
    )
    series = np.random.default_rng(0).standard_normal((3, 50))
    assert_allclose(process.loglik(series), np.log(plain.pdf(series)).sum(axis=1))
    assert_allclose(process.predict(series), 0.2)
    assert process.square_autocovariance(1) == 0


@pytest.mark.parametrize("process", PROCESSES, ids=str)
def test_likelihood_is_the_sum_over_all_states(process):
    series = np.array([[0.1, -0.4, 0.02, 1.3, 0.2]])
    p, memory, total = process.probability, process.memory, 0.0
    variance = [v for _, v in process.marginal.mixture]
    for states in product((0, 1), repeat=5):
        chance = p if states[0] else 1 - p
        for before, after in pairwise(states):
            chance *= memory * (before == after) + (1 - memory) * (p if after else 1 - p)
        for x, state in zip(series[0], states, strict=True):
            v = variance[state]
            chance *= np.exp(-(x**2) / (2 * v)) / sqrt(2 * np.pi * v)
        total += chance
    assert_allclose(process.loglik(series), [np.log(total)], rtol=1e-12)


@pytest.mark.parametrize("process", PROCESSES, ids=str)
def test_drawn_bursts(process, draw, agree):
    x = draw(process, 1024, 1024)
    variance = process.moments()["variance"]
    y = x**2 - variance
    agree(y.mean(axis=1), 0)
    agree(y[:, 0], 0)
    agree((y**2).mean(axis=1), float(process.square_autocovariance(0)))
    for lag in (1, 3):
        products = (y[:, lag:] * y[:, :-lag]).mean(axis=1)
        agree(products, float(process.square_autocovariance(lag)))
        with pytest.raises(AssertionError):
            agree(products, 1.4 * float(process.square_autocovariance(lag)))


@pytest.mark.parametrize("process", PROCESSES, ids=str)
def test_innovations_are_white(process, draw, limit):
    x = draw(process, 256, 1024)

    def scores(process):
        u = process.whiten(x)
        square = u**2 - 1
        return (
            np.mean(square) * sqrt(u.size / 2),
            (np.mean(u**4) - 3) * sqrt(u.size / 96),
            np.mean(square[:, 1:] * square[:, :-1]) * sqrt(u.size) / 2,
        )

    assert np.abs(scores(process)).max() < limit
    planted = MarkovBernoulliGaussian(
        probability=process.probability, memory=0.7 * process.memory, impulse=process.impulse
    )
    assert np.abs(scores(planted)).max() > limit


@pytest.mark.parametrize("process", PROCESSES, ids=str)
def test_estimates(process, draw, agree):
    """Memory has a bias of order 1 / length; no estimate beats visible states."""
    n, length = 256, 2048
    found, bounds = process.estimate(5 * draw(process, n, length)), process.crlb(length)
    for name, truth in process.truth().items():
        unit = 5 if name in ("background", "impulse") else 1
        spread = np.std(found[name])
        agree(found[name], unit * truth, bias=0.25 * spread)
        assert 1 - 5 / sqrt(2 * n) < spread / unit / bounds[name] < 2.2
        with pytest.raises(AssertionError):
            agree(found[name], unit * truth + spread, bias=0.25 * spread)


def test_memory_is_near_the_bound_where_impulses_stand_out(draw):
    process, n, length = MarkovBernoulliGaussian(probability=0.2, memory=0.8, background=1e-3), 256, 2048  # fmt: skip
    found, bounds = process.estimate(draw(process, n, length)), process.crlb(length)
    for name, bound in bounds.items():
        assert np.std(found[name]) / bound == pytest.approx(1, abs=0.08 + 5 / sqrt(2 * n)), name


@pytest.mark.parametrize(
    ("probability", "memory"), [(0.1, 1.0), (0.1, -0.1), (0.0, 0.5), (1.0, 0.5)]
)
def test_bad_chains_are_refused(probability, memory):
    with pytest.raises(ValueError, match="must lie in"):
        MarkovBernoulliGaussian(probability=probability, memory=memory)
