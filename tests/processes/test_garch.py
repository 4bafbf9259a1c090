"""GARCH(1, 1): its moments, its filter and its estimates."""

import tracemalloc
from math import sqrt

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from rpgan.errors import UndefinedLaw
from rpgan.processes import GARCH, garch

USUAL = GARCH(omega=0.1, alpha=0.1, beta=0.8)


def test_published_law():
    assert USUAL.moments() == pytest.approx(
        {"mean": 0, "variance": 1, "skewness": 0, "kurtosis": 3.352941}, abs=1e-6
    )
    squares = USUAL.square_autocovariance([0, 1, 2, 3]) / (3.3529411764705883 - 1)
    assert_allclose(squares, [1, 0.14, 0.126, 0.1134], rtol=1e-12)


def test_tail_index_is_where_moments_end():
    # E (alpha z^2 + beta)^2 = (alpha + beta)^2 + 2 alpha^2 is 1: the fourth moment is the first lost
    alpha = (-0.2 + sqrt(0.04 + 12 * 0.99)) / 6
    process = GARCH(omega=1, alpha=alpha, beta=0.1)
    assert process.tail_index == pytest.approx(4, abs=1e-6)
    assert GARCH(omega=1, alpha=alpha + 0.01, beta=0.1).moments()["kurtosis"] == np.inf
    with pytest.raises(UndefinedLaw, match="fourth moment"):
        GARCH(omega=1, alpha=alpha + 0.01, beta=0.1).square_autocovariance(1)
    assert USUAL.tail_index > 4


@pytest.mark.parametrize("process", [USUAL, GARCH(omega=2, alpha=0.3, beta=0)], ids=str)
def test_whitening_undoes_modulation(process):
    white = np.random.default_rng(0).standard_normal((5, 200))
    assert_allclose(process.whiten(process.modulate(white)), white, rtol=1e-9)


def test_filter_is_the_recursion():
    x = np.array([[1.0, -2.0, 0.5, 3.0]])
    h = [1.0, 0.1 + 0.1 * 1 + 0.8]
    h += [0.1 + 0.1 * 4 + 0.8 * h[1]]
    h += [0.1 + 0.1 * 0.25 + 0.8 * h[2]]
    assert_allclose(USUAL.variances(x)[0], h)
    want = sum(-0.5 * (np.log(2 * np.pi * v) + u**2 / v) for u, v in zip(x[0], h, strict=True))
    assert_allclose(USUAL.loglik(x), [want])


@pytest.mark.parametrize("process", [USUAL, GARCH(omega=0.5, alpha=0.2, beta=0.4)], ids=str)
def test_drawn_series(process, draw, agree):
    x = draw(process, 2048, 512)
    moments = process.moments()
    for values, truth in (
        ((x**2).mean(axis=1), moments["variance"]),
        ((x**4).mean(axis=1), moments["kurtosis"] * moments["variance"] ** 2),
        (x[:, 0] ** 2, moments["variance"]),
        (x[:, 0] ** 4, moments["kurtosis"] * moments["variance"] ** 2),
        ((x[:, 1:] * x[:, :-1]).mean(axis=1), 0),
    ):
        agree(values, truth)
    y = x**2 - moments["variance"]
    for lag in (1, 4):
        truth = float(process.square_autocovariance(lag))
        products = (y[:, lag:] * y[:, :-lag]).mean(axis=1)
        agree(products, truth)
        with pytest.raises(AssertionError):
            agree(products, 1.5 * truth)


