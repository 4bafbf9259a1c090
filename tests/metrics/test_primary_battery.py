"""What all primary metrics have in common, how often they are wrong, and what they see."""

import dataclasses
from functools import partial

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from scipy.special import ndtr, stdtrit

from rpgan.errors import UserError
from rpgan.metrics import (
    ACF,
    C2ST,
    Coverage,
    Duplicates,
    EnergyDistance,
    LogSpectrum,
    MagnitudeACF,
    Marginal,
    MarginalLaw,
    Parameters,
    Profile,
    PSDDistance,
    Residuals,
    Tails,
    TimeReversal,
    draw_floor,
    fit_all,
    score,
)
from rpgan.metrics.fitted import of_means
from rpgan.metrics.intervals import jackknife, recomputed
from rpgan.metrics.multiplicity import max_t
from rpgan.processes import FBM, FGN, GARCH, AlphaStable, BandNoise, BernoulliGaussian, Telegraph
from rpgan.randomness import generator

PRIMARY = [
    LogSpectrum(),
    Parameters(),
    Residuals(),
    MarginalLaw(),
    Tails(),
    ACF(),
    MagnitudeACF(),
    Profile(),
    TimeReversal(),
    EnergyDistance(),
    Coverage(),
    Duplicates(),
    C2ST(),
]
ALL = [*PRIMARY, PSDDistance(), Marginal()]
LAW = FGN(hurst=0.7)
LAWS = [
    LAW,
    FBM(hurst=0.3),
    BandNoise(band=2),
    BernoulliGaussian(probability=0.1),
    AlphaStable(alpha=1.2),
    GARCH(omega=0.1, alpha=0.3, beta=0.65),
    Telegraph(rate=0.2),
    None,
]


def draw(law, n, length, *purpose):
    """As files hold them: in single precision."""
    series = (law or LAW).sample(n, length, generator(7, "primary", *purpose))
    return series.astype(np.float32).astype(np.float64)


def named(law):
    return law.name if law else "recorded"


@pytest.mark.parametrize("metric", ALL, ids=lambda metric: metric.name)
def test_leaving_out_is_the_same_the_cheap_way(metric):
    real, fake = draw(LAW, 120, 96, "real"), draw(LAW, 107, 96, "fake")
    fake[5] *= 30  # one series that decides much
    fitted, groups = metric.fit(real, LAW), 20
    rows = fitted.statistic(fake)
    expected = recomputed(fitted.compare, rows, groups)
    found = (fitted.deleted or partial(recomputed, fitted.compare))(rows, groups)
    # A regression on other folds is another one; all else is the same number.
    tolerance = 0.05 if metric.name == "c2st" else 1e-9
    for without, others in zip(found, expected, strict=True):
        assert list(without) == list(others)
        assert_allclose(list(without.values()), list(others.values()), atol=tolerance, rtol=1e-6)


def test_one_huge_row_does_not_cancel_the_others():
    rows = np.concatenate([[[1e200]], np.arange(1.0, 60.0)[:, None]])
    fitted = of_means(lambda series: series, lambda mean: {"mean": float(mean[0])}, {"mean": 0.0})
    assert fitted.deleted
    found = fitted.deleted(rows, 20)
    assert_allclose(found[0]["mean"], np.delete(rows, slice(0, None, 20)).mean(), rtol=1e-12)
    assert found[1]["mean"] > 1e198


@pytest.mark.parametrize("metric", ALL, ids=lambda metric: metric.name)
def test_it_says_what_it_is_blind_to(metric):
    assert len(metric.blind) > 20
    assert "blind" not in {field.name for field in dataclasses.fields(metric)}


@pytest.mark.parametrize("metric", ALL, ids=lambda metric: metric.name)
def test_a_row_depends_on_its_series_alone_and_order_on_nothing(metric):
    fitted, fake = metric.fit(draw(LAW, 60, 64, "real"), LAW), draw(LAW, 50, 64, "fake")
    rows = fitted.statistic(fake)
    assert rows.shape[0] == 50
    assert_allclose(fitted.statistic(fake[10:20]), rows[10:20], rtol=1e-9, atol=1e-12)
    assert list(fitted.ideal) == list(fitted(fake))


