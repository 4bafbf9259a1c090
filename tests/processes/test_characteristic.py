"""Characteristic functions, against distribution functions, moments and samples."""

from math import pi, sqrt
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from rpgan.errors import UndefinedLaw
from rpgan.processes import (
    ARMA,
    FGN,
    GARCH,
    AlphaStable,
    BandNoise,
    BernoulliGaussian,
    Chirp,
    MarkovBernoulliGaussian,
    MiddletonA,
    MultifractalRandomWalk,
    OrnsteinUhlenbeck,
    RBFProcess,
    ShotNoise,
    Sines,
    TabulatedPSD,
    Telegraph,
)

PULSES: list[tuple[float, Any]] = [
    (0.5, "one_sided_exponential"),
    (1, "linear_exponential"),
    (2, "gaussian"),
]
AMPLITUDES: list[Any] = ["exponential", "rayleigh", "normal"]
ARRIVALS: list[Any] = ["continuous", "grid"]
SHOTS = [
    ShotNoise(rate=rate, pulse=pulse, amplitude=amplitude, arrivals=arrivals)
    for rate, pulse in PULSES
    for amplitude in AMPLITUDES
    for arrivals in ARRIVALS
]
OTHERS = [
    FGN(hurst=0.8),
    BandNoise(band=3),
    ARMA(ar=(1, -1.2, 0.5), scale=2),
    OrnsteinUhlenbeck(rate=0.2),
    RBFProcess(),
    TabulatedPSD(frequency=(0.01, 0.1, 0.3), power=(100, 10, 1)),
    BernoulliGaussian(probability=0.1),
    MarkovBernoulliGaussian(probability=0.1, memory=0.8),
    MiddletonA(overlap=0.3, gaussian_ratio=0.1),
    MultifractalRandomWalk(intermittency=0.05),
    Telegraph(rate=0.1),
    Sines(),
    Sines(amplitude=(0.5, 0.5)),
    Sines(amplitude=(0, 3), offset=0.7),
    Chirp(amplitude=(0.5, 2)),
]
STABLE = [AlphaStable(alpha=0.5), AlphaStable(alpha=1), AlphaStable(alpha=1.5, scale=3)]


@pytest.mark.parametrize("process", SHOTS + OTHERS + [Chirp(noise=0.5)], ids=str)
def test_cumulants_are_its_derivatives_at_zero(process):
    moments = process.moments()
    deviation = sqrt(moments["variance"])
    step = 0.01 / deviation
    assert process.characteristic(0.0) == pytest.approx(1, abs=1e-12)
    log = np.log(process.characteristic(step * np.arange(-2, 3)))
    first = (log[0] - 8 * log[1] + 8 * log[3] - log[4]) / (12 * step)
    second = (-log[0] + 16 * log[1] - 30 * log[2] + 16 * log[3] - log[4]) / (12 * step**2)
    assert first.imag == pytest.approx(moments["mean"], abs=1e-4 * deviation)
    assert -second.real == pytest.approx(moments["variance"], rel=1e-4)
    third = (log[4] - 2 * log[3] + 2 * log[1] - log[0]) / (2 * step**3)
    assert -third.imag == pytest.approx(moments["skewness"] * deviation**3, rel=0.2, abs=1e-3)


@pytest.mark.parametrize("process", OTHERS, ids=str)
def test_it_is_the_transform_of_the_law(process):
    moments = process.moments()
    edge = 60 * sqrt(moments["variance"])
    x = np.linspace(-edge, edge, 400_002)
    if isinstance(process, Telegraph):
        x = np.linspace(-2.005, 2.005, 402)  # jumps in the middle of steps
    mass, middle = np.diff(process.cdf(x)), (x[1:] + x[:-1]) / 2
    for t in (0.3, 1.0, 4.0):
        u = t / sqrt(moments["variance"])
        want = mass @ np.exp(1j * u * middle)
        assert_allclose(process.characteristic([u, -u]), [want, want.conj()], atol=1e-6)


