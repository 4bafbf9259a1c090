import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.signal import lfilter
from scipy.special import spence

from rpgan.errors import UndefinedLaw
from rpgan.metrics import PSDDistance
from rpgan.metrics.psd_distance import geodesic_distance, log_gain
from rpgan.processes import FGN, AlphaStable
from rpgan.randomness import generator

WHITE = FGN(hurst=0.5)
PHI = 0.5

# ln |1 - phi e^{-iw}|^2 = -2 sum_k phi^k cos(kw) / k has mean 0 and mean square 2 Li2(phi^2).
AR1_TO_WHITE = np.sqrt(2 * spence(1 - PHI**2))  # 0.7317


def ar1_psd(frequency):
    return 1 / np.abs(1 - PHI * np.exp(-2j * np.pi * frequency)) ** 2


def white(n, length, *purpose):
    return WHITE.sample(n, length, generator(1, "psd_distance", *purpose))


def test_ar1_against_white_noise_has_the_theoretical_distance():
    psd = ar1_psd(np.arange(512) / 512)
    assert_allclose(geodesic_distance(np.ones(512), psd), AR1_TO_WHITE, rtol=1e-12)
    assert_allclose(geodesic_distance(psd, np.ones(512)), AR1_TO_WHITE, rtol=1e-12)
    assert_allclose(log_gain(np.ones(512), psd), 0, atol=1e-12)


def test_ar1_series_against_white_ones_have_the_theoretical_distance():
    n, length, start = 1000, 512, 100
    series = np.asarray(lfilter([1], [1, -PHI], white(n, length + start, "ar1")))[:, start:]
    values = PSDDistance().fit(white(n, length, "real"), WHITE)(series)
    # The error of one log ratio is sqrt(2 / (7 n)); about 8 neighbouring bins share theirs.
    error = np.sqrt(2 / (7 * n)) / np.sqrt(length / 2 / 8)
    assert_allclose(values["psd_distance"], AR1_TO_WHITE, atol=5 * error)
    assert_allclose(values["psd_log_gain"], 0, atol=5 * error)


@given(st.floats(1e-3, 1e3))
def test_gain_is_the_log_gain_and_no_distance(gain):
    real = white(8, 64, "gain")
    values = PSDDistance().fit(real, WHITE)(np.sqrt(gain) * real)
    assert_allclose(values["psd_log_gain"], np.log(gain), atol=1e-10)
    assert_allclose(values["psd_distance"], 0, atol=1e-10)


def test_the_floor_is_that_of_the_degrees_of_freedom():
    n, length, pairs = 128, 1024, 24
    squares = [
        PSDDistance().fit(white(n, length, "a", b), WHITE)(white(n, length, "b", b))["psd_distance"]
        ** 2
        for b in range(pairs)
    ]
    # sqrt(2 / (7 n)) = 0.0472. Some 6 of the 511 bins are as good as one, for the mean log ratio
    # that is subtracted and for the error: sqrt(2 * 6 / 511 / 24) of the square.
    expected = 2 / (7 * n) * (1 - 6 / 511)
    assert_allclose(np.mean(squares), expected, rtol=5 * np.sqrt(2 * 6 / 511 / pairs))


def test_what_lies_below_the_floor_does_not_count():
    metric = PSDDistance(floor_db=-60)
    band = np.where(np.arange(100) < 20, 1.0, 1e-9)
    leaky = np.where(np.arange(100) < 20, 5.0, 5e-7)
    values = metric.compare(metric.mean_spectrum(band[None]), leaky[None])
    assert_allclose(values["psd_distance"], 0, atol=1e-12)
    louder = np.where(np.arange(100) < 20, 1.0, 1e-5)  # 10 dB above the floor in 4/5 of the bins
    values = metric.compare(metric.mean_spectrum(band[None]), louder[None])
    assert_allclose(values["psd_distance"], np.log(10) * np.sqrt(0.2 * 0.8), rtol=1e-12)


def test_spectra_are_averaged_before_the_logarithm():
    values = PSDDistance().compare(np.full(4, 2.0), np.array([[1.0] * 4, [3.0] * 4]))
    assert values == {"psd_distance": 0.0, "psd_log_gain": 0.0}


def test_a_law_without_variance_has_no_spectrum():
    law = AlphaStable(alpha=1.5)
    with pytest.raises(UndefinedLaw, match=r"tail index 1\.5 has no variance"):
        PSDDistance().fit(law.sample(4, 64, generator(1)), law)


def test_silent_series_have_no_distance():
    values = PSDDistance().fit(white(4, 64, "loud"), WHITE)(np.zeros((4, 64)))
    assert np.isnan(list(values.values())).all()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"time_bandwidth": 0}, "time_bandwidth must be positive, got 0"),
        ({"tapers": 9}, r"tapers must lie in \[1, 2 \* time_bandwidth = 8\], got 9"),
        ({"floor_db": 3}, "floor_db must be negative, got 3"),
    ],
)
def test_impossible_settings_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        PSDDistance(**settings)
