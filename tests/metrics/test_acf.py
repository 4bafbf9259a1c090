import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.linalg import toeplitz

from rpgan.errors import UndefinedLaw
from rpgan.metrics import ACF, MagnitudeACF
from rpgan.metrics.acf import covariance_of_products, lagged, whitening
from rpgan.processes import ARMA, FBM, FGN, GARCH, AlphaStable, BandNoise, ShotNoise
from rpgan.randomness import generator

WHITE = FGN(hurst=0.5)


def draw(law, n, length, *purpose):
    return law.sample(n, length, generator(1, "acf", *purpose))


@pytest.mark.parametrize("hurst", [0.3, 0.9])
def test_the_covariance_of_lagged_products_is_isserlis_sum(hurst):
    length, lags = 9, 4
    r = FGN(hurst=hurst).autocovariance(np.arange(length))
    c = toeplitz(r)
    expected = np.zeros((lags + 1, lags + 1))
    for k in range(lags + 1):
        for j in range(lags + 1):
            pairs = [(s, t) for s in range(length - k) for t in range(length - j)]
            total = sum(c[s, t] * c[s + k, t + j] + c[s, t + j] * c[s + k, t] for s, t in pairs)
            expected[k, j] = total / ((length - k) * (length - j))
    assert_allclose(covariance_of_products(r, lags), expected, rtol=1e-12)


def test_one_series_of_long_memory_has_the_tabulated_deviations():
    # H = 0.7, length 4096, lags 0, 1 and 3: theory, and 0.99 to 1.03 of it in simulations
    r = FGN(hurst=0.7).autocovariance(np.arange(4096))
    deviation = np.sqrt(np.diag(covariance_of_products(r, 3)))
    assert_allclose(deviation[[0, 1, 3]], [0.02917, 0.02610, 0.02491], rtol=2e-3)


def test_lagged_products_are_unbiased_about_the_known_mean():
    x = draw(WHITE, 3, 20, "products") + 2
    found = lagged(x, 2.0, 5)
    for k in range(6):
        y = x - 2
        assert_allclose(found[:, k], [np.mean(row[: 20 - k] * row[k:]) for row in y], rtol=1e-12)


@pytest.mark.parametrize("law", [FGN(hurst=0.8), FBM(hurst=0.3), ShotNoise(rate=2.0)])
def test_the_floor_is_one_over_root_n(law):
    """Mean square of 33 directions over 16 sets, that are correlated for laws not Gaussian."""
    n, sets = 200, 16
    fitted = ACF().fit(draw(law, 400, 256, "real"), law)
    squares = [fitted(draw(law, n, 256, "fake", b))["acf_distance"] ** 2 for b in range(sets)]
    assert_allclose(np.mean(squares) * n, 1, atol=5 * np.sqrt(2 / (33 * sets)) + 0.15)


def test_an_ar1_is_as_far_from_white_as_its_correlation():
    ar1 = np.sqrt(0.75) * draw(ARMA(ar=(1.0, -0.5)), 400, 256, "ar1")
    values = ACF().fit(draw(WHITE, 4, 256), WHITE)(ar1)
    assert_allclose(values["acf_error"], 0.5, atol=5 / np.sqrt(400 * 256))
    louder = ACF().fit(draw(WHITE, 4, 256), WHITE)(3 * ar1)
    assert_allclose(louder["acf_error"], values["acf_error"], rtol=1e-9)
    assert louder["acf_distance"] > 10 * values["acf_distance"]


def test_a_wrong_variance_is_so_many_deviations_of_one_series():
    """White, length 128: variance 1.1 is 0.1 / sqrt(2 / 128) = 0.8 of one series' deviations."""
    fitted = ACF(lags=1).fit(draw(WHITE, 4, 128), WHITE)
    values = fitted(np.sqrt(1.1) * draw(WHITE, 20_000, 128, "loud"))
    assert_allclose(values["acf_distance"], 0.8 / np.sqrt(2), rtol=0.06)


