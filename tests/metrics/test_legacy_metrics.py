"""The published statistics as metrics: for which laws, against what, and what comes of bad input."""

from functools import partial

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from rpgan.errors import UndefinedLaw
from rpgan.metrics import (
    MMD,
    LegacyAlpha,
    LegacyDensityCoverage,
    LegacyEventRate,
    LegacyHurst,
    LegacyImpulses,
    LegacyPSDDistance,
    LegacyPSDPercentiles,
    OFDMReception,
    StylisedFacts,
    draw_floor,
    legacy,
    score,
)
from rpgan.metrics.intervals import recomputed
from rpgan.metrics.legacy_psd_distance import periodograms
from rpgan.metrics.psd_distance import geodesic_distance
from rpgan.processes import (
    FBM,
    FGN,
    AlphaStable,
    BernoulliGaussian,
    MarkovBernoulliGaussian,
    ShotNoise,
)
from rpgan.processes.parameter_laws import Uniform
from rpgan.processes.varying import Varying
from rpgan.randomness import generator

WHITE = FGN(hurst=0.5)
RATE = ShotNoise(rate=1.0, pulse="gaussian", amplitude="rayleigh")


def draw(law, n, length, *purpose):
    return law.sample(n, length, generator(1, "legacy metrics", *purpose))


CASES = [
    (LegacyHurst(), FGN(hurst=0.7), {"legacy_hurst": lambda s: legacy.hurst(s, "fgn")}),
    (LegacyHurst(), FBM(hurst=0.7), {"legacy_hurst": lambda s: legacy.hurst(s, "fbm")}),
    (
        LegacyEventRate(),
        RATE,
        {"legacy_event_rate": lambda s: legacy.event_rate(s, "gaussian", "rayleigh")},
    ),
    (
        LegacyImpulses(),
        BernoulliGaussian(probability=0.2),
        {
            "legacy_probability": lambda s: legacy.impulses(s)[0],
            "legacy_amplitude_ratio": lambda s: legacy.impulses(s)[1],
        },
    ),
    (
        LegacyAlpha(),
        AlphaStable(alpha=1.3),
        {
            "legacy_alpha": legacy.alpha,
            "legacy_scale": lambda s: legacy.scale(s, legacy.alpha(s)),
        },
    ),
]


@pytest.mark.parametrize(("metric", "law", "estimates"), CASES)
def test_estimates_are_compared_by_median_and_wasserstein(metric, law, estimates):
    real, fake = draw(law, 20, 2048, "real"), draw(law, 20, 2048, "fake")
    fitted = metric.fit(real, law)
    values = fitted(fake)
    for name, estimate in estimates.items():
        wanted, got = (np.sort(x[np.isfinite(x)]) for x in (estimate(real), estimate(fake)))
        assert len(wanted) == len(got) == 20
        assert values[f"{name}_median"] == np.median(got)
        assert fitted.ideal[f"{name}_median"] == np.median(wanted)
        assert_allclose(values[f"{name}_wasserstein"], np.mean(np.abs(wanted - got)), rtol=1e-9)
        assert values[f"{name}_missing"] == fitted.ideal[f"{name}_missing"] == 0
        assert 0.2 < values[f"{name}_dispersion"] < 5
    assert values.keys() == fitted.ideal.keys()
    assert len(values) == 4 * len(estimates)


@pytest.mark.parametrize(("metric", "law", "estimates"), CASES)
def test_series_that_differ_in_a_parameter_are_of_the_same_kind(metric, law, estimates):
    name = next(iter(law.truth()))
    value = law.truth()[name]
    varying = Varying(law, {name: Uniform(low=0.9 * value, high=1.02 * value)})
    real = draw(varying, 12, 1024, "varying")
    assert metric.fit(real, varying)(real) == metric.fit(real, law)(real)


OTHERS = [None, WHITE, RATE, BernoulliGaussian(probability=0.2), AlphaStable(alpha=1.3)]


@pytest.mark.parametrize(
    ("metric", "allowed"),
    [
        (LegacyHurst(), "fgn"),
        (LegacyEventRate(), "shot_noise"),
        (LegacyImpulses(), "bernoulli_gaussian"),
        (LegacyAlpha(), "alpha_stable"),
    ],
)
def test_other_laws_are_not_concerned(metric, allowed):
    real = draw(WHITE, 4, 256, "other")
    for law in OTHERS:
        if getattr(law, "name", None) != allowed:
            with pytest.raises(UndefinedLaw, match="published for"):
                metric.fit(real, law)


def test_bursts_have_impulses_too():
    law = MarkovBernoulliGaussian(probability=0.1, memory=0.5)
    real = draw(law, 6, 1024, "bursts")
    assert LegacyImpulses().fit(real, law)(real)["legacy_probability_wasserstein"] == 0


