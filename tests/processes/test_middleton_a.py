"""Middleton's class A noise."""

from math import sqrt
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from rpgan.processes import MiddletonA, middleton_a

PROCESSES = [
    MiddletonA(overlap=0.1, gaussian_ratio=0.01),
    MiddletonA(overlap=0.5, gaussian_ratio=0.1, scale=3.0),
    MiddletonA(overlap=2.0, gaussian_ratio=0.1),
]


def test_published_kurtosis():
    moments = MiddletonA(overlap=0.1, gaussian_ratio=0.01, scale=2).moments()
    assert (moments["variance"], moments["kurtosis"]) == pytest.approx((4, 32.4089), rel=1e-6)


@pytest.mark.parametrize("process", PROCESSES, ids=str)
def test_density_has_the_moments(process):
    moments = process.moments()
    x = process.scale * np.sinh(np.linspace(-5, 5, 200001))
    pdf = process.pdf(x)
    fourth = moments["kurtosis"] * moments["variance"] ** 2
    for order, want in ((0, 1), (2, moments["variance"]), (4, fourth)):
        assert_allclose(np.trapezoid(pdf * x**order, x), want, rtol=1e-7)
    mass = np.concatenate([[0], np.cumsum((pdf[1:] + pdf[:-1]) / 2 * np.diff(x))])
    assert_allclose(process.cdf(x), mass, atol=1e-6)
    assert sum(weight for weight, _ in process.mixture) == pytest.approx(1, abs=1e-14)


@pytest.mark.parametrize("process", PROCESSES, ids=str)
def test_drawn_noise(process, draw, limit):
    x = draw(process, 128, 4096)
    assert kolmogorov(process.cdf(x)) < 2.7  # 1e-6
    ratio = process.gaussian_ratio
    planted = MiddletonA(overlap=1.1 * process.overlap, gaussian_ratio=ratio, scale=process.scale)
    assert kolmogorov(planted.cdf(x)) > 2.7
    variance, kurtosis = process.moments()["variance"], process.moments()["kurtosis"]
    assert abs(np.mean(x**2) / variance - 1) < limit * sqrt((kurtosis - 1) / x.size)
    lagged = np.mean(x[:, 1:] ** 2 * x[:, :-1] ** 2) / variance**2 - 1
    assert abs(lagged) < limit * kurtosis / sqrt(x.size)


def kolmogorov(uniform: np.ndarray) -> float:
    uniform = np.sort(uniform.ravel())
    n = uniform.size
    return np.abs(uniform - (np.arange(n) + 0.5) / n).max() * sqrt(n)


def test_scores_are_the_slopes_of_the_likelihood():
    square = np.exp(np.linspace(-9, 5, 15))[None]
    at = np.log([[0.4, 0.1, 2.0]])
    _, score = middleton_a.scores(square, at)
    for i in range(3):
        step = 1e-5 * np.eye(3)[i]
        above, below = (middleton_a.scores(square, at + d)[0] for d in (step, -step))
        assert_allclose(score[i], (above - below) / 2e-5, atol=1e-8)


@pytest.mark.parametrize("process", PROCESSES, ids=str)
def test_estimates_reach_the_bound(process, draw, agree):
    """But for the skewness that 4096 samples leave, largest where impulses overlap."""
    n, length = 256, 4096
    found, bounds = process.estimate(draw(process, n, length)), process.crlb(length)
    for name, truth in process.truth().items():
        bias = 0.35 * bounds[name]
        agree(found[name], truth, bias=bias)
        assert 1 - 5 / sqrt(2 * n) < np.std(found[name]) / bounds[name] < 1.2 + 5 / sqrt(2 * n)
        with pytest.raises(AssertionError):
            agree(found[name], truth + bounds[name], bias=bias)


def test_no_neighbour_is_likelier(draw):
    process = PROCESSES[1]
    series = draw(process, 3, 4096)
    found = process.estimate(series)
    for i, x in enumerate(series):
        best: dict[str, Any] = {name: float(value[i]) for name, value in found.items()}
        top = MiddletonA(**best).loglik(x[None])[0]
        for name in best:
            for factor in (0.97, 1.03):
                other = MiddletonA(**(best | {name: best[name] * factor}))
                assert top > other.loglik(x[None])[0] - 1e-3


@pytest.mark.parametrize(
    "settings", [{"overlap": 0, "gaussian_ratio": 1}, {"overlap": 1, "gaussian_ratio": -1},
                 {"overlap": 11, "gaussian_ratio": 1}, {"overlap": 1, "gaussian_ratio": 1, "scale": 0}]
)  # fmt: skip
def test_bad_class_a_is_refused(settings):
    with pytest.raises(ValueError, match="must lie in"):
        MiddletonA(**settings)
