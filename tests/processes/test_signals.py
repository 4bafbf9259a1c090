"""Signals that a few random numbers decide: sines, a pulse in noise, a smooth Gaussian process."""

from math import ceil, pi, sqrt
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.linalg import toeplitz

from rpgan.errors import UndefinedLaw
from rpgan.processes import Chirp, GaussianPulse, RBFProcess, Sines, circulant, rbf_process

SINES = [
    Sines(),
    Sines(frequency=(2, 2), amplitude=(0.5, 0.5), period=17),
    Sines(frequency=(0, 40), amplitude=(0, 2), phase=(0, 4 * pi), period=90),
]


@pytest.mark.parametrize("process", SINES, ids=str)
def test_drawn_sines(process, draw, agree):
    x = draw(process, 20000, 12)
    moments = process.moments()
    for column in (0, 11):
        agree(x[:, column], 0)
        agree(x[:, column] ** 2, moments["variance"])
        agree(x[:, column] ** 4, moments["kurtosis"] * moments["variance"] ** 2)
        uniform = np.sort(process.cdf(x[:, column]))
        assert np.abs(uniform - (np.arange(20000) + 0.5) / 20000).max() < 2.7 / sqrt(20000)
    for lag in (1, 5):
        agree(x[:, 3] * x[:, 3 + lag], float(process.autocovariance(lag)))
    with pytest.raises(AssertionError):
        agree(x[:, 3] ** 2, 1.05 * moments["variance"])


def test_law_of_sines():
    process = Sines()
    f, step = (np.arange(200000) + 0.5) / 400000, 1 / 400000
    for lag in (0, 1, 7):
        got = 2 * step * np.sum(process.psd(f) * np.cos(2 * pi * f * lag))
        assert_allclose(got, process.autocovariance(lag), atol=3e-6)  # one step
    mean_power = np.mean(np.linspace(0.1, 0.9, 100001) ** 2)
    assert process.moments()["variance"] == pytest.approx(mean_power / 2, rel=3e-5)
    for p in (process, SINES[2]):
        x, width = np.linspace(-2, 2, 400000, retstep=True)  # not at 0
        assert_allclose(np.cumsum(p.pdf(x)) * width, p.cdf(x + width / 2), atol=2e-4)
    assert_allclose(SINES[1].cdf([-1, -0.25, 0, 0.25, 0.5, 3]), [0, 1 / 3, 0.5, 2 / 3, 1, 1])
    assert SINES[1].pdf(0.0) == pytest.approx(2 / pi)
    with pytest.raises(UndefinedLaw, match="line"):
        SINES[1].psd(0.1)


def test_sines_of_part_of_a_turn_are_not_stationary():
    process = Sines(frequency=(0, 0.1), amplitude=(1, 1), phase=(0, 0.1), period=2 * pi)
    for call in (process.moments, lambda: process.autocovariance(1), lambda: process.cdf(0.5)):
        with pytest.raises(UndefinedLaw, match="not stationary"):
            call()
    x = process.sample(1000, 24, np.random.default_rng(0))
    assert (x[:, 0] <= np.sin(0.1)).all()
    assert (x[:, 23] <= np.sin(2.4)).any()