def test_threads_and_pieces_of_time_change_nothing(draw, monkeypatch):
    """Of more series than go through time together, and a run-in of 132 samples."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    want = draw(USUAL, 300, 50)
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    for steps in (1, 57, 132, 133, 1000):
        monkeypatch.setattr(garch, "STEPS", steps)
        assert_array_equal(draw(USUAL, 300, 50), want)
    assert_array_equal(draw(USUAL, 270, 50), want[:270])
    assert len(np.unique(want[:, 0])) == 300


def test_a_long_run_in_takes_no_memory(draw):
    """Of 27618 samples for each series: 68 MB if held."""
    process = GARCH(omega=0.1, alpha=0.05, beta=0.949)
    tracemalloc.start()
    draw(process, 300, 10)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2**24


def test_the_first_sample_is_as_the_last(draw, limit):
    """Without a run-in the first variance is the mean one, and the mean of its log too high."""
    x = draw(GARCH(omega=0.3, alpha=0.6, beta=0.1), 20000, 50)
    first, last = np.log(np.abs(x[:, 0])), np.log(np.abs(x[:, -1]))
    error = sqrt((first.var() + last.var()) / len(x))
    assert abs(first.mean() - last.mean()) < limit * error
    assert abs(np.log(0.3 / (1 - 0.7)) / 2 - 0.6351814 - last.mean()) > limit * error


def test_innovations_are_white(draw, limit):
    x = draw(USUAL, 256, 1024)
    u = USUAL.whiten(x)[:, 50:]
    n = u.size
    assert abs(np.mean(u**2) - 1) < limit * sqrt(2 / n)
    assert abs(np.mean(u**4) - 3) < limit * sqrt(96 / n)
    square = u**2 - 1
    assert abs(np.mean(square[:, 1:] * square[:, :-1])) < limit * 2 / sqrt(n)
    planted = GARCH(omega=0.1, alpha=0.05, beta=0.85).whiten(x)[:, 50:] ** 2 - 1
    assert np.mean(planted[:, 1:] * planted[:, :-1]) > limit * 2 / sqrt(n)


def test_score_and_information():
    """The gradient by differences; the information as the variance of the score."""
    x = USUAL.sample(256, 1024, np.random.default_rng(0))
    square, at = x**2, np.tile([0.12, 0.15, 0.7], (256, 1))
    value, score, _ = garch.likelihood(square, at)
    assert value.shape == (256,)
    for i in range(3):
        step = 1e-5 * np.eye(3)[i]
        above, below = (garch.likelihood(square, at + d)[0] for d in (step, -step))
        assert_allclose(score[:, i], (above - below) / 2e-5, rtol=1e-5, atol=1e-4)
    _, score, information = garch.likelihood(square, np.tile([0.1, 0.1, 0.8], (256, 1)))
    scatter = np.diag(score.T @ score / 256)
    assert_allclose(scatter, np.diag(information.mean(axis=0)), rtol=5 * sqrt(2 / 256))


def test_estimates_are_efficient(draw, agree):
    """Standard deviations are those of the information; the bias falls as 1 / length."""
    n, length = 256, 4096
    x = draw(USUAL, n, length)
    found = USUAL.estimate(7 * x)
    information = garch.likelihood(x**2, np.tile([0.1, 0.1, 0.8], (n, 1)))[2].mean(axis=0)
    bounds = dict(zip(USUAL.truth(), np.sqrt(np.diag(np.linalg.inv(information))), strict=True))
    found["omega"] /= 49
    for name, truth in USUAL.truth().items():
        agree(found[name], truth, bias=0.25 * bounds[name])
        assert np.std(found[name]) / bounds[name] == pytest.approx(1.05, abs=0.05 + 5 / sqrt(2 * n))
        with pytest.raises(AssertionError):
            agree(found[name], truth + bounds[name], bias=0.25 * bounds[name])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"omega": 0, "alpha": 0.1, "beta": 0.8}, "omega must lie in"),
        ({"omega": 1, "alpha": 0, "beta": 0.8}, "alpha must lie in"),
        ({"omega": 1, "alpha": 0.1, "beta": -0.1}, "beta must lie in"),
        ({"omega": 1, "alpha": 0.2, "beta": 0.8}, "less than 1, got 1"),
    ],
)
def test_bad_garch_is_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        GARCH(**settings)