def test_recorded_series_are_compared_with_the_real_ones():
    real, fake = (draw(WHITE, 300, 128, p) for p in "rf")
    values = ACF().fit(real, None)(fake)
    assert_allclose(values["acf_distance"], np.sqrt(2 / 300), rtol=0.5)
    offset = ACF().fit(real + 5, None)(fake + 5)
    assert_allclose(list(offset.values()), list(values.values()), rtol=1e-6)


def test_a_singular_covariance_has_the_directions_that_vary():
    directions = whitening(np.array([[4.0, 4.0], [4.0, 4.0]]), 100)
    assert directions.shape == (2, 1)
    values = ACF().fit(draw(BandNoise(band=0), 300, 256, "real"), BandNoise(band=0))(
        draw(BandNoise(band=0), 300, 256, "fake")
    )
    assert values["acf_distance"] < 0.3


def test_bursts_are_seen_by_the_magnitudes_alone():
    law = GARCH(omega=0.1, alpha=0.15, beta=0.8)
    real, fake = (draw(law, 400, 256, p) for p in ("real", "fake"))
    calm = generator(2).permuted(fake, axis=1)
    found = [{**ACF().fit(real, law)(x), **MagnitudeACF().fit(real, law)(x)} for x in (fake, calm)]
    assert found[1]["magnitude_acf_distance"] > 5 * found[0]["magnitude_acf_distance"]
    assert found[1]["magnitude_acf_error"] > 3 * found[0]["magnitude_acf_error"]
    assert found[1]["acf_error"] < 0.03


@pytest.mark.parametrize("law", [AlphaStable(alpha=0.5), FGN(hurst=0.9)])
def test_the_floor_of_magnitudes_is_root_two_over_n(law):
    n, sets = 200, 16
    fitted = MagnitudeACF().fit(draw(law, 800, 256, "real"), law)
    squares = [
        fitted(draw(law, n, 256, "fake", b))["magnitude_acf_distance"] ** 2 for b in range(sets)
    ]
    assert_allclose(np.mean(squares), 1 / n + 1 / 800, rtol=0.35)


def test_channels_are_side_by_side():
    real, fake = (
        np.stack([draw(WHITE, 200, 128, p, 0), draw(WHITE, 200, 128, p, 1)], axis=1) for p in "rf"
    )
    wrong = fake.copy()
    wrong[:, 1, 1:] += 0.5 * wrong[:, 1, :-1]
    for metric in (ACF(), MagnitudeACF()):
        fitted = metric.fit(real, None)
        name = f"{metric.name}_distance"
        assert fitted(wrong)[name] > 1.5 * fitted(fake)[name]


def test_silent_series_have_no_correlation():
    values = ACF().fit(draw(WHITE, 4, 64), WHITE)(np.zeros((5, 64)))
    assert np.isnan(values["acf_error"])
    assert values["acf_distance"] > 1


@pytest.mark.parametrize(
    ("metric", "real", "law", "message"),
    [
        (ACF(), np.ones((4, 64)), AlphaStable(alpha=1.5), "no variance, so no autocovariance"),
        (ACF(), np.ones((4, 64)), None, "do not vary"),
        (ACF(), np.ones((4, 3, 8, 8)), None, "are images"),
        (ACF(), np.ones((4, 3)), None, "too short for lags"),
        (MagnitudeACF(), np.ones((4, 64)), None, "real series are constant"),
        (MagnitudeACF(), np.ones((4, 3, 8, 8)), None, "are images"),
    ],
)
def test_it_is_undefined_with_a_reason(metric, real, law, message):
    with pytest.raises(UndefinedLaw, match=message):
        metric.fit(real, law)


@pytest.mark.parametrize("metric", [ACF, MagnitudeACF])
def test_no_lag_is_refused(metric):
    with pytest.raises(ValueError, match="lags must be at least 1, got 0"):
        metric(lags=0)
