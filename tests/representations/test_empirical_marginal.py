import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.special import ndtr, ndtri

from rpgan.representations import Gaussianise, Quantile, chain, generalised_pareto, marginal

GAUSSIANISE, QUANTILE, CLIPPED = (Gaussianise(),), (Quantile(),), (Quantile(tails="clip"),)


# Generalised-Pareto tails


@pytest.mark.parametrize("k", [200, 4000, 100_000])
@pytest.mark.parametrize("shape", [0.2, 0.5, 1.0, 2.0])
def test_estimates_of_a_generalised_pareto_law(shape, k):
    """Within five standard errors of the maximum likelihood estimator (Smith 1987).

    Rows of the same law, so that the mean error shows a bias that one row would not: at most half
    a standard error of one, and the prior may pull small samples by as much again.
    """
    rows, scale = 20, 3.0
    u = np.random.default_rng(k).random((rows, k))
    excesses = np.sort(scale / shape * (u**-shape - 1), axis=1)
    used = min(k, generalised_pareto.MOST)
    got_shape, got_scale = generalised_pareto.fit(excesses)
    errors = {
        "shape": (got_shape - shape) / ((1 + shape) / np.sqrt(used)),
        "scale": (got_scale / scale - 1) / np.sqrt(2 * (1 + shape) / used),
    }
    for error in errors.values():
        assert np.abs(error).max() < 5
        assert abs(error.mean()) < 1


@pytest.mark.parametrize("law", ["exponential", "uniform"])
def test_tails_that_end_or_fall_off_exponentially(law):
    rng = np.random.default_rng(0)
    excesses = np.sort(getattr(rng, law)(size=(20, 4000)), axis=1)
    shape, scale = generalised_pareto.fit(excesses)
    assert (shape < 5 / np.sqrt(4000)).all()
    assert_allclose(scale, excesses.mean(axis=1), rtol=0.1)
    assert law == "exponential" or not shape.any()


@pytest.mark.parametrize("excesses", [np.zeros((2, 50)), np.ones((2, 3)), np.eye(2, 50)[:, ::-1]])
def test_tails_with_nothing_to_estimate_a_shape_from(excesses):
    """Ties at the threshold, or too few: exponential with the mean."""
    shape, scale = generalised_pareto.fit(excesses)
    assert not shape.any()
    assert_allclose(scale, excesses.mean(axis=1))


@given(st.just(0.0) | st.floats(1e-6, 3), st.floats(1e-3, 1e3), st.floats(1e-6, 1e6))
def test_survival_and_its_inverse(shape, scale, e):
    args = np.array(shape), np.array(scale)
    log_p = generalised_pareto.log_survival(np.array(e), *args)
    want = -np.log1p(shape * e / scale) / shape if shape else -e / scale
    assert_allclose(log_p, want)
    assert_allclose(generalised_pareto.excess(log_p, *args), e, rtol=1e-9)


# Normal scores


@pytest.mark.parametrize("nu", [1, 2, 4])
def test_tails_of_student_t(nu):
    """The tail index is 1 / nu; five standard errors, and 0.05 since the law is Pareto far out only."""
    x = np.random.default_rng(nu).standard_t(nu, (500, 1000))
    state = chain.fit(GAUSSIANISE, x)[0]
    error = 5 * (1 + 1 / nu) / np.sqrt(generalised_pareto.MOST)
    assert_allclose(state["tail_shape"], [[1 / nu, 1 / nu]], atol=error + 0.05)


def test_inverse_goes_on_beyond_the_training_set():
    """The quantile of a Cauchy law at 1e-7, of 1e5 values: log-error 5 sd of the shape times ln 1e5."""
    x = np.random.default_rng(0).standard_cauchy((100, 1000))
    z = np.tile(ndtri(1e-7) * np.array([-1.0, 1.0]), (1, 1, 500))
    true = 1 / (np.pi * 1e-7)
    allowed = np.exp(5 * 2 / np.sqrt(1000) * np.log(1e5))
    got = chain.decode(GAUSSIANISE, chain.fit(GAUSSIANISE, x), z)
    assert true / allowed < got.max() < true * allowed
    assert true / allowed < -got.min() < true * allowed


def test_each_tail_has_its_own_law():
    """Exponential below, Pareto above, at a probability of 1e-5 of 1e6 values."""
    rng = np.random.default_rng(0)
    sizes = rng.standard_exponential((1000, 500)), rng.pareto(1, (1000, 500))
    x = np.concatenate([-sizes[0], sizes[1]], axis=1)
    z = np.tile(ndtri(1e-5) * np.array([1.0, -1.0]), (1, 1, 500))
    got = chain.decode(GAUSSIANISE, chain.fit(GAUSSIANISE, x), z)[0, :2]
    assert_allclose(got, [np.log(1e-5 / 0.5), 0.5 / 1e-5], rtol=0.5)


def test_published_variant_ends_where_the_training_set_does():
    x = np.random.default_rng(0).standard_cauchy((100, 1000)).astype(np.float32)
    state = chain.fit(CLIPPED, x)
    back = chain.decode(CLIPPED, state, np.tile([-3.0, 3.0], (1, 1, 500)))
    assert (back.min(), back.max()) == (x.min(), x.max())
    y = chain.encode(CLIPPED, state, 100 * x)
    assert_allclose([y.min(), y.max()], [-1, 1])
    assert_allclose(state[0]["largest_score"], 5.1993, atol=1e-4)


