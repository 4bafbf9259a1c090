import numpy as np
import pytest
from numpy.testing import assert_allclose

from rpgan.errors import UndefinedLaw
from rpgan.metrics import StylisedFacts, stylised_facts
from rpgan.processes import FGN, GARCH, AlphaStable
from rpgan.randomness import generator

WHITE = FGN(hurst=0.5)


def draw(law, n, length, *purpose):
    return law.sample(n, length, generator(1, "stylised", *purpose))


def test_autocorrelation_one_by_one():
    series = draw(FGN(hurst=0.7), 3, 50, "acf") + 1
    expected = []
    for x in series:
        c = x - x.mean()
        expected.append([c[:-t] @ c[t:] / (c @ c) for t in range(1, 9)])
    assert_allclose(stylised_facts.autocorrelation(series, 8), expected, atol=1e-13)


def test_leverage_one_by_one():
    series = draw(WHITE, 3, 60, "leverage")
    expected = [
        [
            (np.mean(r[:-t] * r[t:] ** 2) - r.mean() * np.mean(r**2)) / np.mean(r**2) ** 2
            for t in range(1, 11)
        ]
        for r in series
    ]
    assert_allclose(stylised_facts.leverage(series, 10), expected, atol=1e-13)


def test_leverage_of_a_loss_that_is_followed_by_volatility():
    r = np.zeros((1, 40))
    r[0, [10, 11]] = -2, 1
    assert stylised_facts.leverage(r, 2)[0, 0] < 0


def test_coarse_fine_one_by_one():
    series, tau = draw(WHITE, 2, 40, "coarse"), 5
    n = 40 - tau + 1
    expected = []
    for r in series:
        c = np.array([abs(r[t : t + tau].sum()) for t in range(n)])
        f = np.array([np.abs(r[t : t + tau]).sum() for t in range(n)])
        c, f = (c - c.mean()) / c.std(), (f - f.mean()) / f.std()
        later = [f[:-k] @ c[k:] / n for k in range(1, 7)]
        earlier = [c[:-k] @ f[k:] / n for k in range(1, 7)]
        expected.append(np.subtract(later, earlier))
    assert_allclose(stylised_facts.coarse_fine(series, tau, 6), expected, atol=1e-13)


def test_waits_by_hand():
    # Up by one each step: a gain of 3 after 3 steps, never a loss within 8.
    up = np.ones((1, 20))
    assert_allclose(stylised_facts.gain_loss(up, 3, 8), [[(3 - 8) / (3 + 8)]])
    assert_allclose(stylised_facts.gain_loss(-up, 3, 8), [[(8 - 3) / (3 + 8)]])


def test_waits_one_by_one():
    series, limit, horizon = draw(WHITE, 3, 90, "waits"), 2.5, 16
    expected = []
    for r in series:
        price = np.cumsum(r)
        sums = np.zeros(2)
        for start in range(0, 90 - horizon, 2):
            for side, sign in enumerate((1, -1)):
                moves = sign * (price[start + 1 : start + horizon + 1] - price[start])
                passed = np.flatnonzero(moves >= limit)
                sums[side] += passed[0] + 1 if len(passed) else horizon
        expected.append((sums[0] - sums[1]) / sums.sum())
    assert_allclose(stylised_facts.gain_loss(series, limit, horizon)[:, 0], expected, rtol=1e-12)


def test_hill_of_a_power_law():
    exponent = 3.0
    size = generator(1, "pareto").random((200, 2000)) ** (-1 / exponent)
    inverse = stylised_facts.hill(size)
    # Of an exact power law the estimate of the inverse has mean 1/3 and deviation 1/3 / sqrt(100).
    assert_allclose(inverse.mean(), 1 / exponent, atol=5 / exponent / np.sqrt(100 * 200))
    by_hand = np.array([[1.0, 2.0, 4.0, 1.0]])
    assert_allclose(stylised_facts.hill(by_hand), [[(np.log(2) + np.log(4)) / 2]])


def test_a_set_against_itself_is_at_0():
    real = draw(WHITE, 30, 300, "itself")
    fitted = StylisedFacts().fit(real, None)
    assert_allclose(list(fitted(real).values()), 0, atol=1e-12)
    assert fitted(real).keys() == fitted.ideal.keys()


