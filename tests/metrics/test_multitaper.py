import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.signal.windows import dpss

from rpgan.errors import UserError
from rpgan.metrics import multitaper
from rpgan.randomness import generator


@pytest.mark.parametrize("length", [64, 65])
def test_frequencies_lie_strictly_between_0_and_a_half(length):
    frequency, spectra = multitaper(np.eye(length))
    everywhere = np.fft.rfftfreq(length)
    assert_array_equal(frequency, everywhere[(everywhere > 0) & (everywhere < 0.5)])
    assert spectra.shape == (length, len(frequency))


@pytest.mark.parametrize("length", [64, 65])
def test_the_expected_spectrum_of_white_noise_is_its_variance(length):
    # White noise of variance 1 has E x x' = I, so the expectation of a quadratic form is its sum
    # over unit impulses: 1, less what the removed mean takes from the lowest bins.
    tapers, shares = map(np.asarray, dpss(length, 4, 7, return_ratios=True))
    frequency, spectra = multitaper(np.eye(length))
    leak = np.abs(np.fft.rfft(tapers)[:, 1 : len(frequency) + 1]) ** 2 / length
    expected = 1 - shares / shares.sum() @ leak
    assert_allclose(spectra.sum(axis=0), expected, rtol=1e-10)
    assert_allclose(expected[frequency > 4.5 / length], 1, atol=0.02)


def test_a_sine_has_the_power_of_half_its_square():
    time = np.arange(512)
    _, spectra = multitaper(3 * np.sin(2 * np.pi * 0.2 * time + 1)[None])
    assert_allclose(2 * spectra.sum() / 512, 9 / 2, rtol=1e-3)


def test_seven_tapers_have_fourteen_degrees_of_freedom():
    shares = np.asarray(dpss(256, 4, 7, return_ratios=True)[1])
    freedom = 2 * shares.sum() ** 2 / (shares**2).sum()  # 13.99: the tapers are orthonormal
    series = generator(1, "freedom").standard_normal((4000, 256))
    frequency, spectra = multitaper(series)
    inner = spectra[:, (frequency > 8 / 256) & (frequency < 0.5 - 8 / 256)]
    # Relative error of a variance: about sqrt((2 + 6 / 7) / 4000) = 0.027 at one frequency, and
    # 14 or so of the frequencies are independent.
    assert_allclose(
        2 * inner.mean(0) ** 2 @ (1 / inner.var(0)) / inner.shape[1], freedom, rtol=0.03
    )


def test_a_series_does_not_depend_on_its_chunk():
    series = generator(2, "chunks").standard_normal((600, 256))  # three chunks
    together = multitaper(series)[1]
    for row in (0, 255, 256, 599):
        assert_allclose(multitaper(series[row : row + 1])[1][0], together[row], rtol=1e-12)


def test_single_precision_series_are_summed_in_double():
    series = generator(3, "single").standard_normal((3, 128)).astype(np.float32)
    spectra = multitaper(series)[1]
    assert_array_equal(spectra, multitaper(series.astype(np.float64))[1])


def test_offset_is_not_seen_and_gain_is_squared():
    series = generator(4, "offset").standard_normal((5, 128))
    assert_allclose(multitaper(3 * series + 100)[1], 9 * multitaper(series)[1], rtol=1e-9)


def test_short_series_are_refused():
    with pytest.raises(UserError, match=r"more than 2 \* time_bandwidth = 8 samples .* got 8"):
        multitaper(np.zeros((2, 8)))
