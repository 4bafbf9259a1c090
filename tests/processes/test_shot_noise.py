"""Shot noise: both discrete-time versions, and the errors that others make."""

import tracemalloc
from math import ceil, exp, sqrt

import numpy as np
import pytest
from numpy.testing import assert_allclose

from rpgan.errors import UndefinedLaw
from rpgan.processes import ShotNoise

VERSIONS = [
    ShotNoise(rate=rate, pulse=pulse, arrivals=arrivals)
    for rate in (0.25, 3.0)
    for pulse in ("one_sided_exponential", "gaussian")
    for arrivals in ("continuous", "grid")
]


def test_law_of_exponential_pulses():
    continuous = ShotNoise(rate=0.25)
    assert continuous.moments() == pytest.approx(
        {"mean": 0.25, "variance": 0.25, "skewness": 4, "kurtosis": 27}, rel=1e-12
    )
    grid = ShotNoise(rate=0.25, arrivals="grid").moments()
    assert grid["mean"] == pytest.approx(0.25 * 1.050833194477505, rel=1e-12)
    assert grid["variance"] == pytest.approx(0.5 * 0.5516655566126995, rel=1e-12)
    assert grid["skewness"] == pytest.approx(3.995011, abs=1e-6)
    assert grid["kurtosis"] == pytest.approx(26.920319, abs=1e-6)
    correlation = continuous.autocovariance([1, 2, 3]) / 0.25
    assert_allclose(correlation, [0.90483741803596, 0.818730753077982, 0.740818220681718])


def test_law_of_gaussian_pulses():
    for arrivals in ("continuous", "grid"):
        process = ShotNoise(rate=1, pulse="gaussian", arrivals=arrivals)
        moments = process.moments()
        assert moments["mean"] == pytest.approx(1, rel=1e-12)
        assert moments["variance"] == pytest.approx(2 * 0.2820947917738781, rel=1e-12)
        correlation = process.autocovariance([1, 2, 3]) / moments["variance"]
        assert_allclose(correlation, [0.99750312239746, 0.990049833749168, 0.977751237193336])


@pytest.mark.parametrize("process", VERSIONS, ids=str)
def test_psd_is_the_transform_of_the_autocovariance(process):
    f, lags = np.arange(8192) / 8192, np.arange(50)
    got = np.fft.ifft(process.psd(f)).real[:50]
    assert_allclose(got, process.autocovariance(lags), atol=1e-10 * got[0])


def test_the_marginal_is_gamma():
    process, step = ShotNoise(rate=3), 1e-3
    x = np.arange(0, 60, step)
    mass = np.cumsum(process.pdf(x + step / 2)) * step
    assert_allclose(mass, process.cdf(x + step), atol=1e-6)
    assert process.pdf(-1) == process.cdf(-1) == 0
    assert_allclose(process.cdf(2), 1 - exp(-2) * (1 + 2 + 2), rtol=1e-12)
    assert_allclose(ShotNoise(rate=1).pdf([0.0, 1.5]), [1, exp(-1.5)], rtol=1e-12)
    for other in VERSIONS[1:4]:
        with pytest.raises(UndefinedLaw, match="closed form"):
            other.pdf(1.0)
        with pytest.raises(UndefinedLaw, match="closed form"):
            other.cdf(1.0)


def moment_scores(series: np.ndarray, process: ShotNoise) -> np.ndarray:
    """Standard errors between what series show and the law, from independent series."""
    moments, scores = process.moments(), []
    centred = series - moments["mean"]
    lag = 5
    shown = {
        "mean": (series.mean(axis=1), moments["mean"]),
        "variance": ((centred**2).mean(axis=1), moments["variance"]),
        "covariance": (
            (centred[:, lag:] * centred[:, :-lag]).mean(axis=1),
            float(process.autocovariance(lag)),
        ),
        "third": ((centred**3).mean(axis=1), moments["skewness"] * moments["variance"] ** 1.5),
        "first sample": (series[:, 0], moments["mean"]),
        "last sample": (series[:, -1], moments["mean"]),
        "first power": (centred[:, 0] ** 2, moments["variance"]),
        "last power": (centred[:, -1] ** 2, moments["variance"]),
    }
    for values, truth in shown.values():
        scores.append((values.mean() - truth) / (values.std() / sqrt(len(values))))
    return np.abs(scores)


@pytest.mark.parametrize("process", VERSIONS, ids=str)
def test_drawn_moments(process, draw, limit):
    series = draw(process, 4096, 256)
    assert series.min() >= 0
    assert moment_scores(series, process).max() < limit


