import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose
from scipy.stats import norm, wasserstein_distance

from rpgan.errors import UndefinedLaw
from rpgan.metrics import Parameters
from rpgan.metrics.parameters import dispersion, wasserstein
from rpgan.processes import FGN, BandNoise
from rpgan.randomness import generator

samples = arrays(float, st.integers(1, 30), elements=st.integers(-20, 20).map(float))


class FirstSamples:
    """A law whose 'parameters' are the first two samples of a series, so that tests choose them."""

    tail_index = np.inf

    def sample(self, n, length, rng):
        return rng.standard_normal((n, length))

    def estimate(self, series):
        return {"rate": series[:, 0], "scale": series[:, 1]}

    def truth(self):
        return {"rate": 0.0, "scale": 2.0}


LAW = FirstSamples()
ESTIMATES = generator(1, "estimates").standard_normal((100, 2))


def test_each_parameter_has_four_values_and_their_ideals():
    fitted = Parameters().fit(ESTIMATES, LAW)
    assert list(fitted(ESTIMATES)) == list(fitted.ideal)
    assert fitted.ideal == {
        **{"rate_median": 0, "rate_dispersion": 1, "rate_wasserstein": 0, "rate_missing": 0},
        **{"scale_median": 2, "scale_dispersion": 1, "scale_wasserstein": 0, "scale_missing": 0},
    }


@given(st.floats(-10, 10), st.floats(0.1, 10))
def test_shift_and_spread_are_told_apart(shift, spread):
    middle = np.median(ESTIMATES, axis=0)
    fake = middle + shift + spread * (ESTIMATES - middle)
    values = Parameters().fit(ESTIMATES, LAW)(fake)
    assert_allclose(values["rate_median"], middle[0] + shift, rtol=1e-9, atol=1e-9)
    assert_allclose(values["scale_dispersion"], spread, rtol=1e-9)
    assert values["rate_missing"] == 0


@given(samples, samples)
def test_wasserstein_agrees_with_scipy(a, b):
    assert_allclose(wasserstein(np.sort(a), np.sort(b)), wasserstein_distance(a, b), atol=1e-12)


def test_wasserstein_of_a_shift_is_the_shift():
    values = Parameters().fit(ESTIMATES, LAW)(ESTIMATES + 0.25)
    assert_allclose(values["rate_wasserstein"], 0.25, rtol=1e-12)


def test_wasserstein_has_the_theoretical_floor():
    # E W1 of two normal samples = sqrt(2 / n) sqrt(2 / pi) int sqrt(F (1 - F)) = 1.8207 / sqrt(n)
    x = np.linspace(-9, 9, 20001)
    area = np.sqrt(norm.cdf(x) * norm.sf(x)).sum() * (x[1] - x[0])
    n, pairs = 400, 400
    draws = np.sort(generator(2, "floor").standard_normal((pairs, 2, n)), axis=2)
    distances = [wasserstein(a, b) for a, b in draws]
    error = np.std(distances) / np.sqrt(pairs)
    # The expectation approaches this from below; at n = 400 it is some 0.2 % short.
    expected = 2 / np.sqrt(np.pi * n) * area
    assert_allclose(np.mean(distances), expected, atol=5 * error + 0.003 * expected)


def test_missing_estimates_are_counted_and_the_rest_compared():
    fake = ESTIMATES.copy()
    fake[:25, 0], fake[25:30, 0] = np.nan, np.inf
    values = Parameters().fit(ESTIMATES, LAW)(fake)
    assert_allclose(values["rate_missing"], 0.3)
    assert_allclose(values["rate_median"], np.median(ESTIMATES[30:, 0]))
    assert values["scale_missing"] == 0


def test_without_any_estimate_there_is_no_value_but_the_share_missing():
    fake = ESTIMATES.copy()
    fake[:, 0] = np.nan
    values = Parameters().fit(ESTIMATES, LAW)(fake)
    assert values["rate_missing"] == 1
    assert np.isnan([values[f"rate_{v}"] for v in ("median", "dispersion", "wasserstein")]).all()


def test_dispersion_is_of_the_middle_half():
    assert_allclose(dispersion(np.arange(5.0), np.array([-1e6, 0, 1, 3, 1e6])), 3 / 2)


def test_a_real_set_without_spread_has_no_dispersion():
    assert np.isnan(dispersion(np.ones(5), np.arange(5.0)))


def test_the_estimates_are_those_of_the_law():
    law = FGN(hurst=0.7)
    real, fake = (law.sample(200, 512, generator(3, part)) for part in ("real", "fake"))
    values = Parameters().fit(real, law)(fake)
    # A median is 1.25 times as uncertain as a mean; Whittle's bias is below 0.005 at this length.
    error = 1.25 * law.crlb(512)["hurst"] / np.sqrt(200)
    assert_allclose(values["hurst_median"], 0.7, atol=5 * error + 0.005)
    assert_allclose(values["hurst_dispersion"], 1, atol=5 * np.sqrt(2) * 1.17 / np.sqrt(200))


def test_bias_and_variance_are_in_units_of_the_bound():
    law = FGN(hurst=0.7)
    bound, n = law.crlb(512)["hurst"], 400
    fitted = Parameters().fit(law.sample(20, 512, generator(4)), law)
    values = fitted(law.sample(n, 512, generator(5)))
    assert (fitted.ideal["hurst_bias"], fitted.ideal["hurst_variance"]) == (0, 1)
    assert_allclose(values["hurst_bias"], 0, atol=5 / np.sqrt(n) + 0.1)  # and Whittle's own bias
    assert_allclose(values["hurst_variance"], 1, atol=5 * np.sqrt(2 / n) + 0.05)
    spread = 0.7 + bound * np.array([[-3.0], [1.0], [5.0]])
    found = fitted.compare(spread)
    assert_allclose([found["hurst_bias"], found["hurst_variance"]], [1, 16], rtol=1e-9)
    few = fitted.compare(spread[:1])
    assert_allclose([few["hurst_bias"], few["hurst_variance"]], [-3, np.nan], rtol=1e-9)


def test_a_mixture_of_laws_shows_in_the_variance_and_not_in_the_bias():
    law, halves = FGN(hurst=0.7), [FGN(hurst=0.66), FGN(hurst=0.74)]
    fitted = Parameters().fit(law.sample(20, 512, generator(6)), law)
    mixed = fitted(np.concatenate([half.sample(200, 512, generator(7)) for half in halves]))
    assert abs(mixed["hurst_bias"]) < 0.4
    expected = 1 + (0.04 / law.crlb(512)["hurst"]) ** 2
    assert_allclose(mixed["hurst_variance"], expected, rtol=0.3)


def test_without_a_bound_there_is_neither():
    law = BandNoise(band=1)
    names = list(Parameters().fit(law.sample(20, 256, generator(8)), law).ideal)
    assert not any(name.endswith(("_bias", "_variance")) for name in names)


def test_recorded_data_have_no_parameters():
    with pytest.raises(UndefinedLaw, match="recorded data have no law"):
        Parameters().fit(ESTIMATES, None)
