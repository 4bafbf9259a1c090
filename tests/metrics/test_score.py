from functools import partial

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from rpgan.errors import UserError
from rpgan.metrics import (
    LegacyPSDDistance,
    Marginal,
    Parameters,
    PSDDistance,
    draw_floor,
    score,
)
from rpgan.metrics.score import p_value
from rpgan.processes import FGN, AlphaStable, ShotNoise
from rpgan.randomness import generator

N, LENGTH = 128, 512
LAW = FGN(hurst=0.7)
METRICS = [PSDDistance(), LegacyPSDDistance(), Parameters(), Marginal()]
COLUMNS = [
    *["metric", "value", "low", "high", "floor", "floor_low", "floor_high", "draws", "excess"],
    *["p_value", "p_adjusted", "detectable_n"],
    *["ideal", "untrained", "n", "length"],
]


def draw(law, *purpose, n=N):
    """As files hold them: in single precision."""
    series = law.sample(n, LENGTH, generator(7, "score", *purpose))
    return series.astype(np.float32).astype(np.float64)


REAL, PERFECT = draw(LAW, "real"), draw(LAW, "perfect")


@pytest.fixture(scope="module")
def floor():
    return draw_floor(METRICS, LAW, REAL, partial(generator, 7, "score", "floor"))


@pytest.fixture
def table(floor):
    """The rows for a set of generated series, by name of the value."""
    return lambda fake: score(METRICS, LAW, REAL, fake, floor)[0].set_index("metric")


def test_rows_have_every_column(floor):
    rows, skipped = score(METRICS, LAW, REAL, PERFECT, floor, untrained=2 * PERFECT)
    assert list(rows.columns) == COLUMNS
    assert skipped == {}
    assert list(rows["metric"]) == [
        *["psd_distance", "psd_log_gain", "legacy_psd_distance", "hurst_median"],
        *["hurst_dispersion", "hurst_wasserstein", "hurst_bias", "hurst_variance"],
        *["hurst_missing", "marginal_ks", "not_finite"],
    ]
    # A value that is not beyond its floor takes infinitely many series to be told from it.
    assert np.isfinite(rows.drop(columns=["metric", "detectable_n"]).to_numpy()).all()
    assert (rows["detectable_n"].to_numpy() >= 2).sum() >= 5
    assert set(rows["n"]) == {N}
    assert set(rows["length"]) == {LENGTH}


def test_a_row_says_what_its_columns_say(floor):
    rows, _ = score(METRICS, LAW, REAL, PERFECT, floor, untrained=2 * PERFECT)
    row = rows.set_index("metric").loc["psd_log_gain"]
    gain = PSDDistance().fit(REAL, LAW)
    draws = floor[floor["metric"] == "psd_log_gain"]["value"]
    assert row["value"] == gain(PERFECT)["psd_log_gain"]
    assert_allclose(row["untrained"] - row["value"], 2 * np.log(2))
    assert (row["floor"], row["floor_low"], row["floor_high"]) == (
        *[draws.mean(), draws.min(), draws.max()],
    )
    assert row["excess"] == row["value"] - row["floor"]
    assert row["low"] < row["value"] < row["high"]
    assert row["p_value"] == p_value(row["value"], draws.to_numpy())
    assert rows.set_index("metric").loc["hurst_median", "ideal"] == 0.7


def test_the_order_of_the_series_changes_no_value(table):
    shuffled = generator(8).permutation(PERFECT)
    assert_allclose(table(shuffled)["value"], table(PERFECT)["value"], rtol=1e-9, atol=1e-12)


def test_a_perfect_generator_is_not_rejected(table):
    assert table(PERFECT)["p_value"].min() > 0.05


def seen(rows):
    """Names of the values that lie beyond every fresh draw."""
    beyond = (rows["value"] < rows["floor_low"]) | (rows["value"] > rows["floor_high"])
    assert (rows["p_value"][beyond] <= 2 / 40).all()
    return set(rows.index[beyond])


