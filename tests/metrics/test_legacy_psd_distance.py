import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.signal.windows import dpss

from rpgan.metrics import LegacyPSDDistance
from rpgan.metrics.legacy_psd_distance import legacy_taper, periodograms
from rpgan.processes import FGN, AlphaStable
from rpgan.randomness import generator

WHITE = FGN(hurst=0.5)


def white(n, length, *purpose):
    return WHITE.sample(n, length, generator(1, "legacy", *purpose))


def published(series):
    """As NoiseGAN's script has it: seven complex spectra per series, averaged, then squared."""
    n_fft = max(256, 2 ** int(np.ceil(np.log2(len(series)))))
    tapers, eigenvalues = dpss(len(series), 4, 7, return_ratios=True)
    weights = eigenvalues / np.arange(1, 8)
    spectra = np.fft.fft(tapers * series, n_fft)
    return np.abs(np.mean(spectra * weights[:, None], axis=0))[: n_fft // 2] ** 2


@pytest.mark.parametrize(("length", "bins"), [(100, 128), (256, 128), (300, 256), (1024, 512)])
def test_it_is_the_published_estimate(length, bins):
    series = white(3, length, "published")
    got = periodograms(series)
    assert got.shape == (3, bins)
    # Relative to the peak: seven transforms and one round differently where they cancel.
    for estimate, x in zip(got, series, strict=True):
        assert_allclose(estimate, published(x), rtol=1e-9, atol=1e-13 * estimate.max())


def test_the_published_taper_is_lopsided_and_offset():
    # Constants measured on the published code: level 0.03079 of unit white noise (-15.1 dB),
    # centroid of the energy at 0.356 of the length.
    energy = legacy_taper(4096) ** 2
    assert_allclose(energy.sum(), 0.03079, rtol=2e-4)
    assert_allclose(np.arange(4096) / 4096 @ energy / energy.sum(), 0.356, atol=1e-3)


def test_the_floor_is_that_of_medians_of_a_single_periodogram():
    n, length, pairs = 255, 1024, 16
    squares = []
    for b in range(pairs):
        fitted = LegacyPSDDistance().fit(white(n, length, "a", b), WHITE)
        squares.append(fitted(white(n, length, "b", b))["legacy_psd_distance"] ** 2)
    # var ln(median of n exponentials) = 1 / (n ln(2)^2) for each of the two sets; some 3 of the
    # 512 bins are as good as one.
    expected = 2 / (n * np.log(2) ** 2)
    assert_allclose(np.mean(squares), expected, rtol=5 * np.sqrt(2 * 3 / 512 / pairs))


@pytest.mark.parametrize("n", [4, 5])
def test_the_median_is_the_median(n):
    real, fake = white(n, 256, "real"), white(n, 256, "fake")
    ratio = np.median(periodograms(fake), axis=0) / np.median(periodograms(real), axis=0)
    values = LegacyPSDDistance().fit(real, WHITE)(fake)
    assert_allclose(values["legacy_psd_distance"], np.std(np.log(ratio)), rtol=1e-12)


def test_it_exists_for_heavy_tails():
    law = AlphaStable(alpha=0.8)
    real, fresh = (law.sample(64, 256, generator(1, part)) for part in ("real", "fresh"))
    assert 0 < LegacyPSDDistance().fit(real, law)(fresh)["legacy_psd_distance"] < 1


def test_silent_series_have_no_distance():
    values = LegacyPSDDistance().fit(white(4, 64, "loud"), WHITE)(np.zeros((4, 64)))
    assert np.isnan(values["legacy_psd_distance"])