def test_too_short_series_have_no_published_estimate():
    with pytest.raises(UndefinedLaw, match="needs 16 samples, got 15"):
        LegacyHurst().fit(draw(FBM(hurst=0.5), 3, 15, "short"), FBM(hurst=0.5))
    LegacyHurst().fit(draw(FBM(hurst=0.5), 3, 16, "short"), FBM(hurst=0.5))
    law = AlphaStable(alpha=1.5)
    with pytest.raises(UndefinedLaw, match="128 segments"):
        LegacyAlpha().fit(draw(law, 3, 100, "short"), law)


def test_a_missing_estimate_is_counted():
    law = AlphaStable(alpha=1.5)
    real = draw(law, 8, 4096, "missing")
    fake = draw(law, 8, 4096, "fake")
    fake[:2] = 0
    values = LegacyAlpha().fit(real, law)(fake)
    assert values["legacy_alpha_missing"] == values["legacy_scale_missing"] == 0.25
    assert np.isfinite(values["legacy_alpha_median"])
    short = draw(law, 8, 256, "all")  # two samples a segment: no series has an estimate
    values = LegacyAlpha().fit(short, law)(short)
    assert values["legacy_alpha_missing"] == 1
    assert np.isnan(values["legacy_alpha_median"])


@pytest.mark.parametrize("precision", ["single", "double"])
def test_density_and_coverage_are_those_of_the_plain_functions(precision):
    real, fake = draw(WHITE, 30, 100, "real"), draw(FGN(hurst=0.7), 25, 100, "fake")
    fitted = LegacyDensityCoverage(window=8, k=3, precision=precision).fit(real, WHITE)
    values = fitted(fake)
    a, b = (x / np.abs(x).max(axis=1, keepdims=True) for x in (real, fake))
    distances, cross = legacy.dtw(a, a, 8), legacy.dtw(a, b, 8)
    density, coverage = legacy.density_coverage(distances, cross, 3)
    assert_allclose([values["legacy_density"], values["legacy_coverage"]], [density, coverage])
    low, high = legacy.wilson(coverage, 30)
    assert_allclose(values["legacy_coverage_low"], low)
    assert_allclose(values["legacy_coverage_high"], high)
    counts = (cross < legacy.radii(distances, 3)[:, None]).sum(axis=0)
    interval = legacy.density_bootstrap(counts, 3, np.random.default_rng(0))
    assert (values["legacy_density_low"], values["legacy_density_high"]) == interval
    assert values.keys() == fitted.ideal.keys()


def test_amplitude_is_not_seen_and_copies_are_dense():
    real = draw(WHITE, 24, 64, "amplitude")
    fitted = LegacyDensityCoverage(window=4, k=5).fit(real, None)
    gains = np.linspace(0.5, 4, 24)[:, None]
    assert fitted(gains * real) == fitted(real)
    # A copy is in its own ball, and in those of which it is one of the 4 nearest.
    assert fitted(real)["legacy_density"] == 1.0
    assert fitted(real)["legacy_coverage"] == 1.0


def test_ideals_of_density_and_coverage():
    metric = LegacyDensityCoverage(window=4, k=2)
    real, fake = draw(WHITE, 40, 32, "ideal"), draw(WHITE, 400, 32, "fresh")
    fitted = metric.fit(real, WHITE)
    assert fitted.ideal["legacy_density"] == 1
    densities = [fitted(fake[i : i + 40])["legacy_density"] for i in range(0, 400, 40)]
    assert_allclose(np.mean(densities), 1, atol=0.5)


@pytest.mark.parametrize("n", [10, 40])
def test_the_ideal_coverage_is_what_so_many_series_have(n):
    """Over 60 pairs of sets, of which the 24 real ones that are used count, not all 30."""
    metric, found = LegacyDensityCoverage(window=4, k=2, at_most=24), []
    for b in range(60):
        fitted = metric.fit(draw(WHITE, 30, 32, "ideal", b), WHITE)
        found.append(fitted(draw(WHITE, n, 32, "fresh", b))["legacy_coverage"])
    ideal = metric.fit(draw(WHITE, 30, 32, "ideal"), WHITE).ideals(n)
    error = np.std(found) / np.sqrt(60)
    assert_allclose(ideal["legacy_coverage"], np.mean(found), atol=4 * error)
    assert ideal["legacy_coverage_low"] < ideal["legacy_coverage"] < ideal["legacy_coverage_high"]


def test_only_the_first_real_series_are_used():
    real, fake = draw(WHITE, 40, 32, "most"), draw(WHITE, 10, 32, "fresh")
    few = LegacyDensityCoverage(k=3, at_most=15).fit(real, None)
    assert few(fake) == LegacyDensityCoverage(k=3).fit(real[:15], None)(fake)
    assert few.statistic(fake).shape == (10, 15)


