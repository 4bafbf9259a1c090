import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.stats import kurtosis, skew

from rpgan.errors import UndefinedLaw
from rpgan.metrics.features import in_bands, raw, standardised, straight
from rpgan.metrics.multitaper import multitaper
from rpgan.processes import FGN, AlphaStable
from rpgan.randomness import generator

REAL = FGN(hurst=0.7).sample(101, 256, generator(1, "features"))


def test_features_are_what_they_are_called():
    x = 2 + 3 * REAL[:5]
    found, sizes = raw(2.0, x), np.abs(x)
    bands = found.shape[1] - 8
    assert_allclose(found[:, :bands], np.log(in_bands(multitaper(x)[1]) / 4), rtol=1e-9, atol=1e-9)
    expected = [
        x.mean(axis=1) / 2,
        skew(x, axis=1),
        np.log(x.std(axis=1) / 2),
        np.log(kurtosis(x, axis=1, fisher=False)),
        np.log(sizes.max(axis=1) / 2),
        np.log(np.median(sizes, axis=1) / 2),
        np.log(np.sqrt((x[:, :4] ** 2).mean(axis=1)) / 2),
        np.log(np.sqrt((x[:, -4:] ** 2).mean(axis=1)) / 2),
    ]
    assert_allclose(found[:, bands:], np.transpose(expected), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("bins", [1, 2, 3, 5, 31, 511, 2047])
def test_bands_hold_every_bin_once(bins):
    power = np.eye(bins)
    bands = in_bands(power)
    assert bands.shape[1] <= 24
    assert ((bands > 0).sum(axis=1) == 1).all()
    assert_allclose(bands.sum(axis=0), 1)
    if bins > 500:
        assert bands.shape[1] >= 18


def test_the_real_series_are_the_unit():
    found = standardised(REAL)(REAL)
    low, middle, high = np.quantile(found, [0.25, 0.5, 0.75], axis=0)
    assert_allclose(middle, 0, atol=1e-12)
    assert_allclose(high - low, 1.349, rtol=1e-9)


def test_units_do_not_depend_on_those_of_the_series():
    assert_allclose(
        standardised(1e6 * REAL)(1.1e6 * REAL), standardised(REAL)(1.1 * REAL), atol=1e-9
    )


@given(st.floats(-1e300, 1e300))
def test_outliers_count_by_their_logarithm(z):
    found = float(straight(np.array(z)))
    assert np.sign(found) == np.sign(z)
    if abs(z) <= 5:
        assert found == z
    else:
        assert_allclose(abs(found), 5 * (1 + np.log(abs(z) / 5)))


def test_any_series_has_finite_features():
    features = standardised(REAL)
    for series in (np.zeros((3, 256)), np.full((3, 256), 1e50), np.eye(3, 256) * 1e50):
        assert np.isfinite(features(series)).all()
    heavy = AlphaStable(alpha=0.5).sample(50, 256, generator(2))
    assert np.isfinite(standardised(heavy)(heavy)).all()


def test_a_series_that_is_changed_in_place_is_looked_at_again():
    features, series = standardised(REAL), REAL.copy()
    first = features(series)
    series[0] *= 2
    second = features(series)
    assert (first[0] != second[0]).any()
    assert_allclose(first[1:], second[1:], rtol=1e-12)
    assert features(series[::-1]).tolist() == second[::-1].tolist()


def test_channels_are_side_by_side():
    both = np.stack([REAL, REAL[:, ::-1]], axis=1)
    assert standardised(both)(both).shape[1] == 2 * standardised(REAL)(REAL).shape[1]


def test_constant_series_and_images_have_none():
    with pytest.raises(UndefinedLaw, match="real series are constant"):
        standardised(np.ones((4, 64)))
    with pytest.raises(UndefinedLaw, match="are images"):
        standardised(generator(3).standard_normal((4, 3, 8, 8)))