def test_series_are_never_joined():
    real = draw(WHITE, 30, 300, "joined")
    fitted = StylisedFacts().fit(real, None)
    shuffled = real[generator(1, "order").permutation(30)]
    assert_allclose(list(fitted(shuffled).values()), 0, atol=1e-12)
    # Other levels of the series would correlate all lags of one long series.
    levels = real + np.linspace(-5, 5, 30)[:, None]
    assert_allclose(fitted(levels)["stylised_acf"], 0, atol=1e-12)


def after_trends(n, length):
    """Returns that are large after a sum of five that is."""
    r = draw(WHITE, n, length + 50, "trends")
    for t in range(5, length + 50):
        r[:, t] *= np.sqrt(0.3 + 0.13 * r[:, t - 5 : t].sum(axis=1) ** 2)
    return r[:, 50:]


def test_coarse_volatility_comes_first():
    later_less_earlier = stylised_facts.coarse_fine(after_trends(150, 512), 5, 3).mean()
    assert later_less_earlier < -0.01


def test_each_fact_is_seen():
    real, length, n = draw(WHITE, 150, 512, "real"), 512, 150
    fitted = StylisedFacts().fit(real, None)
    null = [fitted(draw(WHITE, n, length, "null", b)) for b in range(8)]
    worst = {name: max(abs(v[name]) for v in null) for name in null[0]}
    clusters = GARCH(omega=0.05, alpha=0.3, beta=0.65)
    seen = fitted(draw(FGN(hurst=0.8), n, length, "long"))
    assert seen["stylised_acf"] > 3 * worst["stylised_acf"]
    seen = fitted(draw(clusters, n, length, "garch"))
    assert seen["stylised_abs_acf"] > 3 * worst["stylised_abs_acf"]
    assert seen["stylised_tail"] < -3 * worst["stylised_tail"]
    skewed = draw(WHITE, n, length, "skew")
    volatile = skewed * np.exp(-0.4 * np.roll(skewed, 1, axis=1))
    assert fitted(volatile)["stylised_leverage"] > 3 * worst["stylised_leverage"]
    assert (
        fitted(after_trends(n, length))["stylised_coarse_fine"] > 3 * worst["stylised_coarse_fine"]
    )
    seen = fitted(skewed - 0.1)
    assert seen["stylised_gain_loss"] > 3 * worst["stylised_gain_loss"]


def test_series_without_facts_are_left_out():
    real = draw(WHITE, 20, 128, "zeros")
    fitted = StylisedFacts().fit(real, None)
    some = real.copy()
    some[:3] = 0
    left, alone = fitted(some), fitted(real[3:])
    for name in ("stylised_acf", "stylised_leverage", "stylised_tail", "stylised_coarse_fine"):
        assert_allclose(left[name], alone[name], rtol=1e-12)
    assert np.isnan(fitted(np.zeros((4, 128)))["stylised_tail"])


def test_heavy_tails_and_sparse_series_have_facts():
    for law in (AlphaStable(alpha=0.5), AlphaStable(alpha=1.5)):
        real = draw(law, 20, 256, "heavy")
        assert np.isfinite(list(StylisedFacts().fit(real, law)(real[:9]).values())).all()
    sparse = np.zeros((5, 64))
    sparse[:, ::7] = 1.0
    sparse[:, ::14] = -2.0
    assert StylisedFacts().fit(sparse, None)(sparse)["stylised_abs_acf"] == 0


@pytest.mark.parametrize(
    ("real", "words"),
    [
        (np.zeros((4, 2, 64)), "one channel"),
        (np.ones((4, 19)), "need 20 returns, got 19"),
        (np.zeros((4, 64)), "returns are 0"),
    ],
)
def test_what_has_no_facts(real, words):
    with pytest.raises(UndefinedLaw, match=words):
        StylisedFacts().fit(real, None)


@pytest.mark.parametrize(
    "setting", [{"lags": 0}, {"coarse": 1}, {"coarse_lags": 0}, {"horizon": 0}, {"threshold": 0.0}]
)
def test_settings(setting):
    with pytest.raises(ValueError, match=next(iter(setting))):
        StylisedFacts(**setting)
