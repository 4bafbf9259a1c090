"""Likelihoods and whitening of Gaussian processes."""

from itertools import pairwise
from math import sqrt

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.linalg import solve_triangular, toeplitz

from rpgan.errors import UndefinedLaw
from rpgan.processes import (
    ARFIMA,
    ARMA,
    ARTFIMA,
    FBM,
    FGN,
    BandNoise,
    OrnsteinUhlenbeck,
    TabulatedPSD,
    band_noise,
    innovations,
)

STATIONARY = [
    FGN(hurst=0.05),
    FGN(hurst=0.95),
    ARFIMA(d=-0.45),
    ARFIMA(d=0.45),
    ARTFIMA(d=0.4, tempering=0.05),
    ARTFIMA(d=-0.8, tempering=0.01),
    ARMA(ar=(1, -1.2, 0.5), ma=(1, 0.4), scale=3),
    ARMA(ar=(1, -1.8, 0.97)),
    ARMA(ma=(1, -0.99)),
    OrnsteinUhlenbeck(rate=0.01, step=3),
    OrnsteinUhlenbeck(rate=5),
    TabulatedPSD(frequency=(0.01, 0.1, 0.3), power=(100, 10, 1), scale=0.2),
]
LENGTH = 300  # beyond one block of predictors


def dense(process, series: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Whitened series and their log-likelihoods, by Cholesky's root of the whole covariance."""
    length = series.shape[1]
    root = np.linalg.cholesky(toeplitz(process.autocovariance(np.arange(length))))
    white = solve_triangular(root, series.T, lower=True).T
    log_det = 2 * np.sum(np.log(np.diag(root)))
    return white, -(np.sum(white**2, axis=1) + log_det + length * np.log(2 * np.pi)) / 2


@pytest.mark.parametrize("process", STATIONARY, ids=str)
@pytest.mark.parametrize("length", [1, 2, LENGTH])
def test_it_is_that_of_the_whole_covariance(process, length, draw):
    assert innovations.ROWS < LENGTH
    series = draw(process, 5, length)
    white, loglik = dense(process, series)
    assert_allclose(process.whiten(series), white, atol=1e-9)
    assert_allclose(process.loglik(series), loglik, rtol=1e-9, atol=1e-9)


def independence_z(white: np.ndarray) -> np.ndarray:
    """Standard errors of what is known of iid N(0, 1): its mean, powers, products, each time's."""
    n, length = white.shape
    products = [np.mean(white[:, k:] * white[:, : length - k]) for k in (1, 2, 7, length // 2)]
    sizes = [n * (length - k) for k in (1, 2, 7, length // 2)]
    scores = [product * sqrt(size) for product, size in zip(products, sizes, strict=True)]
    scores += [np.mean(white) * sqrt(white.size), (np.mean(white**2) - 1) * sqrt(white.size / 2)]
    scores += [(np.mean(white**4) - 3) * sqrt(white.size / 96)]
    by_time = (np.mean(white**2, axis=0) - 1) * sqrt(n / 2)
    return np.abs([*scores, *by_time])


@pytest.mark.parametrize("process", [*STATIONARY, FBM(hurst=0.7)], ids=str)
def test_whitened_draws_are_white(process, draw, limit):
    white = process.whiten(draw(process, 2048, 64))
    assert independence_z(white).max() < limit


def test_whitening_sees_a_wrong_exponent(draw, limit):
    for right, wrong in (
        (FGN(hurst=0.7), FGN(hurst=0.72)),
        (FBM(hurst=0.3), FBM(hurst=0.32)),
        (ARFIMA(d=0.2), ARFIMA(d=0.22)),
        (ARTFIMA(d=0.4, tempering=0.05), ARTFIMA(d=0.4, tempering=0.1)),
        (ARMA(ar=(1, -0.9)), ARMA(ar=(1, -0.88))),
        (OrnsteinUhlenbeck(rate=0.2), OrnsteinUhlenbeck(rate=0.22)),
    ):
        assert independence_z(wrong.whiten(draw(right, 2048, 64))).max() > limit


@pytest.mark.parametrize("process", [*STATIONARY, FBM(hurst=0.7)], ids=str)
def test_twice_the_log_likelihood_is_chi_square(process, draw, agree):
    """Its mean is that of the entropy, so a constant that is missing shows."""
    series = draw(process, 1024, 64)
    white = process.whiten(series)
    size = white.shape[1]
    constant = process.loglik(series) + np.sum(white**2, axis=1) / 2
    assert_allclose(constant, constant[0], rtol=1e-9, atol=1e-8)
    agree(process.loglik(series), constant[0] - size / 2)


def test_the_likelihood_prefers_the_truth(draw):
    series = draw(FGN(hurst=0.7), 256, 256)
    likelihood = [np.mean(FGN(hurst=h).loglik(series)) for h in (0.6, 0.65, 0.7, 0.75, 0.8)]
    assert np.argmax(likelihood) == 2
    # Fisher: the loss is information / 2 times the square of the error.
    lost = likelihood[2] - likelihood[1]
    known_scale = 0.00830 * sqrt(4096 / 256)
    assert lost == pytest.approx((0.05 / known_scale) ** 2 / 2, rel=0.25)


def test_brownian_motion_is_whitened_by_its_steps(draw):
    series = draw(FBM(hurst=0.5), 4, 50)
    fbm = FBM(hurst=0.5)
    assert_allclose(fbm.whiten(series), np.diff(series), atol=1e-12)
    assert_allclose(fbm.whiten(series + 3), np.diff(series), atol=1e-12)
    want = -np.sum(np.diff(series) ** 2, axis=1) / 2 - 49 * np.log(2 * np.pi) / 2
    assert_allclose(fbm.loglik(series), want, rtol=1e-12)


def test_partial_autocorrelations_in_closed_form():
    for d in (-0.45, 0.2, 0.49):
        arfima, lags = ARFIMA(d=d), np.arange(600)
        r, partial = arfima.autocovariance(lags), arfima.partial_autocorrelation(lags[1:])
        both = [list(innovations.error_filters(r, known)) for known in (partial, None)]
        assert [start for start, _, _ in both[0]] == [0, 256, 512]
        for (_, filters, variances), (_, same, alike) in zip(*both, strict=True):
            assert_allclose(filters, same, atol=1e-11)
            assert_allclose(variances, alike, rtol=1e-11)
        assert all(a > b for a, b in pairwise(np.concatenate([v for _, _, v in both[0]])))
        assert both[0][-1][2][-1] > 1  # towards the innovations' variance, from above


@pytest.mark.parametrize("band", [0, 3, 7])
@pytest.mark.parametrize("length", [64, 255])
def test_band_noise_is_white_in_its_pass_band(band, length, draw, limit):
    process = BandNoise(band=band)
    waves, root = band_noise.pass_band(*process.edges, length)
    want = waves @ toeplitz(process.autocovariance(np.arange(length))) @ waves.T
    assert_allclose(waves @ waves.T, np.eye(len(waves)), atol=1e-13)
    assert_allclose(root @ root.T, want, atol=1e-14)
    assert np.linalg.cond(want) < 5
    white = process.whiten(draw(process, 4096, length))
    assert white.shape == (4096, len(waves))
    assert abs(len(waves) - 2 / 23 * length) < 2
    covariance = white.T @ white / 4096
    score = (covariance - np.eye(len(waves))) * sqrt(4096) / np.sqrt(1 + np.eye(len(waves)))
    assert np.abs(score).max() < limit
    louder = 1.05 * white
    assert (np.mean(louder**2) - 1) * sqrt(louder.size / 2) > limit
    shifted = BandNoise(low=2.5 / 23, high=4.5 / 23).whiten(draw(BandNoise(band=1), 4096, length))
    assert abs(np.mean(shifted**2) - 1) * sqrt(shifted.size / 2) > limit


def test_no_density_where_the_covariance_is_singular(draw):
    with pytest.raises(UndefinedLaw, match="pass band"):
        BandNoise(band=0).loglik(np.zeros((2, 64)))
    with pytest.raises(UndefinedLaw, match="no frequency of a length of 3"):
        BandNoise(band=3).whiten(np.zeros((2, 3)))
    gap = TabulatedPSD(frequency=(0.1, 0.11, 0.3, 0.31), power=(0, 1, 3, 0))
    assert gap.whiten(draw(gap, 2, 10)).shape == (2, 10)
    for method in (gap.loglik, gap.whiten):
        with pytest.raises(UndefinedLaw, match="determined by those before it"):
            method(draw(gap, 2, 100))


@pytest.mark.parametrize("process", [*STATIONARY, FBM(hurst=0.7), BandNoise(band=0)], ids=str)
def test_a_shape_that_is_not_a_set_of_series(process):
    with pytest.raises(ValueError, match=r"shape \(n, length\), got \(100,\)"):
        process.whiten(np.zeros(100))
    assert len(process.whiten(np.zeros((0, 64)))) == 0