def test_sines_of_several_channels(draw):
    """TimeGAN's: five channels, each (sin(f t + phase) + 1) / 2 of its own f and phase."""
    process = Sines(
        frequency=(0, 0.1), amplitude=(0.5, 0.5), phase=(0, 0.1), period=2 * pi,
        channels=5, offset=0.5,
    )  # fmt: skip
    x = draw(process, 200, 24)
    assert x.shape == (200, 5, 24)
    assert_allclose(x[:70], draw(process, 70, 24))
    assert ((x >= 0) & (x <= 1)).all()
    assert x[:, :, 0].min() < 0.505 < 0.545 < x[:, :, 0].max() <= (1 + np.sin(0.1)) / 2
    angle = np.arcsin((2 * x - 1)[:, :, :15])  # up to 15 times 0.1, and 0.1
    assert_allclose(np.diff(angle, 2), 0, atol=1e-9)
    f = np.diff(angle)[:, :, 0]
    assert np.abs(np.sort(f.ravel()) - 0.1 * (np.arange(1000) + 0.5) / 1000).max() < 0.01
    assert np.abs(np.corrcoef(f.T) - np.eye(5)).max() < 6.1 / sqrt(200)
    found = process.estimate(x)
    assert found.keys() == process.truth().keys()
    assert list(found)[:3] == ["frequency_1", "amplitude_1", "frequency_2"]
    fast = f[:, 1] > 0.08  # a quarter of a cycle and more
    assert_allclose(found["frequency_2"][fast], f[fast, 1], rtol=1e-4)
    with pytest.raises(ValueError, match=r"shape \(n, 5, length\), got \(3, 24\)"):
        process.estimate(np.zeros((3, 24)))


def test_the_offset_moves_the_law(draw, agree):
    process = Sines(offset=2.0)
    x = draw(process, 5000, 3)
    agree(x[:, 0], 2.0)
    assert process.moments()["mean"] == 2
    assert_allclose(process.pdf([2.1, 1.9]), Sines().pdf([0.1, -0.1]))
    assert_allclose(process.cdf([2.1, 1.9]), Sines().cdf([0.1, -0.1]))
    assert_allclose(draw(Sines(), 5, 99) + 2, draw(process, 5, 99))
    got, want = process.estimate(draw(process, 5, 99)), Sines().estimate(draw(Sines(), 5, 99))
    assert_allclose(got["frequency"], want["frequency"])


@pytest.mark.parametrize("length", [30, 97, 512])
def test_each_sine_is_recovered(length):
    """Without noise the nearest sine is the sine itself."""
    rng = np.random.default_rng(0)
    f, a = rng.uniform(0.5, 14.5, 300), rng.uniform(0.1, 9, 300)
    phase = rng.uniform(-pi, pi, 300)
    t = np.arange(length)
    x = a[:, None] * np.sin(2 * pi * np.outer(f, t) / 30 + phase[:, None])
    found = Sines().estimate(x)
    assert_allclose(found["frequency"], f, rtol=1e-6)
    assert_allclose(found["amplitude"], a, rtol=1e-6)


def test_a_sine_in_noise_is_found_to_the_bound(agree):
    """var(frequency in radians) >= 12 / (SNR N^3) for A^2 / 2 over the noise's variance."""
    rng, length, n = np.random.default_rng(0), 256, 512
    x = np.sin(0.7 * np.arange(length) + rng.uniform(0, 2 * pi, (n, 1)))
    found = Sines(frequency=(0, 1), period=2 * pi).estimate(x + 0.3 * rng.standard_normal(x.shape))[
        "frequency"
    ]
    agree(found, 0.7)
    bound = sqrt(12 / (0.5 / 0.09 * length**3))
    assert np.std(found) / bound == pytest.approx(1, abs=0.03 + 5 / sqrt(2 * n))


def test_the_pulse_is_reached_and_estimated(draw, agree):
    process, n, length = GaussianPulse(), 512, 100
    x = draw(process, n, length)
    assert_allclose(process.mean(length)[[49, 50]], 0.8 * np.exp(-0.125 / 144))
    assert np.abs((x.mean(axis=0) - process.mean(length)) * sqrt(n) / 0.02).max() < 6.1
    u = process.whiten(x)
    assert abs(np.mean(u**2) - 1) < 6.1 * sqrt(2 / u.size)
    want = -0.5 * (u**2).sum(axis=1) - length * np.log(0.02 * sqrt(2 * pi))
    assert_allclose(process.loglik(x), want)
    found, bounds = process.estimate(5 * x), process.crlb(length)
    for name, truth in process.truth().items():
        unit = 1 if name == "width" else 5
        agree(found[name] / unit, truth, bias=0.2 * bounds[name])  # of noise: 1 / length
        ratio = np.std(found[name]) / unit / bounds[name]
        assert ratio == pytest.approx(1, abs=0.03 + 5 / sqrt(2 * n))
        with pytest.raises(AssertionError):
            agree(found[name] / unit, truth + bounds[name], bias=0.2 * bounds[name])