@pytest.mark.parametrize("steps", [GAUSSIANISE, QUANTILE, CLIPPED])
def test_scores_of_other_series_are_normal(steps):
    """Massart's bound on the distance of two empirical laws, at 1e-6, and the quantiles' spacing."""
    rng = np.random.default_rng(0)
    train, other = rng.standard_cauchy((200, 500)), rng.standard_cauchy((200, 500))
    state = chain.fit(steps, train)
    z = np.sort(chain.encode(steps, state, other).ravel() * state[0].get("largest_score", 1.0))
    levels = np.arange(len(z)) / len(z)
    allowed = 2 * np.sqrt(np.log(2 / 1e-6) / (2 * len(z))) + 1 / 1024
    assert np.abs(ndtr(z) - levels).max() < allowed


def test_scores_are_the_published_ones():
    """scikit-learn's: the mean of the rising and of the falling interpolation of the levels."""
    x = np.arange(11.0)
    x[3:6] = 4.0
    steps = (Quantile(tails="clip", n_quantiles=11),)
    state = chain.fit(steps, x.reshape(1, 11))
    given = np.array([[-5.0, 0, 1, 1.5, 2, 3, 4, 5, 6, 10, 99]])
    levels = np.array([1e-7, 1e-7, 0.1, 0.15, 0.2, 0.25, 0.4, 0.55, 0.6, 1 - 1e-7, 1 - 1e-7])
    want = ndtri(levels) / -ndtri(1e-7)
    assert_allclose(chain.encode(steps, state, given)[0, 0], want, atol=1e-6)


def test_ties_come_back_exactly():
    """Half of a Bernoulli-Gaussian series is one value: in the middle of its levels."""
    rng = np.random.default_rng(0)
    x = (rng.random((200, 100)) < 0.5) * rng.standard_normal((200, 100))
    for steps in (GAUSSIANISE, QUANTILE, CLIPPED):
        state = chain.fit(steps, x)
        y = chain.encode(steps, state, np.zeros((1, 100)))
        assert_allclose(y, 0, atol=0.02)
        assert (chain.decode(steps, state, y) == 0).all()


@given(st.integers(0, 50), st.sampled_from(["normal", "standard_cauchy", "poisson", "uniform"]))
def test_map_rises_everywhere(seed, law):
    """Through ties, at the thresholds, and far beyond the training set."""
    rng = np.random.default_rng(seed)
    draw = {"poisson": lambda: rng.poisson(3, (20, 30)) / 1.0}.get(law)
    state = chain.fit(GAUSSIANISE, draw() if draw else getattr(rng, law)(size=(20, 30)))[0]
    ends = state["quantiles"][0, [0, -1]]
    x = np.sort(np.concatenate([ends, np.linspace(-100, 100, 999), np.nextafter(ends, [-9, 9])]))
    z = marginal.to_normal(x[np.newaxis], state)
    assert (np.diff(z) > -1e-12).all()
    assert np.isfinite(z).all()


def test_by_feature_and_by_channel():
    """A scale that differs from sample to sample is undone by feature, and not by channel."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((4000, 3)) * [1, 10, 100]
    scores = {}
    for by in ("feature", "channel"):
        steps = (Quantile(by=by),)
        state = chain.fit(steps, x)
        z = chain.encode(steps, state, x)[:, 0] * state[0]["largest_score"]
        scores[by] = z.std(axis=0)
        assert state[0]["quantiles"].shape == ((3 if by == "feature" else 1), 1024)
    assert_allclose(scores["feature"], 1, atol=0.05)
    assert scores["channel"][2] / scores["channel"][0] > 3


def test_largest_score_is_mapped_onto_one():
    x = np.random.default_rng(0).standard_t(2, (300, 40))
    for by in ("feature", "channel"):
        steps = (Quantile(by=by),)
        assert np.abs(chain.encode(steps, chain.fit(steps, x), x)).max() == pytest.approx(
            1, rel=1e-6
        )


@pytest.mark.parametrize("step", [Gaussianise, Quantile])
def test_bad_settings(step):
    with pytest.raises(ValueError, match="n_quantiles must be at least 2, got 1"):
        step(n_quantiles=1)
    with pytest.raises(ValueError, match=r"tail must lie in \(0, 0.25\]"):
        step(tail=0.5)


def test_constant_feature_comes_back_whatever_the_network_says():
    """And a narrow feature keeps a tail of its own width beside a wide one."""
    x = np.random.default_rng(0).standard_normal((500, 3)) * [1e4, 1e-4, 0]
    steps = (Quantile(by="feature"),)
    state = chain.fit(steps, x)
    y = np.random.default_rng(1).uniform(-1, 1, (50, 1, 3))
    back = chain.decode(steps, state, y)
    assert_allclose(back[:, 2], 0, atol=1e-6 * np.ptp(x[:, 0]) * 20)
    assert np.abs(back[:, 1]).max() < 1e-3


def test_loop_and_bisection_agree():
    rng = np.random.default_rng(0)
    x, quantiles = rng.integers(0, 40, (3, 99)) / 1.0, np.sort(rng.integers(0, 40, (3, 64)) / 1.0)
    x[0], quantiles[0] = rng.random(99), np.sort(rng.random(64))
    levels = np.linspace(0, 1, 64)
    many = marginal._levels(np.tile(x, (20, 1)), np.tile(quantiles, (20, 1)), levels)
    assert_allclose(many[:3], marginal._levels(x, quantiles, levels), atol=1e-15)
    want = [np.interp(p, levels, q) for p, q in zip(many[:3], quantiles, strict=True)]
    assert_allclose(marginal._values(many[:3], quantiles, levels), want, atol=1e-12)
