"""What holds for every process."""

import importlib
import os
import platform
import subprocess
import sys
from dataclasses import fields

import numpy as np
import pytest

from rpgan.errors import UndefinedLaw
from rpgan.processes import (
    ARFIMA,
    ARMA,
    ARTFIMA,
    FBM,
    FGN,
    GARCH,
    OFDM,
    AlphaStable,
    BandNoise,
    BernoulliGaussian,
    Chirp,
    GaussianPulse,
    MarkovBernoulliGaussian,
    MiddletonA,
    MultifractalRandomWalk,
    OrnsteinUhlenbeck,
    RBFProcess,
    ShotNoise,
    Sines,
    TabulatedPSD,
    Telegraph,
    blocks,
)

ALL = [
    FGN(hurst=0.2),
    FGN(hurst=0.8),
    FBM(hurst=0.3),
    BandNoise(band=0),
    BandNoise(band=3),
    BandNoise(band=7),
    BandNoise(low=0.2, high=0.5),
    ShotNoise(rate=0.25),
    ShotNoise(rate=3, arrivals="grid"),
    ShotNoise(rate=1, pulse="gaussian"),
    ShotNoise(rate=1, pulse="gaussian", arrivals="grid"),
    ShotNoise(rate=1, pulse="linear_exponential", amplitude="rayleigh"),
    BernoulliGaussian(probability=0.1),
    AlphaStable(alpha=1.0),
    AlphaStable(alpha=1.5),
    AlphaStable(alpha=2.0),
    Telegraph(rate=0.1),
    MiddletonA(overlap=0.3, gaussian_ratio=0.1),
    GARCH(omega=0.1, alpha=0.1, beta=0.8),
    MarkovBernoulliGaussian(probability=0.1, memory=0.8),
    MultifractalRandomWalk(intermittency=0.05),
    GaussianPulse(),
    RBFProcess(),
    Sines(),
    Chirp(),
    Chirp(amplitude=(0.5, 2), noise=0.3),
    ARFIMA(d=-0.3),
    ARFIMA(d=0.4),
    ARTFIMA(d=0.4, tempering=0.05),
    ARMA(ar=(1, -1.2, 0.5)),
    ARMA(ar=(1, -1.2, 0.5), ma=(1, 0.4), scale=3),
    OrnsteinUhlenbeck(rate=0.2),
    TabulatedPSD(frequency=(0.01, 0.1, 0.3), power=(100, 10, 1)),
    OFDM(fft_size=16, subcarriers=8),
    OFDM(fft_size=16, subcarriers=8, prefix="short", channel="etu300", gain_imbalance=0.1),
]
SIGNED = ("d", "ar_1", "ar_2", "ma_1")  # parameters that may be negative
SIGNED += ("evm_db", "frequency_offset", "gain_imbalance", "phase_imbalance")


def shape(process, n, length):
    """Of `n` series."""
    channels = getattr(process, "channels", 1)
    return (n, length) if channels == 1 else (n, channels, length)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "process" in metafunc.fixturenames:
        metafunc.parametrize("process", ALL, ids=str)


def test_the_name_is_last_and_is_the_file(process):
    field = fields(process)[-1]
    assert field.name == "name"
    assert process.name == field.default
    module = importlib.import_module(f"rpgan.processes.{process.name}")
    assert isinstance(process, getattr(module, type(process).__name__))


@pytest.mark.parametrize(
    "method", ["autocovariance", "psd", "pdf", "cdf", "characteristic", "moments", "crlb"]
)
def test_a_law_is_given_or_refused_with_a_reason(process, method):
    arguments = {"moments": (), "crlb": (256,)}.get(method, (np.array([[0, 1], [2, 3]]),))
    try:
        law = getattr(process, method)(*arguments)
    except UndefinedLaw:
        with pytest.raises(UndefinedLaw, match=r".{20}"):
            getattr(process, method)(*arguments)
        return
    if method in ("moments", "crlb"):
        assert all(np.isfinite(value) for value in law.values())
    else:
        assert law.shape == (2, 2)


def test_estimates_are_named_as_the_truth(process, draw):
    estimates = process.estimate(draw(process, 3, 128))
    assert estimates.keys() == process.truth().keys()
    assert all(value.shape == (3,) for value in estimates.values())