@pytest.mark.parametrize("process", [RBFProcess(), RBFProcess(variance=3, rate=1e-4), RBFProcess(rate=10)], ids=str)  # fmt: skip
@pytest.mark.parametrize("length", [1, 30])
def test_smooth_covariance_is_exact(process, length):
    half = circulant.fast_length((length + ceil(sqrt(37 / process.rate))) // 2 + 1)
    embedding = circulant.from_eigenvalues(process.psd(np.arange(half + 1) / (2 * half)))
    root = embedding.colour(np.eye(embedding.draws), length)
    want = toeplitz(process.autocovariance(np.arange(length)))
    assert_allclose(root.T @ root, want, atol=1e-13 * process.variance)
    f = np.arange(4096) / 4096
    got = np.fft.ifft(process.psd(f)).real[:9]
    assert_allclose(got, process.autocovariance(np.arange(9)), atol=1e-13 * process.variance)


def test_smooth_likelihood_is_the_multivariate_normals(draw):
    from scipy.stats import multivariate_normal

    process = RBFProcess(rate=0.5)
    x = draw(process, 7, 12)
    covariance = toeplitz(process.autocovariance(np.arange(12)))
    assert_allclose(process.loglik(x), multivariate_normal(np.zeros(12), covariance).logpdf(x))  # type: ignore[arg-type]
    u = process.whiten(draw(process, 2000, 30))
    assert np.abs(u.T @ u / 2000 - np.eye(30)).max() < 6.1 * sqrt(2 / 2000)
    with pytest.raises(UndefinedLaw, match="within rounding"):
        rbf_process.root(0.001, 100)
    with pytest.raises(UndefinedLaw, match="rounding"):
        RBFProcess(rate=0.001).loglik(np.zeros((1, 100)))


def test_smooth_drawn_and_estimated(draw, agree):
    process, n, length = RBFProcess(rate=1.0), 512, 512
    x = draw(process, n, length)
    agree(x[:, 0] ** 2, 0.2)
    agree((x[:, 2:] * x[:, :-2]).mean(axis=1), float(process.autocovariance(2)))
    found, bounds = process.estimate(x), process.crlb(length)
    for name, truth in process.truth().items():
        agree(found[name], truth, bias=0.2 * bounds[name])
        assert 1 - 5 / sqrt(2 * n) < np.std(found[name]) / bounds[name] < 1.1 + 5 / sqrt(2 * n)
    with pytest.raises(AssertionError):
        agree(found["rate"], 1.05, bias=0.2 * bounds["rate"])
    slow = RBFProcess().estimate(draw(RBFProcess(), n, length))["rate"]
    agree(slow, 0.1, bias=0.004)  # leakage: a twentieth at this length


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        (Sines, {"frequency": (3, 2)}),
        (Sines, {"frequency": (1, 16)}),
        (Sines, {"amplitude": (-1, 1)}),
        (Sines, {"amplitude": (0, 0)}),
        (Sines, {"phase": (1, 0)}),
        (Sines, {"period": 0}),
        (Sines, {"channels": 0}),
        (Sines, {"offset": float("inf")}),
        (Chirp, {"frequency": (0.3, 0.6)}),
        (Chirp, {"rate": (1e-4, 0)}),
        (Chirp, {"amplitude": (0, 0)}),
        (Chirp, {"phase": (1, 0)}),
        (Chirp, {"noise": -1}),
        (GaussianPulse, {"width": 0}),
        (RBFProcess, {"variance": -1}),
        (RBFProcess, {"rate": 1e-5}),
    ],
)
def test_bad_signals_are_refused(kind: Any, settings):
    with pytest.raises(ValueError, match=f"{next(iter(settings))} must"):
        kind(**settings)