def test_drawn_moments_see_overwritten_arrivals(draw, limit):
    """A slot that keeps only its last arrival: mean 2.72 instead of 3.15."""
    process = ShotNoise(rate=3, arrivals="grid")
    rng = np.random.default_rng(0)
    count = rng.poisson(3 * 0.1, (1024, 656))
    slots = np.where(count > 0, rng.standard_exponential(count.shape), 0)
    pulse = np.exp(-0.1 * np.arange(400))
    spectrum = np.fft.rfft(slots, 2048) * np.fft.rfft(pulse, 2048)
    series = np.fft.irfft(spectrum)[:, 400:656]
    assert series.mean() == pytest.approx(2.723283, abs=0.05)
    assert moment_scores(series, process).max() > limit


def test_versions_differ_by_what_theory_says(draw, limit):
    series = draw(ShotNoise(rate=3), 4096, 256)
    assert moment_scores(series, ShotNoise(rate=3, arrivals="grid")).max() > limit


def test_drawn_marginal_is_gamma(draw):
    process, n = ShotNoise(rate=0.5), 20000
    for column in (0, 40):
        uniform = np.sort(process.cdf(draw(process, n, 41)[:, column]))
        distance = np.abs(uniform - (np.arange(n) + 0.5) / n).max()
        assert distance < 2.7 / sqrt(n)  # Kolmogorov: 1e-6


def test_waits_are_exponential(draw, limit):
    """Between arrivals a series only decays: the share of such steps is exp(-rate spacing)."""
    process = ShotNoise(rate=1)
    series = draw(process, 256, 1024)
    quiet = np.mean(series[:, 1:] - process.decay * series[:, :-1] < 1e-12)
    p = exp(-0.1)
    assert abs(quiet - p) < limit * sqrt(p * (1 - p) / series[:, 1:].size)


@pytest.mark.parametrize("spacing", [0.013, 0.1, np.pi / 15.6, 0.25, 0.4, 0.41, 1.0, 3.0])
def test_one_gaussian_pulse(spacing, monkeypatch):
    """One arrival at a known time leaves the pulse, wherever in its cell it fell."""
    process, length = ShotNoise(rate=1, pulse="gaussian", spacing=spacing), 200
    margin = ceil(9 / spacing)
    t = spacing * (np.arange(length) + 0.5)  # a sample is the middle of its share of a cell
    for place in (-0.8, 50.0, 71.3, 72.001, 199.4):

        def arrive(self, size, cells, streams, merged, place=place):
            column, rest = divmod((margin + place) / merged, 1)
            return np.array([int(column)]), np.array([1 - rest]), np.array([2.0])

        monkeypatch.setattr(ShotNoise, "arrive", arrive)
        rows = np.empty((1, length))
        process.fill_gaussian(rows, np.random.default_rng(0))
        want = 2 * np.exp(-((t - place * spacing) ** 2) / 2) / sqrt(2 * np.pi)
        assert_allclose(rows[0], want, atol=1e-12)


@pytest.mark.parametrize("pulse", ["one_sided_exponential", "linear_exponential", "gaussian"])
def test_frequent_arrivals_are_not_all_held(pulse, draw):
    """Of 64 series, with 8 million arrivals: 67 MB for each of their times, cells and sizes."""
    process = ShotNoise(rate=300, pulse=pulse)
    draw(process, 1, 4096)
    tracemalloc.start()
    draw(process, 64, 4096)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 64 * 4096 * 8 + 2**24


@pytest.mark.parametrize("process", VERSIONS, ids=str)
def test_rate_estimates(process, draw, agree):
    length = 2048
    found = process.estimate(2 * draw(process, 1024, length))["rate"]
    agree(found, process.rate, bias=0.01 * process.rate)
    with pytest.raises(AssertionError):
        agree(found, 1.12 * process.rate, bias=0.01 * process.rate)
    assert np.std(found) > process.crlb(length)["rate"]
    if process.pulse == "one_sided_exponential":
        theory = process.rate * sqrt((2 / (process.rate * 0.1) + 2) / length)
        assert np.std(found) == pytest.approx(theory, rel=5 / sqrt(2 * len(found)))


def test_bound_is_that_of_counting():
    assert ShotNoise(rate=0.25).crlb(4096)["rate"] == pytest.approx(0.0247, abs=5e-5)
    assert ShotNoise(rate=3).crlb(4096)["rate"] == pytest.approx(0.0856, abs=5e-5)