def test_two_percent_of_gain_is_seen_by_the_gain_alone(table):
    louder = table(1.02 * PERFECT)
    assert seen(louder) == {"psd_log_gain"}
    unchanged = ["psd_distance", "hurst_median", "hurst_wasserstein"]
    assert_allclose(louder["value"][unchanged], table(PERFECT)["value"][unchanged], rtol=1e-6)


def test_another_hurst_exponent_is_seen_by_spectrum_and_estimate_not_by_the_marginal(table):
    names = seen(table(draw(FGN(hurst=0.75), "other")))
    assert {"psd_distance", "hurst_median", "hurst_wasserstein"} <= names
    assert not {"marginal_ks", "hurst_missing"} & names


def test_shuffled_time_is_seen_by_all_but_the_marginal(table):
    rows = table(generator(9).permuted(PERFECT, axis=1))
    assert {"psd_distance", "legacy_psd_distance", "hurst_median"} <= seen(rows)
    assert_allclose(rows.loc["hurst_median", "value"], 0.5, atol=0.02)
    assert_allclose(
        rows.loc["marginal_ks", "value"], table(PERFECT).loc["marginal_ks", "value"], atol=1e-12
    )


def test_repeated_series_are_seen_by_the_distances(table):
    rows = table(np.repeat(PERFECT[: N // 8], 8, axis=0))
    assert {"psd_distance", "legacy_psd_distance"} <= seen(rows)
    # As high as the floor of 16 series against 128: sqrt((8 + 1) / 2) times that of 128.
    ratio = rows["value"]["psd_distance"] / rows["floor"]["psd_distance"]
    assert_allclose(ratio, np.sqrt(9 / 2), rtol=0.35)


def test_another_marginal_of_the_same_spectrum_is_seen_by_the_marginal_not_by_the_distance():
    white = FGN(hurst=0.5)
    real, rng = draw(white, "white"), partial(generator, 7, "white")
    floor = draw_floor([PSDDistance(), Marginal()], white, real, rng)
    heavy = generator(10).standard_t(6, (N, LENGTH)) * np.sqrt(4 / 6)  # variance 1
    rows, _ = score([PSDDistance(), Marginal()], white, real, heavy, floor)
    names = seen(rows.set_index("metric"))
    assert "marginal_ks" in names
    assert "psd_distance" not in names


def test_an_undefined_metric_is_skipped_with_its_reason():
    law = AlphaStable(alpha=1.5)
    real, fake = draw(law, "stable"), draw(law, "fake")
    floor = draw_floor(METRICS, law, real, partial(generator, 7), draws=3)
    rows, skipped = score(METRICS, law, real, fake, floor)
    assert set(skipped) == {"psd_distance"}
    assert "no variance" in skipped["psd_distance"]
    assert {"legacy_psd_distance", "alpha_median", "marginal_ks"} <= set(rows["metric"])


def test_recorded_data_have_a_floor_but_no_p_value():
    floor = draw_floor(METRICS, None, REAL, partial(generator, 7), draws=3)
    rows, skipped = score(METRICS, None, REAL, PERFECT, floor)
    assert set(skipped) == {"parameters"}
    assert np.isnan(rows["p_value"].to_numpy()).all()
    assert np.isfinite(rows[["value", "low", "high", "floor"]].to_numpy()).all()


class NoEstimate(FGN):
    """A law whose estimator fails on loud series."""

    def estimate(self, series):
        hurst = super().estimate(series)["hurst"]
        return {"hurst": np.where(np.abs(series).max(axis=1) > 50, np.nan, hurst)}


def test_a_value_that_does_not_exist_is_a_null_and_its_share_missing_tells_why():
    law = NoEstimate(hurst=0.7)
    floor = draw_floor([Parameters()], law, REAL, partial(generator, 7), draws=3)
    rows, _ = score([Parameters()], law, REAL, 100 * PERFECT, floor)
    rows = rows.set_index("metric")
    nothing = rows.loc[["hurst_median", "hurst_dispersion", "hurst_wasserstein"]]
    assert np.isnan(nothing[["value", "low", "high", "excess", "p_value"]].to_numpy()).all()
    assert np.isfinite(nothing["floor"].to_numpy()).all()
    assert rows.loc["hurst_missing", "value"] == 1
    assert rows.loc["hurst_missing", "p_value"] == 1 / 4


def broken(value):
    series = PERFECT.copy()
    series[3, 5] = value
    return series


@pytest.mark.parametrize(
    ("fake", "message"),
    [
        (
            PERFECT[:, :100],
            "generated series must be as long as the real ones, 512 samples, got 100",
        ),
        (PERFECT[:, None], r"must be of shape \(512,\) each, as the real ones, got \(1, 512\)"),
        (PERFECT[0], r"at least 2 series .* generated series have shape \(512,\)"),
        (
            PERFECT + 0j,
            "are real numbers, but those of the generated series are of type complex128",
        ),
        (PERFECT.astype(str), "are real numbers, but those of the generated series are of type <U"),
        (PERFECT[:100], "must be of sets of 100 series, .* got a floor of 128: draw it again"),
    ],
)
def test_series_that_cannot_be_scored_are_refused_in_one_line(floor, fake, message):
    with pytest.raises(UserError, match=message) as error:
        score(METRICS, LAW, REAL, fake, floor)
    assert "\n" not in str(error.value)


def test_an_untrained_set_is_checked_too(floor):
    with pytest.raises(UserError, match="untrained generator's series must be as long"):
        score(METRICS, LAW, REAL, PERFECT, floor, untrained=PERFECT[:, :100])


def test_a_floor_of_other_metrics_is_refused(floor):
    with pytest.raises(UserError, match="has no marginal_ks: draw it again"):
        score(METRICS, LAW, REAL, PERFECT, floor[floor["metric"] != "marginal_ks"])


def test_a_metric_listed_twice_is_refused(floor):
    with pytest.raises(UserError, match="psd_distance is listed twice"):
        score([PSDDistance(), PSDDistance(tapers=3)], LAW, REAL, PERFECT, floor)


def test_single_precision_series_are_scored_like_any(floor):
    single, _ = score(METRICS, LAW, REAL, PERFECT.astype(np.float32), floor)
    double, _ = score(METRICS, LAW, REAL, PERFECT, floor)
    pd.testing.assert_frame_equal(single, double, check_exact=True)


def test_digits_that_files_do_not_hold_make_no_difference():
    """Shot noise without arrivals has no rate, but a rounded decay looks like arrivals."""
    law, length = ShotNoise(rate=0.2), 100
    real, fake = (law.sample(60, length, generator(12, part)) for part in ("real", "fake"))
    floor = draw_floor([Parameters()], law, real.astype(np.float32), partial(generator, 12))
    single, double = (
        score([Parameters()], law, real, x, floor)[0] for x in (fake.astype(np.float32), fake)
    )
    pd.testing.assert_frame_equal(single, double, check_exact=True)
    lost, kept = (
        np.isnan(law.estimate(fake.astype(kind).astype(np.float64))["rate"]).mean()
        for kind in (np.float64, np.float32)
    )
    assert lost > kept + 0.05
    assert (single["p_value"].to_numpy() > 0.05).all()


def test_p_values_are_uniform_under_the_null():
    draws = generator(11).exponential(size=(8000, 40))  # skewed, as distances are
    p = np.array([p_value(row[0], row[1:]) for row in draws])
    for level in (1 / 40, 2 / 40, 0.25, 0.5, 0.75):
        error = np.sqrt(level * (1 - level) / len(p))
        assert_allclose((p <= level + 1e-9).mean(), level, atol=4 * error)


def test_p_values_at_the_extremes():
    draws = np.arange(39.0)
    assert p_value(100.0, draws) == p_value(-100.0, draws) == 1 / 40
    assert p_value(19.0, draws) == 1
    assert p_value(0.0, np.zeros(39)) == 1
    assert np.isnan(p_value(np.nan, draws))
    assert np.isnan(p_value(0.0, np.append(draws, np.inf)))
