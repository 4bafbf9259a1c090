import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.optimize import minimize
from scipy.stats import norm

from rpgan.errors import UndefinedLaw
from rpgan.metrics import C2ST
from rpgan.metrics.c2st import logistic, values
from rpgan.processes import FGN, AlphaStable
from rpgan.randomness import generator


def points(n, k, *purpose):
    return generator(1, "c2st", *purpose).standard_normal((n, k))


def test_the_regression_is_at_the_minimum_of_its_loss():
    x, weight = points(300, 4, "x"), generator(2).uniform(0.5, 1.5, 300)
    label = (x @ [1, -1, 0.5, 0] + points(300, 1, "noise")[:, 0] > 0.3).astype(float)

    def loss(beta):
        odds = x @ beta[:4] + beta[4]
        return weight @ (np.logaddexp(0, odds) - label * odds) + beta[:4] @ beta[:4] / 2

    expected = minimize(loss, np.zeros(5), tol=1e-12).x
    assert_allclose(logistic(x, label, weight, 1.0, np.zeros(5)), expected, atol=1e-3)


def test_sets_that_a_line_divides_have_finite_coefficients():
    x = np.concatenate([points(50, 2, "a") - 100, points(50, 2, "b") + 100])
    found = logistic(x, np.repeat([0.0, 1.0], 50), np.ones(100), 1.0, np.zeros(3))
    assert np.isfinite(found).all()
    assert (np.sign(x @ found[:2] + found[2]) == np.repeat([-1, 1], 50)).all()


def test_auc_is_the_share_of_pairs_in_order_and_accuracy_that_of_signs():
    real, fake = (
        generator(3, p).integers(-4, 5, size).astype(float) for p, size in (("r", 30), ("f", 50))
    )
    pairs = (fake[:, None] > real).mean() + (fake[:, None] == real).mean() / 2
    found = values(real, fake)
    assert_allclose(found["c2st_auc"], pairs)
    right = (fake > 0).mean() + (fake == 0).mean() / 2 + (real < 0).mean() + (real == 0).mean() / 2
    assert_allclose(found["c2st_accuracy"], right / 2)


@pytest.mark.parametrize(("n", "m"), [(2000, 2000), (3000, 600)])
def test_a_shift_of_a_normal_law_has_the_closed_form(n, m):
    """The best line is across the shift d: AUC Phi(d / sqrt(2)), accuracy Phi(d / 2)."""
    real, fake = points(n, 6, "real"), points(m, 6, "fake") + 0.8 * np.eye(6)[0]
    found = C2ST().compare(real, fake)
    error = 5 * 0.5 / np.sqrt(min(n, m))
    assert_allclose(found["c2st_auc"], norm.cdf(0.8 / np.sqrt(2)), atol=error)
    assert_allclose(found["c2st_accuracy"], norm.cdf(0.4), atol=error)


def test_no_series_is_judged_by_what_has_seen_it():
    """As many features as series: in the sample all are told apart, held out none."""
    found = [C2ST().compare(points(60, 60, "a", b), points(60, 60, "b", b)) for b in range(30)]
    means = [np.mean([one[name] for one in found]) for name in found[0]]
    assert_allclose(means, 0.5, atol=0.04)


def test_leaving_out_a_group_is_learning_from_the_others():
    metric, groups = C2ST(), 20
    real, fake = points(300, 6, "real"), points(300, 6, "fake") + 0.3 * np.eye(6)[0]
    fold, group = metric.dealt(300), np.arange(300) % groups
    for g, found in enumerate(metric.deleted(real, fake, groups)):
        left, kept = fake[group != g], fold[group != g]
        exact = values(*metric.judged(real, left, kept, metric.learnt(real, left, kept)))
        assert_allclose(found["c2st_auc"], exact["c2st_auc"], atol=3e-4)


def test_series_of_another_law_are_told_apart():
    law = FGN(hurst=0.7)
    real, fake = (law.sample(200, 128, generator(4, p)) for p in "rf")
    fitted = C2ST().fit(real, law)
    assert_allclose(list(fitted(fake).values()), 0.5, atol=0.1)
    assert fitted(FGN(hurst=0.95).sample(200, 128, generator(5)))["c2st_auc"] > 0.8
    assert fitted(1e40 * fake)["c2st_auc"] == 1
    heavy = AlphaStable(alpha=0.7).sample(200, 128, generator(6))
    assert fitted(heavy)["c2st_accuracy"] > 0.99


def test_too_few_series_for_the_folds_are_undefined():
    with pytest.raises(UndefinedLaw, match="4 real series are too few for 5 folds"):
        C2ST().fit(points(4, 64, "few"), None)


@pytest.mark.parametrize(
    ("settings", "message"),
    [({"folds": 1}, "folds must be at least 2"), ({"ridge": 0}, "ridge must be positive")],
)
def test_impossible_settings_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        C2ST(**settings)
