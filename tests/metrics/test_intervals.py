import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import t

from rpgan.metrics import Duplicates, Parameters, PSDDistance
from rpgan.metrics.intervals import jackknife
from rpgan.processes import FGN
from rpgan.randomness import generator

LAW = FGN(hurst=0.7)


def mean(statistics):
    return {"mean": float(statistics.mean())}


def covered(compare, draws, truth):
    """Share of the sets of statistics whose interval holds the truth."""
    hits = 0
    for statistics in draws:
        ((low, high),) = jackknife(compare, statistics).values()
        hits += low <= truth <= high
    return hits / len(draws)


@pytest.mark.parametrize("groups", [2, 5, 20])
def test_the_interval_of_a_mean_is_students_over_group_means(groups):
    x = generator(1, "mean").standard_normal((60, 1))
    means = x.reshape(-1, groups).mean(axis=0)  # every groups-th row is one group
    reach = t.ppf(0.975, groups - 1) * means.std(ddof=1) / np.sqrt(groups)
    low, high = jackknife(mean, x, groups)["mean"]
    assert_allclose([low, high], [x.mean() - reach, x.mean() + reach], rtol=1e-10)


def test_a_mean_is_covered_as_often_as_it_says():
    draws = generator(2, "coverage").standard_normal((2000, 60, 1))
    assert_allclose(covered(mean, draws, 0), 0.95, atol=4 * np.sqrt(0.95 * 0.05 / 2000))


def test_the_level_is_the_level():
    x = generator(3, "level").standard_normal((60, 1))
    low, high = jackknife(mean, x, level=0.5)["mean"]
    wide_low, wide_high = jackknife(mean, x, level=0.95)["mean"]
    assert_allclose((wide_high - wide_low) / (high - low), t.ppf(0.975, 19) / t.ppf(0.75, 19))


@pytest.mark.parametrize("name", ["psd_distance", "psd_log_gain"])
def test_a_value_at_its_floor_is_covered(name):
    fitted, repeats = PSDDistance().fit(LAW.sample(64, 128, generator(4, "real")), LAW), 150
    spectra = [fitted.statistic(LAW.sample(64, 128, generator(4, b))) for b in range(repeats)]
    truth = float(np.mean([fitted.compare(s)[name] for s in spectra]))
    share = covered(lambda s: {name: fitted.compare(s)[name]}, spectra, truth)
    assert_allclose(share, 0.95, atol=4 * np.sqrt(0.95 * 0.05 / repeats))


def test_fewer_series_than_groups_are_a_group_each():
    x = np.array([[1.0], [2.0], [6.0]])
    low, high = jackknife(mean, x)["mean"]
    reach = t.ppf(0.975, 2) * x.std(ddof=1) / np.sqrt(3)
    assert_allclose([low, high], [3 - reach, 3 + reach])


def test_two_series_have_no_interval_of_a_distance_between_them():
    """Without one of them the other has no neighbour: it is infinitely far."""
    fitted = Duplicates().fit(LAW.sample(30, 64, generator(6)), LAW)
    statistics = fitted.statistic(LAW.sample(2, 64, generator(7)))
    for deleted in (None, fitted.deleted):
        intervals = jackknife(fitted.compare, statistics, deleted=deleted)
        assert np.isnan(intervals["duplicate_nearest"]).all()
        assert intervals["duplicate_share"] == (0, 0)


def test_a_value_that_does_not_exist_has_no_interval():
    law = FGN(hurst=0.7)
    real = law.sample(30, 64, generator(5))
    estimates = np.full((30, 1), np.nan)
    estimates[0] = 0.7  # without its group there is no estimate at all
    intervals = jackknife(Parameters().fit(real, law).compare, estimates)
    assert np.isnan(intervals["hurst_median"]).all()
    assert np.isfinite(intervals["hurst_missing"]).all()