def test_silent_series_are_a_series_like_others():
    real = draw(WHITE, 12, 32, "silent")
    values = LegacyDensityCoverage(k=3).fit(real, None)(np.zeros((3, 32)))
    assert all(np.isfinite(value) for value in values.values())


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"k": 0}, "k must be at least 1"),
        ({"window": 0}, "window must be at least 1"),
        ({"k": 5, "at_most": 5}, "at_most must exceed k = 5"),
    ],
)
def test_settings_of_density_and_coverage(settings, words):
    with pytest.raises(ValueError, match=words):
        LegacyDensityCoverage(**settings)


def test_density_and_coverage_need_enough_series_of_one_channel():
    with pytest.raises(UndefinedLaw, match="10-th nearest of 10"):
        LegacyDensityCoverage().fit(draw(WHITE, 10, 16, "few"), None)
    with pytest.raises(UndefinedLaw, match="one channel"):
        LegacyDensityCoverage().fit(np.zeros((20, 2, 16)), None)


@pytest.mark.parametrize("n", [7, 20, 33])
def test_the_interval_is_that_of_the_others(n):
    fitted = LegacyDensityCoverage(window=4, k=1).fit(draw(WHITE, 40, 32, "real"), WHITE)
    inside = fitted.statistic(draw(WHITE, n, 32, "others"))
    groups = min(20, n)
    assert fitted.deleted is not None
    fast, slow = fitted.deleted(inside, groups), recomputed(fitted.compare, inside, groups)
    for name in ("legacy_density", "legacy_coverage"):
        assert_allclose([v[name] for v in fast], [v[name] for v in slow], rtol=1e-12)
    assert np.isnan(fast[0]["legacy_density_low"])


PUBLISHED = (
    *(LegacyHurst, LegacyEventRate, LegacyImpulses, LegacyAlpha, LegacyDensityCoverage),
    *(LegacyPSDDistance, LegacyPSDPercentiles, MMD, OFDMReception, StylisedFacts),
)


@pytest.mark.parametrize("metric", PUBLISHED)
def test_each_says_what_it_is_blind_to(metric):
    assert len(metric.blind) > 10


def test_they_go_through_floor_and_score():
    law = FGN(hurst=0.7)
    real, fake = draw(law, 24, 64, "real"), draw(law, 24, 64, "fake")
    metrics = (LegacyHurst(), LegacyDensityCoverage(window=4, k=3), LegacyAlpha())
    floor = draw_floor(metrics, law, real, partial(generator, 1, "floor"), draws=5)
    rows, skipped = score(metrics, law, real, fake, floor)
    assert set(skipped) == {"legacy_alpha"}
    assert isinstance(rows, pd.DataFrame)
    by_name = rows.set_index("metric")
    assert len(by_name) == 4 + 6 + 1  # the last counts broken series
    assert by_name.loc["legacy_density", ["value", "low", "high"]].notna().all()
    assert by_name.index.is_unique


def test_percentile_curves():
    real, fake = draw(WHITE, 31, 256, "real"), draw(FGN(hurst=0.7), 28, 256, "fake")
    values = LegacyPSDPercentiles().fit(real, None)(fake)
    a, b = periodograms(real), periodograms(fake)
    levels = np.linspace(0, 100, 30)
    curves = zip(np.percentile(a, levels, axis=0), np.percentile(b, levels, axis=0), strict=True)
    distances = [geodesic_distance(*pair) for pair in curves]
    assert_allclose(values["legacy_psd_percentiles_mean"], np.mean(distances), rtol=1e-9)
    assert_allclose(values["legacy_psd_percentiles_max"], np.max(distances), rtol=1e-9)
    t, g = np.median(a, axis=0), np.median(b, axis=0)
    expected = np.linalg.norm(t - g) / np.linalg.norm(t)
    assert_allclose(values["legacy_psd_l2_linear"], expected, rtol=1e-9)
    t, g = 10 * np.log10(t), 10 * np.log10(g)
    expected = np.linalg.norm(t - g) / np.linalg.norm(t)
    assert_allclose(values["legacy_psd_l2"], expected, rtol=1e-9)


def test_percentile_curves_of_the_same_set_are_the_same():
    for real in (draw(WHITE, 5, 64, "same"), draw(WHITE, 10, 64, "two").reshape(5, 2, 64)):
        fitted = LegacyPSDPercentiles(percentiles=7).fit(real, None)
        assert_allclose(list(fitted(real).values()), 0, atol=1e-12)
        assert_array_equal(list(fitted.ideal.values()), 0)
        silent = fitted(np.zeros_like(real))
        assert np.isnan(silent["legacy_psd_percentiles_mean"])
        assert np.isnan(silent["legacy_psd_l2"])
        assert silent["legacy_psd_l2_linear"] == 1
    with pytest.raises(ValueError, match="percentiles"):
        LegacyPSDPercentiles(percentiles=1)
