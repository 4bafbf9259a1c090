"""The telegraph signal: two values, exponential memory."""

from math import exp, log, sqrt

import numpy as np
import pytest
from numpy.testing import assert_allclose

from rpgan.errors import UndefinedLaw
from rpgan.processes import Telegraph

PROCESSES = [Telegraph(rate=0.05), Telegraph(rate=2.0, step=0.1), Telegraph(rate=0.5)]


@pytest.mark.parametrize("process", PROCESSES, ids=str)
def test_psd_is_the_transform_of_the_autocovariance(process):
    f, lags = np.arange(2048) / 2048, np.arange(50)
    assert_allclose(np.fft.ifft(process.psd(f)).real[:50], process.autocovariance(lags), atol=1e-13)


def test_law():
    process = Telegraph(rate=0.7, step=0.5)
    assert process.flip == pytest.approx((1 - exp(-0.7)) / 2)
    assert_allclose(process.autocovariance([0, 1, -2]), [1, exp(-0.7), exp(-1.4)])
    assert_allclose(process.cdf([-1.1, -1, 0, 1]), [0, 0.5, 0.5, 1])
    for refused in (process.pdf, process.loglik, process.whiten):
        with pytest.raises(UndefinedLaw, match=r"values \+1 and -1"):
            refused(np.zeros((2, 3)))


def lagged(series: np.ndarray, lag: int) -> tuple[float, float]:
    """Mean of x_t x_{t + lag}, and its standard error from independent series."""
    means = (series[:, lag:] * series[:, :-lag]).mean(axis=1)
    return float(means.mean()), float(means.std() / sqrt(len(means)))


@pytest.mark.parametrize("process", PROCESSES, ids=str)
def test_drawn_signals(process, draw, agree, limit):
    series = draw(process, 1024, 512)
    assert set(np.unique(series)) == {-1.0, 1.0}
    for column in (0, -1):
        agree(series[:, column], 0)
    for lag in (1, 2, 5):
        mean, error = lagged(series, lag)
        assert abs(mean - process.autocovariance(lag)) < limit * error
        assert abs(mean - Telegraph(rate=1.15 * process.rate, step=process.step).autocovariance(lag)) > error  # fmt: skip


def test_sojourns_are_geometric(draw, limit):
    """Beyond covariance: runs of k samples have chance (1 - q)^(k - 1) q."""
    process = Telegraph(rate=0.3)
    flipped = np.diff(draw(process, 256, 1024)) != 0
    after = flipped[:, 1:][flipped[:, :-1]]
    assert abs(after.mean() - process.flip) < limit * sqrt(0.25 / after.size)


@pytest.mark.parametrize("process", PROCESSES, ids=str)
def test_rate_reaches_the_bound(process, draw, agree):
    n, length = 1024, 4096
    found = process.estimate(3 * draw(process, n, length))["rate"]
    bound = process.crlb(length)["rate"]
    agree(found, process.rate, bias=0.1 * bound)
    assert np.std(found) / bound == pytest.approx(1, abs=0.03 + 5 / sqrt(2 * n))
    with pytest.raises(AssertionError):
        agree(found, process.rate + bound, bias=0.1 * bound)


def test_rate_of_counted_flips():
    x = np.array([[1.0, 1, -1, -1, -1, -1, -1, -1, 1, 1, 1]])
    assert_allclose(Telegraph(rate=1, step=0.5).estimate(x)["rate"], -log(1 - 0.4))
    assert Telegraph(rate=0.5, step=0.1).crlb(101)["rate"] == pytest.approx(
        sqrt(exp(0.2) - 1) / 2, rel=0.01
    )


def test_bound_of_all_but_independent_samples():
    """The slope of the flip's chance is step exp(-2 rate step), which 1 - 2 flip rounds to 0."""
    want = np.exp(2 * 25.0) / (2 * 0.5 * 10)
    assert Telegraph(rate=50, step=0.5).crlb(101)["rate"] == pytest.approx(want, rel=1e-12)
    with pytest.raises(UndefinedLaw, match="no rate can be told"):
        Telegraph(rate=1e300).crlb(101)


@pytest.mark.parametrize("setting", ["rate", "step"])
def test_bad_telegraphs_are_refused(setting):
    with pytest.raises(ValueError, match=f"{setting} must lie in"):
        Telegraph(**{"rate": 1.0, setting: -1.0})  # type: ignore[arg-type]