@pytest.mark.parametrize("law", LAWS, ids=named)
@pytest.mark.parametrize("kind", ["perfect", "huge", "silent", "one spike"])
def test_any_finite_set_is_scored_without_a_warning(law, kind):
    real, fake = draw(law, 60, 64, "real", named(law)), draw(law, 60, 64, "fake", named(law))
    if kind == "huge":
        fake[:, ::7] = 1e300
    elif kind == "silent":
        fake[:] = 0
    elif kind == "one spike":
        fake[0, 5] = -1e308
    floor = draw_floor(ALL, law, real, partial(generator, 7, "floor"), draws=2)
    rows, skipped = score(ALL, law, real, fake, floor)
    assert all(len(reason) > 20 for reason in skipped.values())
    values = rows.set_index("metric")["value"]
    assert not np.isinf(values.to_numpy()).any()
    if kind in ("perfect", "huge", "one spike"):
        estimated = ("_median", "_dispersion", "_bias", "_variance", "_wasserstein")
        missing = [name for name, value in values.items() if np.isnan(value)]
        assert all(str(name).endswith(estimated) for name in missing)


@pytest.mark.parametrize("channels", [2, 3])
def test_channels_are_scored_or_refused_with_a_reason(channels):
    real, fake = (
        np.stack([draw(LAW, 60, 64, p, c) for c in range(channels)], axis=1) for p in "rf"
    )
    floor = draw_floor(ALL, None, real, partial(generator, 7, "floor"), draws=2)
    rows, skipped = score(ALL, None, real, fake, floor)
    assert set(skipped) == {"log_spectrum", "parameters", "residuals", "marginal_law"}
    assert np.isfinite(rows["value"].to_numpy()).all()


def test_what_half_of_a_recorded_set_is_too_small_for_has_no_floor():
    """60 x 200 samples reach the level of one in 1000, 30 x 200 do not."""
    real, fake = draw(LAW, 60, 200, "real"), draw(LAW, 60, 200, "fake")
    floor = draw_floor([Tails()], None, real, partial(generator, 7, "floor"), draws=3)
    rows = score([Tails()], None, real, fake, floor)[0].set_index("metric")
    assert np.isnan(rows["floor"]["tail_low_1000"])
    assert rows.loc[["tail_low_1000", "tail_low_100"], "draws"].tolist() == [0, 3]
    assert np.isfinite(rows["value"]["tail_low_1000"])
    assert np.isfinite(rows["floor"]["tail_low_100"])


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_broken_series_are_counted_and_all_else_is_of_the_others(value):
    real, fake = draw(LAW, 20, 64, "real"), draw(LAW, 20, 64, "fake")
    fake[[2, 7, 19], [0, 33, 63]] = value
    floor = draw_floor(ALL, LAW, real, partial(generator, 7), draws=2)
    rows = score(ALL, LAW, real, fake, floor)[0].set_index("metric")
    counted = rows.loc["not_finite"].to_dict()
    assert counted | {"value": 3 / 20, "floor": 0, "p_value": 1 / 3, "n": 20} == counted
    others = {
        n: v for m in ALL for n, v in m.fit(real, LAW)(np.delete(fake, [2, 7, 19], 0)).items()
    }
    assert_allclose(rows["value"].drop("not_finite").to_numpy(), list(others.values()), rtol=1e-12)


@pytest.mark.parametrize("finite", [0, 1])
def test_nothing_is_compared_where_hardly_a_series_is_finite(finite):
    real, fake = draw(LAW, 20, 64, "real"), np.full((20, 64), np.nan)
    fake[:finite] = 1.0
    floor = draw_floor(ALL, LAW, real, partial(generator, 7), draws=2)
    rows, skipped = score(ALL, LAW, real, fake, floor, untrained=fake)
    assert rows["metric"].tolist() == ["not_finite"]
    assert rows["value"].tolist() == rows["untrained"].tolist() == [1 - finite / 20]
    assert set(skipped) == {metric.name for metric in ALL}
    assert f"only {finite} of the generated series are finite" in skipped["acf"]


def test_broken_real_series_are_refused():
    real = draw(LAW, 20, 64, "real")
    real[4, 4] = np.nan
    with pytest.raises(UserError, match="real series must be finite, but 1 of 20 have NaN"):
        draw_floor(ALL, LAW, real, partial(generator, 7), draws=1)


def test_threads_change_no_bit():
    real, fake = draw(LAW, 60, 64, "real"), draw(LAW, 60, 64, "fake")
    one, two = (
        score(
            ALL,
            LAW,
            real,
            fake,
            draw_floor(ALL, LAW, real, partial(generator, 7), draws=4, threads=threads),
            untrained=2 * fake,
            threads=threads,
        )[0]
        for threads in (1, 3)
    )
    pd.testing.assert_frame_equal(one, two, check_exact=True)