@pytest.mark.parametrize("process", STABLE, ids=str)
def test_stable_density_is_its_transform(process):
    y, step = np.linspace(-40, 8, 40001, retstep=True)
    t = np.exp(y) / process.scale
    weight = process.characteristic(t).real * t * step / pi
    for x in (0.0, 0.5, 2.0):
        got = weight @ np.cos(t * x * process.scale)
        assert got == pytest.approx(float(process.pdf(x * process.scale)), rel=1e-6)


@pytest.mark.parametrize("t", [0.2, 3.0, 30.0])
def test_shot_noise_against_the_gamma_law_and_mpmath(t):
    """The quadrature where there is a closed form, and elsewhere another one."""
    mpmath = pytest.importorskip("mpmath")
    process = ShotNoise(rate=0.7)
    weight, height = process.heights()
    got = np.exp(0.7 * weight @ process.amplitude_characteristic(t * height))
    assert_allclose(got, process.characteristic(t), rtol=1e-11)

    root = mpmath.sqrt(mpmath.pi)
    amplitudes: dict[Any, Any] = {
        "normal": lambda u: mpmath.expm1(-(u**2) / 2),
        "exponential": lambda u: 1 / (1 - 1j * u) - 1,
        "rayleigh": lambda u: mpmath.exp(-((u / root) ** 2)) * (1j * u - u * mpmath.erfi(u / root)),
    }
    pulses: dict[Any, Any] = {
        "one_sided_exponential": lambda s: mpmath.exp(-s),
        "linear_exponential": lambda s: s * mpmath.exp(-s),
        "gaussian": lambda s: mpmath.npdf(s),
    }
    for pulse, h in pulses.items():
        for amplitude, excess in amplitudes.items():
            process = ShotNoise(rate=0.7, pulse=pulse, amplitude=amplitude)
            pieces = [0, 0.05, 0.2, 0.5, 1, 1.5, 2, 3, 4, 5, 6, 8, 12, 20, 45]
            total = mpmath.quad(lambda s, h=h, f=excess: f(t * h(s)), pieces)
            want = mpmath.exp(0.7 * total * (2 if pulse == "gaussian" else 1))
            assert_allclose(process.characteristic(t), complex(want), atol=1e-10)


def empirical_scores(x: np.ndarray, process, t: float) -> list[float]:
    """Of the real and the imaginary part, in standard errors, for independent samples."""
    here, there = complex(process.characteristic(t)), complex(process.characteristic(2 * t))
    spread_re = (1 + there.real - 2 * here.real**2) / 2
    spread_im = (1 - there.real - 2 * here.imag**2) / 2
    wave = np.exp(1j * t * x).mean()
    return [
        abs(wave.real - here.real) / sqrt(max(spread_re, 1e-12) / len(x)),
        abs(wave.imag - here.imag) / sqrt(max(spread_im, 1e-12) / len(x)),
    ]


@pytest.mark.parametrize("process", SHOTS + OTHERS + STABLE + [Chirp(noise=0.5)], ids=str)
def test_samples_have_it(process, draw, limit):
    x = draw(process, 10000, 3)[:, 1]  # one of each series: independent
    unit = np.diff(np.quantile(x, [0.16, 0.84]))[0] / 2
    for t in (0.4, 1.1, 2.3):
        assert max(empirical_scores(x, process, t / unit)) < limit
        wrong = [empirical_scores(1.3 * x, process, s / unit) for s in (0.4, 1.1)]
    assert np.max(wrong) > limit


def test_no_marginal_no_characteristic_function():
    with pytest.raises(UndefinedLaw, match="no characteristic function"):
        GARCH(omega=0.1, alpha=0.1, beta=0.8).characteristic(1.0)
    with pytest.raises(UndefinedLaw, match="not stationary"):
        Sines(phase=(0, 0.1)).characteristic(1.0)
