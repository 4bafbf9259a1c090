import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import chi2, kstest, norm

from rpgan.errors import UndefinedLaw
from rpgan.metrics import Residuals
from rpgan.processes import (
    FBM,
    FGN,
    AlphaStable,
    BandNoise,
    BernoulliGaussian,
    GaussianPulse,
    ShotNoise,
    Telegraph,
)
from rpgan.randomness import generator

WHITE = FGN(hurst=0.5)
N, LENGTH = 400, 128
LAWS = [
    FGN(hurst=0.8),
    FBM(hurst=0.3),
    BandNoise(band=3),
    BernoulliGaussian(probability=0.1),
    AlphaStable(alpha=1.5),
    GaussianPulse(),
    ShotNoise(rate=1.0),
    ShotNoise(rate=3.0, arrivals="grid"),
]


def draw(law, *purpose, n=N):
    return law.sample(n, LENGTH, generator(2, "residuals", law.name, *purpose))


def values(law, fake):
    return Residuals().fit(draw(law, "real"), law)(fake)


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.name)
def test_under_the_law_residuals_are_standard_normal(law):
    fake = draw(law, "fake")
    found, freedom = values(law, fake), law.whiten(fake[:1]).shape[1]
    assert_allclose(found["residual_energy"], 1, atol=5 * np.sqrt(2 / (N * freedom)))
    assert found["residual_energy_ks"] < 1.95 / np.sqrt(N)  # Kolmogorov, level 0.001
    assert found["residual_ks"] < 1.95 / np.sqrt(N * freedom)
    beyond = 2 * norm.sf(4)
    assert_allclose(found["residual_tail"], 1, atol=5 / np.sqrt(N * freedom * beyond))
    assert 0.05 < found["residual_variance"] < 6 * np.sqrt(2 / N)
    if "residual_loglik" in found:
        assert abs(found["residual_loglik"]) < 0.1


def test_shot_noise_that_does_not_decay_as_it_must_is_seen():
    """A thousandth of noise by falls that never happen, pulses 2 % longer by the lack of silence."""
    law = ShotNoise(rate=0.5)
    fake = draw(law, "decay")
    noise = generator(2, "residuals", "noise").standard_normal(fake.shape)
    assert values(law, fake + 0.001 * noise)["residual_tail"] > 1000
    longer = draw(ShotNoise(rate=0.5, spacing=0.098), "longer")
    assert values(law, longer)["residual_ks"] > 0.3


def test_values_are_what_they_say():
    fake = 1.3 * draw(WHITE, "scale") + 0.2
    found, energy = values(WHITE, fake), (fake**2).sum(axis=1)
    assert_allclose(found["residual_energy"], np.mean(fake**2), rtol=1e-9)
    exact = kstest(energy, chi2(LENGTH).cdf).statistic  # type: ignore[attr-defined]
    assert_allclose(found["residual_energy_ks"], exact, rtol=1e-9)
    edges = norm.ppf(np.arange(1, 256) / 256)
    ks = np.abs((fake.ravel() <= edges[:, None]).mean(axis=1) - norm.cdf(edges)).max()
    assert_allclose(found["residual_ks"], ks, rtol=1e-9)
    assert_allclose(found["residual_tail"], np.mean(np.abs(fake) > 4) / (2 * norm.sf(4)))
    by_time = np.abs((fake**2).mean(axis=0) - 1).max()
    assert_allclose(found["residual_variance"], by_time, rtol=1e-9)


def test_gaussian_energy_is_likelihood():
    law, fake = FGN(hurst=0.8), 1.1 * draw(FGN(hurst=0.7), "other")
    found = values(law, fake)
    expected = -law.loglik(np.zeros((1, LENGTH)))[0] + LENGTH / 2
    gain = (law.loglik(fake).mean() + expected) / LENGTH
    assert_allclose((1 - found["residual_energy"]) / 2, gain, rtol=1e-9)


def test_other_laws_have_a_likelihood_of_their_own():
    law, fake = BernoulliGaussian(probability=0.1), 2 * draw(FGN(hurst=0.5), "wrong")
    found = values(law, fake)
    difference = (law.loglik(fake).mean() - law.loglik(draw(law, "real")).mean()) / LENGTH
    assert_allclose(found["residual_loglik"], difference, rtol=1e-9)
    assert found["residual_loglik"] < -1


def test_a_fault_at_one_time_is_seen_at_that_time():
    fake = draw(WHITE, "edge")
    fake[:, 0] *= 2
    assert_allclose(values(WHITE, fake)["residual_variance"], 3, atol=5 * 4 * np.sqrt(2 / N))


def test_loud_and_quiet_series_are_told_from_their_mean():
    """Half of the series 30 % louder, half quieter: the mean square is that of the law."""
    fake = draw(WHITE, "mixed")
    fake[::2] *= np.sqrt(1.3)
    fake[1::2] *= np.sqrt(0.7)
    found = values(WHITE, fake)
    assert abs(found["residual_energy"] - 1) < 0.05
    assert found["residual_energy_ks"] > 0.3


def test_where_brownian_motion_starts_does_not_matter():
    law = FBM(hurst=0.3)
    fake = draw(law, "start")
    assert_allclose(
        list(values(law, fake + 3).values()), list(values(law, fake).values()), rtol=1e-6
    )


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.name)
def test_an_explosion_has_finite_values(law):
    fake = draw(law, "huge")
    fake[::3, ::5] = 1e50
    found = values(law, fake)
    assert np.isfinite(list(found.values())).all()
    assert found["residual_tail"] > 100 or isinstance(law, BernoulliGaussian | AlphaStable)


@pytest.mark.parametrize(
    ("law", "shape", "message"),
    [
        (None, (4, 64), "this data set is recorded, without `process`"),
        (ShotNoise(rate=1.0, pulse="gaussian"), (4, 64), "no law in closed form"),
        (Telegraph(rate=0.1), (4, 64), r"takes the values \+1 and -1"),
        (WHITE, (4, 2, 64), "several channels"),
    ],
)
def test_it_is_undefined_with_a_reason(law, shape, message):
    with pytest.raises(UndefinedLaw, match=message):
        Residuals().fit(np.ones(shape), law)


def test_no_quantile_is_refused():
    with pytest.raises(ValueError, match="quantiles must be at least 1, got 0"):
        Residuals(quantiles=0)