# Values for which an interval by leaving out groups is exact in the limit. Left out are those that
# a few series decide: medians, quartiles, maxima, and rates of events that hardly happen.
COVERED = {
    *["log_spectrum_gain", "psd_log_gain", "hurst_bias", "residual_energy", "marginal_ks"],
    *["tail_low_100", "tail_high_100", "energy_distance", "magnitude_acf_distance", "c2st_auc"],
    *["feature_density", "feature_density_clipped", "feature_coverage_clipped"],
    *["feature_coverage_1", "feature_coverage_2"],
}
# Those of distances from a law, which are a root or a maximum, are too wide near their floor.
WIDE = {
    *["log_spectrum_rms", "log_spectrum_distance", "psd_distance", "residual_energy_ks"],
    *["residual_ks", "residual_variance", "marginal_law_ks", "acf_distance", "acf_error"],
    *["magnitude_acf_error", "c2st_accuracy", "feature_coverage_4", "feature_coverage_5"],
    *[f"profile_{part}{end}" for part in ("level", "size") for end in ("", "_line", "_spot")],
    *["time_reversal_distance", "time_reversal_error"],
}


def shares_covered(n, length, repeats):
    """Share of perfect generators whose interval holds the mean value of all of them."""
    fitted, _ = fit_all(ALL, LAW, draw(LAW, n, length, "real"))
    values, intervals = [], []
    for b in range(repeats):
        fake = draw(LAW, n, length, "fake", b)
        rows = [(metric, metric.statistic(fake)) for metric in fitted.values()]
        found = [(jackknife(m.compare, r, deleted=m.deleted), m.compare(r)) for m, r in rows]
        intervals.append({name: pair for one, _ in found for name, pair in one.items()})
        values.append({name: value for _, one in found for name, value in one.items()})
    held = {}
    for name in values[0]:
        truth = np.mean([one[name] for one in values])
        held[name] = np.mean([one[name][0] <= truth <= one[name][1] for one in intervals])
    return held


@pytest.mark.parametrize(
    ("n", "length", "repeats"),
    [(80, 64, 60), pytest.param(200, 256, 600, marks=pytest.mark.slow)],
)
def test_intervals_cover_as_often_as_they_say(n, length, repeats):
    held, error = shares_covered(n, length, repeats), np.sqrt(0.95 * 0.05 / repeats)
    assert_allclose([held[name] for name in sorted(COVERED)], 0.95, atol=4 * error + 0.02)
    assert min(held[name] for name in WIDE) >= 0.95 - 3 * error


def p_values(n, length, repeats, draws):
    """P-values of perfect generators, one row each."""
    found = []
    for r in range(repeats):
        real, fake = (draw(LAW, n, length, part, r) for part in ("real", "fake"))
        rng_for = partial(generator, 7, "p", r)
        floor = draw_floor(ALL, LAW, real, rng_for, draws)
        rows, _ = score(ALL, LAW, real, fake, floor)
        found.append([*rows["p_value"], max_t(rows, floor).min()])
    return np.array(found)


@pytest.mark.parametrize(
    ("repeats", "draws"), [(24, 9), pytest.param(400, 19, marks=pytest.mark.slow)]
)
def test_p_values_are_uniform_on_null_data(repeats, draws):
    p = p_values(40, 64, repeats, draws)
    for level in (1 / (draws + 1), 0.2, 0.5):
        error = np.sqrt(level * (1 - level) / repeats)
        assert ((p <= level + 1e-9).mean(axis=0) < level + 5 * error).all()
        # Ties of values that are mostly 0 make p larger; the mean over values is of dependent ones.
        assert_allclose((p[:, :-1] <= level + 1e-9).mean(), level, atol=3 * error + 0.03)
    assert (p[:, -1] <= 1 / (draws + 1) + 1e-9).mean() < 1 / (draws + 1) + 4 * np.sqrt(
        0.1 / repeats
    )


# The power study of theory: FGN, H = 0.7, 512 series of 1024 samples.
N, LENGTH, DRAWS = 512, 1024, 16


def other_hurst(hurst):
    return lambda series, rng: FGN(hurst=hurst).sample(len(series), series.shape[1], rng)


