"""TimeGAN's scores as metrics: their interval, their floor, and what they see in few steps."""

from functools import partial
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from rpgan.errors import UndefinedLaw
from rpgan.judges import ScoreSettings, discriminative_scores, predictive_scores
from rpgan.metrics import DiscriminativeScore, Marginal, PredictiveScore, draw_floor, score
from rpgan.metrics.multiplicity import max_t
from rpgan.processes import OrnsteinUhlenbeck
from rpgan.randomness import generator

LAW = OrnsteinUhlenbeck(rate=0.1)
FEW: dict[str, Any] = {
    "window": 8,
    "hidden": 4,
    "steps": 20,
    "batch": 64,
    "runs": 3,
    "floor_draws": 4,
}
METRICS = [DiscriminativeScore(**FEW), Marginal(), PredictiveScore(**FEW)]
REAL, FAKE = (LAW.sample(40, 64, generator(5, "trained", who)) for who in ("real", "fake"))
rng_for = partial(generator, 5, "floor")


@pytest.fixture(scope="module")
def floor():
    return draw_floor(METRICS, LAW, REAL, rng_for, draws=9)


@pytest.fixture(scope="module")
def table(floor):
    return score(METRICS, LAW, REAL, FAKE, floor)[0].set_index("metric")


def test_a_value_is_the_mean_of_the_trainings_and_its_interval_that_of_their_mean(table):
    settings = ScoreSettings(
        window=8, hidden=4, discriminative_steps=20, predictive_steps=20, batch=64
    )
    for name, scores in (
        ("discriminative_score", discriminative_scores),
        ("predictive_score", predictive_scores),
    ):
        found = scores(REAL, FAKE, 0, 3, settings)
        row = table.loc[name]
        assert_allclose(row["value"], found.mean())
        # Student's t of 2 degrees of freedom: 4.3027.
        reach = 4.3027 * found.std(ddof=1) / np.sqrt(3)
        assert_allclose([row["low"], row["high"]], found.mean() + reach * np.array([-1, 1]), 1e-4)


def test_they_afford_fewer_fresh_draws_than_others(floor, table):
    assert table["draws"].to_dict() == {
        "discriminative_score": 4,
        "marginal_ks": 9,
        "predictive_score": 4,
        "not_finite": 9,
    }
    assert floor.groupby("metric")["draw"].max().to_dict() == {
        name: draws - 1 for name, draws in table["draws"].items()
    }
    assert table["p_value"].ge(1 / 5).loc[["discriminative_score", "predictive_score"]].all()
    fresh = LAW.sample(40, 64, rng_for(2))
    own = floor.query("metric == 'predictive_score' and draw == 2")["value"].item()
    assert_allclose(own, METRICS[2].fit(REAL, LAW)(fresh)["predictive_score"])


def test_halves_of_recordings_are_a_floor_as_well():
    floor = draw_floor(METRICS, None, REAL, rng_for, draws=6)
    counted = floor["metric"].value_counts().to_dict()
    assert counted["discriminative_score"] == 4
    assert counted["marginal_ks"] == 6


def test_families_of_other_draws_are_adjusted_apart_and_for_each_other(floor):
    """The least p-value of 4 draws is 1/5, of 9 it is 1/10: twice that, as there are two families."""
    wrong = generator(6).standard_normal(REAL.shape) + 5
    rows = score(METRICS, LAW, REAL, wrong, floor)[0]
    adjusted = max_t(rows, floor)
    by_name = dict(zip(rows["metric"], adjusted, strict=True))
    assert_allclose(by_name["marginal_ks"], 2 / 10)
    assert_allclose(by_name["predictive_score"], 2 / 5)
    assert by_name["not_finite"] == 1


def test_what_they_see():
    longer: dict[str, Any] = FEW | {"steps": 400, "runs": 2}
    metrics = DiscriminativeScore(**longer), PredictiveScore(**longer)
    fitted = [metric.fit(REAL, LAW) for metric in metrics]
    perfect = {n: v for one in fitted for n, v in one(FAKE).items()}
    flipped = FAKE * (-1.0) ** np.arange(64) + 3
    wrong = {n: v for one in fitted for n, v in one(flipped).items()}
    assert perfect["discriminative_score"] < 0.2 < wrong["discriminative_score"]
    assert wrong["predictive_score"] > perfect["predictive_score"]


@pytest.mark.parametrize("metric", [DiscriminativeScore, PredictiveScore])
@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"window": 1}, "window must be at least 2, got 1"),
        ({"steps": 0}, "steps must be at least 1, got 0"),
        ({"batch": 0}, "batch must be at least 1, got 0"),
        ({"hidden": 0}, "hidden must be at least 1, got 0"),
        ({"runs": 1}, "runs must be at least 2, got 1"),
        ({"floor_draws": 1}, "floor_draws must be at least 2, got 1"),
    ],
)
def test_settings_that_cannot_be(metric, settings, message):
    with pytest.raises(ValueError, match=message):
        metric(**settings)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_shares_that_cannot_be(share):
    with pytest.raises(ValueError, match="test_share must lie in"):
        DiscriminativeScore(test_share=share)


@pytest.mark.parametrize("metric", METRICS[::2], ids=lambda metric: metric.name)
def test_they_are_undefined_with_a_reason(metric):
    with pytest.raises(UndefinedLaw, match="series of 7 samples are shorter than the pieces"):
        metric.fit(REAL[:, :7], LAW)
    with pytest.raises(UndefinedLaw, match="are images"):
        metric.fit(np.zeros((4, 1, 8, 8)), None)
