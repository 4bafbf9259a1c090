import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from rpgan.metrics.detectable import detectable_n
from rpgan.randomness import generator

REACH = 1.959964 + 0.841621


def estimate(value, draws, ideal=0.0, n=512, **settings):
    rows = pd.DataFrame({"metric": ["m"], "value": [value], "ideal": [ideal], "n": [n]}, index=[7])
    floor = pd.DataFrame({"metric": "m", "value": draws})
    return float(detectable_n(rows, floor, **settings).to_numpy()[0])


def about(mean, spread, draws=39):
    """Draws of exactly this mean and standard deviation."""
    z = generator(1).standard_normal(draws)
    return mean + spread * (z - z.mean()) / z.std(ddof=1)


def test_a_mean_needs_the_usual_number():
    draws = about(0.7, 0.01)
    assert_allclose(estimate(0.75, draws, 0.7), 512 * (REACH * 0.01 / 0.05) ** 2, rtol=1e-5)
    assert_allclose(estimate(0.65, draws, 0.7), estimate(0.75, draws, 0.7))
    harder = estimate(0.75, draws, 0.7, power=0.9, level=0.01)
    assert_allclose(harder, 512 * ((2.575829 + 1.281552) * 0.01 / 0.05) ** 2, rtol=1e-5)


def test_a_distance_is_detected_where_it_leaves_its_floor():
    floor, spread, value = 0.02, 0.001, 0.03
    n = estimate(value, about(floor, spread))
    effect = np.sqrt(value**2 - floor**2)
    at_n = [x * np.sqrt(512 / n) for x in (floor, spread)]
    assert_allclose(np.hypot(effect, at_n[0]) - at_n[0], REACH * at_n[1], rtol=1e-6)
    assert n < 512


def test_a_value_of_either_sign_has_a_bias_and_no_floor():
    """A gain of -0.05 where the law itself reads 0.002 on average: it is 0.052 away from that."""
    found = estimate(-0.05, about(0.002, 0.003))
    assert_allclose(found, 512 * (REACH * 0.003 / 0.052) ** 2, rtol=1e-5)


def test_the_estimate_is_about_right_for_a_distance():
    """Of a mean vector to 0: at the estimate, the test rejects in about 80 %."""
    k, effect, n = 30, 0.2, 400
    rng = generator(2)

    def values(n, shift, size):
        x = rng.standard_normal((size, k)) / np.sqrt(n)
        x[:, 0] += shift
        return np.sqrt((x**2).sum(axis=1))

    found = [estimate(v, values(n, 0, 39), n=n) for v in values(n, effect, 200)]
    needed = round(float(np.median(found)))
    critical = np.quantile(values(needed, 0, 4000), 0.975)
    assert 0.6 < (values(needed, effect, 4000) > critical).mean() < 0.95


@pytest.mark.parametrize(
    ("value", "draws", "expected"),
    [
        (0.01, about(0.02, 0.001), np.inf),  # nearer than the law itself
        (np.nan, about(0.02, 0.001), np.nan),
        (0.5, np.zeros(39), np.nan),
        (1e6, about(0.0, 1e-3), 2.0),
    ],
)
def test_at_the_extremes(value, draws, expected):
    assert_allclose(estimate(value, draws), expected)


def test_without_an_ideal_the_floor_is_it():
    draws = about(5.0, 0.1)
    assert_allclose(estimate(5.5, draws, np.nan), estimate(5.5, draws, 5.0))
