from functools import partial

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from rpgan.metrics import (
    LegacyPSDDistance,
    Marginal,
    Parameters,
    PSDDistance,
    draw_floor,
)
from rpgan.processes import FGN, AlphaStable
from rpgan.randomness import generator

LAW = FGN(hurst=0.7)
REAL = LAW.sample(16, 64, generator(1, "floor", "real")).astype(np.float32).astype(np.float64)
METRICS = [PSDDistance(), LegacyPSDDistance(), Parameters(), Marginal()]
rng_for = partial(generator, 1, "floor")


def test_every_value_of_every_draw_is_a_row():
    floor = draw_floor(METRICS, LAW, REAL, rng_for, draws=3)
    names = [name for metric in METRICS for name in metric.fit(REAL, LAW).ideal] + ["not_finite"]
    assert list(floor.columns) == ["metric", "draw", "value", "n"]
    assert list(floor["metric"]) == names * 3
    assert set(floor["n"]) == {len(REAL)}


def test_a_draw_is_a_fresh_set_of_its_own():
    floor = draw_floor([PSDDistance()], LAW, REAL, rng_for, draws=4, n=5)
    fresh = LAW.sample(5, 64, rng_for(2)).astype(np.float32).astype(np.float64)
    expected = PSDDistance().fit(REAL, LAW)(fresh)
    assert list(floor.query("draw == 2")["value"]) == [*expected.values(), 0]
    assert len(set(floor["value"])) == 9


def test_threads_and_later_draws_change_nothing():
    one = draw_floor(METRICS, LAW, REAL, rng_for, draws=2)
    two = draw_floor(METRICS, LAW, REAL, rng_for, draws=5, threads=2)
    pd.testing.assert_frame_equal(one, two.query("draw < 2"))


def test_a_metric_that_does_not_exist_is_left_out():
    law = AlphaStable(alpha=1.2)
    real = law.sample(8, 64, generator(2))
    floor = draw_floor([PSDDistance(), Marginal()], law, real, rng_for, draws=2)
    assert set(floor["metric"]) == {"marginal_ks", "not_finite"}


def test_recorded_data_are_split_into_halves():
    floor = draw_floor(METRICS, None, REAL, rng_for, draws=2)
    assert set(floor["metric"]) == {
        *["psd_distance", "psd_log_gain", "legacy_psd_distance", "marginal_ks", "not_finite"]
    }
    assert set(floor["n"]) == {8}
    order = rng_for(0).permutation(16)
    expected = PSDDistance().fit(REAL[order[:8]], None)(REAL[order[8:]])["psd_distance"]
    assert_allclose(floor["value"].iloc[0], expected)


@pytest.mark.parametrize("metric", [Marginal(), PSDDistance()])
def test_the_range_of_39_draws_holds_a_perfect_generator_95_times_in_100(metric):
    repeats, inside = 200, 0
    for repeat in range(repeats):
        rng = partial(generator, 3, repeat)
        real, fake = (LAW.sample(4, 16, rng(part)) for part in ("real", "fake"))
        floor = draw_floor([metric], LAW, real, rng)
        first = floor[floor["metric"] == floor["metric"].iloc[0]]["value"]
        value = next(iter(metric.fit(real, LAW)(fake).values()))
        inside += first.min() <= value <= first.max()
    assert_allclose(inside / repeats, 38 / 40, atol=4 * np.sqrt(0.95 * 0.05 / repeats))