def some_white(series, rng):
    series[: len(series) // 20] = rng.standard_normal((len(series) // 20, series.shape[1]))
    return series


def repeated(series, rng):
    return np.tile(series[: len(series) // 8], (8, 1))


def heavy_marginal(series, rng):
    """Student's t of 6 degrees of freedom and variance 1, by its quantiles."""
    return stdtrit(6, ndtr(series)) * np.sqrt(4 / 6)


def loud_start(series, rng):
    series[:, :4] *= 2
    return series


def spikes(series, rng):
    hit = rng.random(series.shape) < 2e-4
    series[hit] = 6 * rng.choice([-1, 1], hit.sum())
    return series


def notch(series, rng):
    spectrum = np.fft.rfft(series, axis=1)
    spectrum[:, 256:260] = 0
    return np.fft.irfft(spectrum, series.shape[1])


def shared_tone(series, rng):
    """The same in all series, a tenth of a sample's deviation from peak to peak."""
    return series + 0.05 * np.cos(np.pi / 2 * np.arange(series.shape[1]))


def checkerboard(series, rng):
    """Every second sample 5 % too loud, the others too quiet: strides of 2 leave this."""
    return series * (1 + 0.05 * np.cos(np.pi * np.arange(series.shape[1])))


def variations_of_16(series, rng):
    return series[rng.integers(0, 16, len(series))] + 0.1 * rng.standard_normal(series.shape)


def skewed(series, rng):
    return series * np.where(series > 0, 1.03, 1 / 1.03)


def gains_of_their_own(series, rng):
    return series * np.exp(0.05 * rng.standard_normal((len(series), 1)))


def clipped(series, rng):
    return series.clip(-3.3, 3.3)


DEFECTS = {
    "hurst 0.71": (other_hurst(0.71), ["log_spectrum_rms", "hurst_bias", "energy_distance"]),
    "hurst 0.75": (other_hurst(0.75), ["log_spectrum_rms", "hurst_bias", "feature_coverage_5"]),
    "gain 1.02": (lambda x, rng: 1.02 * x, ["log_spectrum_gain", "residual_energy"]),
    "5 % white": (some_white, ["hurst_variance", "energy_distance"]),
    "64 repeated": (repeated, ["duplicate_share", "duplicate_nearest", "feature_coverage_5"]),
    "t6 marginal": (heavy_marginal, ["marginal_law_ks", "tail_maximum", "residual_tail"]),
    "loud start": (loud_start, ["residual_variance", "energy_distance", "c2st_auc"]),
    "spikes": (spikes, ["residual_tail", "energy_distance"]),
    "notch": (notch, ["log_spectrum_distance", "acf_distance"]),
    # Not of theory's study: what networks do.
    "shared tone": (shared_tone, ["profile_level_line"]),
    "checkerboard": (checkerboard, ["profile_size_line"]),
    "variations of 16": (variations_of_16, ["duplicate_nearest", "feature_coverage_5"]),
    "skewed": (skewed, ["energy_distance"]),
    "gains of their own": (gains_of_their_own, ["residual_energy_ks"]),
    "clipped": (clipped, ["tail_maximum_ks"]),
}


@pytest.fixture(scope="module")
def null():
    real = draw(LAW, N, LENGTH, "power", "real")
    floor = draw_floor(PRIMARY, LAW, real, partial(generator, 7, "power floor"), DRAWS)
    return fit_all(PRIMARY, LAW, real)[0].values(), floor


def deviations(null, fake):
    """Distance of each value from the mean of the fresh draws, in their standard deviations."""
    fitted, floor = null
    found = {name: value for metric in fitted for name, value in metric(fake).items()}
    draws = {name: values.to_numpy() for name, values in floor.groupby("metric")["value"]}
    return {
        name: abs(value - draws[name].mean()) / max(draws[name].std(ddof=1), 1e-3)
        for name, value in found.items()
    }


@pytest.mark.parametrize("defect", DEFECTS)
def test_each_planted_defect_is_seen(null, defect):
    plant, seen_by = DEFECTS[defect]
    fake = plant(draw(LAW, N, LENGTH, "power", defect), generator(7, "plant", defect))
    z = deviations(null, fake)
    assert max(z.values()) > 15
    assert min(z[name] for name in seen_by) > 6, {name: z[name] for name in seen_by}


@pytest.mark.parametrize("perfect", range(2))
def test_nothing_is_seen_in_a_perfect_generator(null, perfect):
    z = deviations(null, draw(LAW, N, LENGTH, "power", "perfect", perfect))
    assert max(z.values()) < 6


def test_what_a_metric_says_it_is_blind_to_it_does_not_see(null):
    """Order: marginal and tails. Gain: the shape of the spectrum, correlation, Whittle's Hurst."""
    fake = draw(LAW, N, LENGTH, "power", "blind")
    before = deviations(null, fake)
    shuffled = deviations(null, generator(8).permuted(fake, axis=1))
    louder = deviations(null, 2 * fake)
    for name in ("marginal_law_ks", "marginal_law_w1", "tail_low_100", "tail_maximum"):
        assert_allclose(shuffled[name], before[name], atol=1e-6)
    for name in ("log_spectrum_distance", "acf_error", "hurst_bias"):
        assert_allclose(louder[name], before[name], atol=1e-3)