def test_moments_and_autocovariance_agree(process):
    try:
        variance = process.moments()["variance"]
    except UndefinedLaw:
        return
    try:
        channels = getattr(process, "channels", 1)  # the covariance is the sum over them
        assert process.autocovariance(0) == pytest.approx(channels * variance, rel=1e-12)
        assert process.autocovariance(-3) == process.autocovariance(3)
    except UndefinedLaw:
        assert process.covariance(5, 5) == pytest.approx(variance, rel=1e-12)
        assert process.covariance(2, 5) == process.covariance(5, 2)


def test_threads_and_later_blocks_change_nothing(process, draw, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    one = draw(process, 150, 100)
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    assert blocks.threads() == 2
    np.testing.assert_array_equal(draw(process, 150, 100), one)
    np.testing.assert_array_equal(draw(process, 70, 100), one[:70])


def test_tiles_change_nothing(process, draw, monkeypatch):
    whole = draw(process, 70, 100)
    monkeypatch.setattr(blocks, "TILE", 1)
    np.testing.assert_array_equal(draw(process, 70, 100), whole)


def test_a_generator_goes_on(process):
    rng = np.random.default_rng(0)
    first, second = process.sample(2, 50, rng), process.sample(2, 50, rng)
    assert first.dtype == np.float64
    assert not np.array_equal(first, second)
    blocks_differ = process.sample(128, 50, rng)
    assert not np.array_equal(blocks_differ[:64], blocks_differ[64:])


@pytest.mark.parametrize("length", [1, 2, 3, 97])
def test_any_length_can_be_drawn(process, draw, length):
    series = draw(process, 5, length)
    assert series.shape == shape(process, 5, length)
    assert np.isfinite(series).all()
    assert draw(process, 0, length).shape == shape(process, 0, length)


def test_bad_sizes_are_refused(process, draw):
    with pytest.raises(ValueError, match="got -1 and 5"):
        draw(process, -1, 5)
    with pytest.raises(ValueError, match="length"):
        draw(process, 5, 0)


@pytest.mark.parametrize("length", [64, 1000])
def test_estimators_survive_what_a_network_may_make(process, length):
    rng = np.random.default_rng(0)
    gauss = rng.standard_normal(length)
    dead = [np.zeros(length), np.full(length, -3.7), np.full(length, 1e300)]
    odd = [
        np.sign(gauss),
        np.tanh(5 * gauss),
        rng.random(length),
        gauss * 1e150,
        gauss * 1e-310,
        np.sign(gauss) * 1.7e308,
        1e9 + gauss,
        np.maximum(gauss, 0),
        np.eye(length)[length // 2],
        np.arange(length) * 1.0,
        np.sin(0.3 * np.arange(length)),
        (-1.0) ** np.arange(length),
        rng.standard_cauchy(length) ** 5,
        np.round(3 * gauss),
    ]
    series = np.array(dead + odd)
    series = (
        np.broadcast_to(series[:, None], shape(process, *series.shape))
        if getattr(process, "channels", 1) > 1
        else series
    )
    for name, values in process.estimate(series).items():
        assert np.isnan(values[: len(dead)]).all(), name
        assert not np.isinf(values).any(), name
        assert name in SIGNED or not (values < 0).any(), name


def test_estimates_do_not_depend_on_units(process, draw):
    series = draw(process, 4, 512)
    units = dict.fromkeys(("background", "impulse", "scale", "amplitude", "noise"), 1e3)
    units |= {"omega": 1e6, "variance": 1e6}
    there = process.estimate(series * 1000)
    for name, value in process.estimate(series).items():
        np.testing.assert_allclose(there[name], value * units.get(name, 1), rtol=1e-4)


def test_a_wrong_shape_is_refused(process):
    with pytest.raises((ValueError, IndexError)):
        process.estimate(np.zeros(100))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: FGN(hurst=1.5), r"hurst must lie in \(0, 1\), got 1.5"),
        (lambda: FGN(hurst=float("nan")), "hurst must lie in"),
        (lambda: FBM(hurst=0), r"hurst must lie in \(0, 1\), got 0"),
        (lambda: AlphaStable(alpha=2.1), r"alpha must lie in \(0, 2\], got 2.1"),
        (lambda: AlphaStable(alpha=1, scale=0), r"scale must lie in \(0, inf\), got 0"),
        (lambda: BernoulliGaussian(probability=0), r"probability must lie in \(0, 1\), got 0"),
        (lambda: BernoulliGaussian(probability=0.1, impulse=-1), "impulse must lie in"),
        (lambda: ShotNoise(rate=0), r"rate must lie in \(0, inf\), got 0"),
        (lambda: ShotNoise(rate=1, spacing=np.inf), "spacing must lie in"),
        (lambda: ShotNoise(rate=1, spacing=1e-6), r"spacing must lie in \[1e-05, inf\), got 1e-06"),
        (lambda: ShotNoise(rate=1e6), r"at most 10000, arrivals per sample, got 100000; so many"),
        (lambda: ShotNoise(rate=1, pulse="box"), "pulse must be one of .*gaussian, got box"),  # type: ignore[arg-type]
        (lambda: ARFIMA(d=0.5), r"d must lie in \(-1/2, 1/2\), got 0.5"),
        (lambda: ARTFIMA(d=1, tempering=0.1), r"d must lie in \(-1, 1\), got 1"),
        (lambda: ARTFIMA(d=0.3, tempering=0), r"tempering must lie in \[1e-5, inf\), got 0"),
        (lambda: ARMA(), "nothing to learn"),
        (lambda: ARMA(ar=(1.2, -0.5)), r"ar must be numbers that begin with 1, got \[1.2, -0.5\]"),
        (lambda: ARMA(ma=()), "ma must be numbers that begin with 1"),
        (
            lambda: ARMA(ar=(1, -1)),
            r"ar must have its roots inside .* with one at a distance of 1$",
        ),
        (lambda: ARMA(ma=(1, 2)), r"ma must have its roots inside .* with one at a distance of 2$"),
        (lambda: ARMA(ar=(1, -0.5), scale=0), r"scale must lie in \(0, inf\), got 0"),
        (lambda: OrnsteinUhlenbeck(rate=0), r"rate must lie in \(0, inf\), got 0"),
        (lambda: OrnsteinUhlenbeck(rate=1, step=np.inf), "step must lie in"),
        (lambda: TabulatedPSD(frequency=(0.1,), power=(1,)), "length of at least 2, got 1 and 1"),
        (lambda: TabulatedPSD(frequency=(0.1, 0.1), power=(1, 1)), "frequency must increase"),
        (lambda: TabulatedPSD(frequency=(0.1, 0.6), power=(1, 1)), r"lie in \[0, 1/2\]"),
        (lambda: TabulatedPSD(frequency=(0.1, 0.2), power=(0, 0)), "more than 0 somewhere"),
        (lambda: TabulatedPSD(frequency=(0, 0.5), power=(1, 1), scale=0), "scale must lie in"),
        (lambda: BandNoise(), "give either band, or low and high"),
        (lambda: BandNoise(band=1, low=0.1), "give either band, or low and high"),
        (lambda: BandNoise(band=8), r"band must lie in \[0, 8\), got 8"),
        (lambda: BandNoise(band=0, bands=1), "bands must be at least 2, got 1"),
        (lambda: BandNoise(low=0.5, high=0.4), "low < high"),
        (lambda: BandNoise(low=0.0, high=1.0), "not both be an end"),
    ],
)
def test_bad_settings_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another allocator")
def test_memory_is_not_given_back_between_blocks():
    """Pages of 4 kB faulted in: 8192 of the series at most, and as many again if it were."""
    code = """
import resource
import numpy as np
from rpgan.processes import ShotNoise

def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

for _ in range(3):
    before = faults()
    ShotNoise(rate=3).sample(1024, 4096, np.random.default_rng(0))
print(faults() - before)
"""
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert int(done.stdout) < 8192 + 2048


def test_importing_is_light():
    """scipy.stats and scipy.signal take longer to import than most sets take to draw."""
    code = "import rpgan.processes, sys; print(*[m for m in sys.modules if m.startswith('scipy')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


@pytest.mark.parametrize("method", ["loglik", "whiten"])
def test_likelihoods_and_innovations_are_given_or_refused_with_a_reason(process, method, draw):
    series = draw(process, 3, 64)
    try:
        found = getattr(process, method)(series)
    except UndefinedLaw:
        with pytest.raises(UndefinedLaw, match=r".{20}"):
            getattr(process, method)(series)
        return
    assert len(found) == 3
    assert found.ndim == {"loglik": 1, "whiten": 2}[method]
    assert np.isfinite(found).all()
