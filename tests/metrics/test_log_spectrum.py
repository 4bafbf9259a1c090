import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.linalg import toeplitz

from rpgan.errors import UndefinedLaw
from rpgan.metrics import LogSpectrum
from rpgan.metrics.log_spectrum import expected_multitaper
from rpgan.metrics.multitaper import multitaper
from rpgan.metrics.slepian import slepian
from rpgan.processes import ARMA, FBM, FGN, AlphaStable, GaussianPulse, ShotNoise
from rpgan.randomness import generator


def draw(law, n, length, *purpose):
    return law.sample(n, length, generator(1, "log_spectrum", *purpose))


@pytest.mark.parametrize("length", [32, 33])
@pytest.mark.parametrize("law", [FGN(hurst=0.9), FGN(hurst=0.2), ShotNoise(rate=1.0)])
def test_the_expectation_is_the_quadratic_form_of_what_the_estimate_does(law, length):
    r = law.autocovariance(np.arange(length))
    windows, shares = slepian(length, 4.0, 7)
    frequency = np.arange(1, (length + 1) // 2) / length
    wave = np.exp(-2j * np.pi * np.outer(frequency, np.arange(length)))
    expected = 0
    for window, share in zip(windows, shares / shares.sum(), strict=True):
        w = window * wave
        w = w - w.sum(axis=1, keepdims=True) / length  # the mean of the series is removed
        expected = expected + share * np.einsum("fs,st,ft->f", w, toeplitz(r), w.conj()).real
    assert_allclose(expected_multitaper(tuple(r), 4.0, 7), expected, rtol=1e-9)


def test_the_mean_estimate_is_the_expectation_within_its_error():
    law, n, length = FGN(hurst=0.9), 4000, 64
    mean = multitaper(draw(law, n, length, "mean"))[1].mean(axis=0)
    expected = expected_multitaper(tuple(law.autocovariance(np.arange(length))), 4.0, 7)
    assert_allclose(mean, expected, rtol=5 / np.sqrt(4 * n))  # 4 of 7 tapers count near an edge


@pytest.mark.parametrize("law", [FGN(hurst=0.7), FBM(hurst=0.3)])
def test_the_floor_is_that_of_the_degrees_of_freedom(law):
    n, length, sets = 128, 1024, 16
    fitted = LogSpectrum().fit(draw(law, 2, length), law)
    squares = [fitted(draw(law, n, length, b))["log_spectrum_rms"] ** 2 for b in range(sets)]
    # Some 6 of the 511 bins are as good as one.
    assert_allclose(np.mean(squares), 1 / (7 * n), rtol=5 * np.sqrt(2 * 6 / 511 / sets))


def test_gain_and_shape_are_told_apart():
    law = FGN(hurst=0.7)
    series = draw(law, 64, 256, "gain")
    fitted = LogSpectrum().fit(series, law)
    once, louder = fitted(series), fitted(1.1 * series + 5.0)
    assert_allclose(
        louder["log_spectrum_gain"] - once["log_spectrum_gain"], 2 * np.log(1.1), rtol=1e-6
    )
    assert_allclose(louder["log_spectrum_distance"], once["log_spectrum_distance"], rtol=1e-6)
    parts = louder["log_spectrum_distance"] ** 2 + louder["log_spectrum_gain"] ** 2
    assert_allclose(louder["log_spectrum_rms"] ** 2, parts, rtol=1e-9)


def test_ar1_against_a_white_law_has_the_theoretical_distance():
    n, length = 1000, 512
    values = LogSpectrum().fit(np.zeros((2, length)), FGN(hurst=0.5))(
        np.sqrt(0.75) * draw(ARMA(ar=(1.0, -0.5)), n, length, "ar1")
    )
    error = np.sqrt(1 / (7 * n)) / np.sqrt(length / 2 / 8)
    assert_allclose(values["log_spectrum_distance"], 0.7317, atol=5 * error + 0.002)
    # ln of the gain to variance 1: the mean log spectrum of an AR(1) is that of its innovations
    assert_allclose(values["log_spectrum_gain"], np.log(0.75), atol=5 * error + 0.002)


def test_silent_series_have_no_distance():
    values = LogSpectrum().fit(np.zeros((2, 64)), FGN(hurst=0.5))(np.zeros((4, 64)))
    assert np.isnan(list(values.values())).all()


@pytest.mark.parametrize(
    ("law", "shape", "message"),
    [
        (None, (4, 64), "needs the autocovariance of a known law, and this data set is recorded"),
        (AlphaStable(alpha=1.5), (4, 64), "no variance"),
        (GaussianPulse(), (4, 64), "not stationary"),
        (FGN(hurst=0.5), (4, 2, 64), "several channels"),
    ],
)
def test_it_is_undefined_with_a_reason(law, shape, message):
    with pytest.raises(UndefinedLaw, match=message):
        LogSpectrum().fit(np.ones(shape), law)


def test_impossible_settings_are_refused():
    with pytest.raises(ValueError, match=r"tapers must lie in \[1, 2 \* time_bandwidth = 8\]"):
        LogSpectrum(tapers=9)
