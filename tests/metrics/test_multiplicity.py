import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from rpgan.metrics.multiplicity import holm, max_t, standardised, step_down
from rpgan.metrics.score import p_value
from rpgan.randomness import generator

DRAWS = 39


def tables(values):
    """What `score` and `draw_floor` return, for values of shape (1 + draws, metrics)."""
    names = [f"m{j}" for j in range(values.shape[1])]
    rows = pd.DataFrame({"metric": names, "value": values[0]}, index=range(100, 100 + len(names)))
    rows["p_value"] = [p_value(v, d) for v, d in zip(values[0], values[1:].T, strict=True)]
    draws = [(names[j], b, v) for b, row in enumerate(values[1:]) for j, v in enumerate(row)]
    return rows, pd.DataFrame(draws, columns=["metric", "draw", "value"])


def null(repeat, k=12):
    """Values of a perfect generator and of fresh draws: skewed, heavy-tailed and correlated."""
    rng = generator(1, "multiplicity", repeat)
    common, own = rng.standard_normal((DRAWS + 1, 1)), rng.standard_normal((DRAWS + 1, k))
    return np.exp(common + own) * np.arange(1, k + 1)


def test_the_chance_of_any_rejection_is_the_level():
    repeats = 600
    least = np.array([max_t(*tables(null(r))).min() for r in range(repeats)])
    alone = np.array([tables(null(r))[0]["p_value"].min() for r in range(100)])
    for level in (1 / 40, 2 / 40, 0.25):
        error = np.sqrt(level * (1 - level) / repeats)
        assert_allclose((least <= level + 1e-9).mean(), level, atol=4 * error)
    assert (alone <= 2 / 40 + 1e-9).mean() > 0.15  # what it is there for


def test_a_false_metric_among_true_ones_is_found_and_alone():
    found = []
    for r in range(100):
        values = null(r)
        values[0, 3] += 1e6
        found.append(max_t(*tables(values)).to_numpy())
    found = np.array(found)
    assert (found[:, 3] == 1 / 40).all()
    others = np.delete(found, 3, axis=1).min(axis=1)
    assert (others <= 0.05).mean() < 0.05 + 4 * np.sqrt(0.05 * 0.95 / 100)


def test_steps_are_those_of_the_definition():
    deviation = generator(2).exponential(size=(20, 6))
    order = np.argsort(-deviation[0])
    expected, before = np.empty(6), 0.0
    for i, j in enumerate(order):
        largest = deviation[:, order[i:]].max(axis=1)
        before = max(before, np.mean(largest >= deviation[0, j]))
        expected[j] = before
    assert_allclose(step_down(deviation), expected)
    assert (step_down(deviation) >= (deviation >= deviation[0]).mean(axis=0) - 1e-12).all()


def test_units_of_a_metric_do_not_matter():
    values = null(3)
    rows, floor = tables(values)
    other = tables(values * 10.0 ** np.arange(-6, 6) + 5)
    assert_allclose(max_t(*other), max_t(rows, floor))


def test_what_has_no_p_value_is_not_judged():
    values = null(4)
    values[0, 0], values[5, 1] = np.nan, np.inf
    values[:, 2] = 7.0  # the same in all: no evidence
    rows, floor = tables(values)
    found = max_t(rows, floor)
    assert list(found.index) == list(rows.index)
    assert found.isna().tolist() == [True, True] + [False] * 10
    assert found.iloc[2] == 1
    assert max_t(rows.assign(p_value=np.nan), floor).isna().all()


def test_a_family_is_judged_by_itself():
    rows, floor = tables(null(5))
    found = max_t(rows, floor, family=["m4", "m7", "elsewhere"])
    assert found.notna().sum() == 2
    assert (found.dropna() <= max_t(rows, floor)[found.notna()]).all()
    single = max_t(rows, floor, family=["m4"]).dropna().iloc[0]
    assert_allclose(single, rows["p_value"].iloc[4])


def test_deviations_are_robust_where_they_can_be():
    values = np.array([[1.0, 5.0, 0.0], [2.0, 5.0, 0.0], [30.0, 5.0, 4.0], [2.5, 5.0, 0.0]])
    z = standardised(values)
    assert_allclose(z[:, 0], np.abs(values[:, 0] - 2.25) / (1.4826 * 0.75))
    assert_allclose(z[:, 1], 0)
    assert_allclose(z[:, 2], values[:, 2] / np.sqrt(3))  # most are equal: by standard deviation


@pytest.mark.parametrize(
    ("p", "expected"),
    [
        ([0.01, 0.04, 0.03, 0.005], [0.03, 0.06, 0.06, 0.02]),
        ([0.5, 0.9], [1, 1]),
        ([0.02, np.nan, 0.5], [0.04, np.nan, 0.5]),
        ([], []),
    ],
)
def test_holm(p, expected):
    assert_allclose(holm(np.array(p)), expected)
