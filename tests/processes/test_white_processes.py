"""Processes of independent samples: Bernoulli-Gaussian and alpha-stable."""

from math import gamma, pi, sqrt

import numpy as np
import pytest
from numpy.testing import assert_allclose

from rpgan.errors import UndefinedLaw
from rpgan.processes import AlphaStable, BernoulliGaussian, stable_density

KURTOSIS = {0.01: (0.02, 77.25), 0.1: (0.11, 25.3140495867769), 0.5: (0.51, 5.88350634371396)}


@pytest.mark.parametrize(("p", "law"), KURTOSIS.items())
def test_bernoulli_gaussian_law(p, law):
    process = BernoulliGaussian(probability=p)
    moments = process.moments()
    assert (moments["variance"], moments["kurtosis"]) == pytest.approx(law, rel=1e-12)
    x = np.linspace(-12, 12, 200001)
    pdf = process.pdf(x)
    for order, want in ((0, 1), (2, law[0]), (4, law[1] * law[0] ** 2)):
        assert_allclose(np.trapezoid(pdf * x**order, x), want, rtol=1e-9)
    assert_allclose(np.gradient(process.cdf(x), x)[1:-1], pdf[1:-1], atol=1e-4)
    assert_allclose(process.autocovariance([0, 1, -2]), [law[0], 0, 0])
    assert_allclose(process.psd([0.1, 0.4]), law[0])


BOUNDS = {
    0.01: (0.00192, 0.0115, 0.123),
    0.1: (0.00565, 0.0134, 0.0381),
    0.5: (0.0102, 0.0237, 0.0169),
}


@pytest.mark.parametrize(("p", "bounds"), BOUNDS.items())
def test_bernoulli_gaussian_bounds(p, bounds):
    """Published for probability and the logs of both standard deviations, 4096 samples."""
    found = BernoulliGaussian(probability=p).crlb(4096)
    loud = found["impulse"] / 1.01  # log sqrt(background^2 + impulse^2), background all but known
    got = (found["probability"], found["background"] / 0.1, loud)
    assert got == pytest.approx(bounds, rel=0.01)


@pytest.mark.parametrize("p", [0.01, 0.1, 0.5, 0.9])
def test_bernoulli_gaussian_estimates(p, draw, agree):
    process, n, length = BernoulliGaussian(probability=p), 512, 4096
    found = process.estimate(draw(process, n, length))
    bounds = process.crlb(length)
    for name, truth in process.truth().items():
        agree(found[name], truth, bias=0.15 * bounds[name])
        assert np.std(found[name]) / bounds[name] == pytest.approx(1, abs=0.06 + 5 / sqrt(2 * n))
        with pytest.raises(AssertionError):
            agree(found[name], truth + bounds[name], bias=0.15 * bounds[name])


def test_expectation_maximization_finds_the_likelihoods_maximum(draw):
    """No neighbour of the estimate is likelier: the bins cost nothing that matters."""
    process = BernoulliGaussian(probability=0.2, background=1.0, impulse=3.0)
    series = draw(process, 4, 4096)
    found = process.estimate(series)
    for i, x in enumerate(series):
        best = {name: float(value[i]) for name, value in found.items()}

        def log_likelihood(x=x, **at):
            return np.log(BernoulliGaussian(**at).pdf(x)).sum()

        for name in best:
            for factor in (0.97, 1.03):
                other = best | {name: best[name] * factor}
                assert log_likelihood(**best) > log_likelihood(**other) - 1e-3


def test_drawn_bernoulli_gaussian(draw, limit):
    process = BernoulliGaussian(probability=0.1)
    x = draw(process, 256, 4096)
    assert abs(np.mean(x**2) - 0.11) < limit * 0.11 * sqrt((25.314 - 1) / x.size)
    fourth = 0.3063
    assert abs(np.mean(x**4) - fourth) < limit * sqrt((10.926 - fourth**2) / x.size)
    lagged = np.mean(x[:, 1:] ** 2 * x[:, :-1] ** 2) - 0.11**2
    assert abs(lagged) < limit * fourth / sqrt(x.size)
    assert kolmogorov(process, x) < 2.7  # 1e-6
    assert kolmogorov(BernoulliGaussian(probability=0.106), x) > 2.7


def kolmogorov(process, x: np.ndarray) -> float:
    uniform = np.sort(process.cdf(x.ravel()))
    return np.abs(uniform - (np.arange(x.size) + 0.5) / x.size).max() * sqrt(x.size)


# mpmath: densities at 0.5, 1, 5.
STABLE = {
    0.5: (0.170762401725, 0.0861071469126, 0.0123486804024),
    0.8: (0.237215050161, 0.131846237675, 0.0132442619233),
    1.2: (0.259995633461, 0.180965374408, 0.010498945455),
    1.5: (0.262296840354, 0.202038159608, 0.00711173604765),
    1.8: (0.263851895898, 0.214188712105, 0.00326530131583),
}
QUARTILE = {0.5: 1.28383, 1.0: 1.0, 1.5: 0.968933, 2.0: 0.953872552409}


@pytest.mark.parametrize(("alpha", "values"), STABLE.items())
def test_stable_density(alpha, values):
    process = AlphaStable(alpha=alpha)
    assert_allclose(process.pdf([0.5, 1, 5]), values, rtol=2e-11)
    assert_allclose(process.pdf([-0.5, -1, -5]), values, rtol=2e-11)
    assert_allclose(process.pdf(0), gamma(1 + 1 / alpha) / pi, rtol=1e-10)


@pytest.mark.parametrize(("alpha", "quartile"), QUARTILE.items())
def test_stable_quartiles(alpha, quartile):
    scaled = AlphaStable(alpha=alpha, scale=3)
    assert_allclose(scaled.cdf([-3 * quartile, 0, 3 * quartile]), [0.25, 0.5, 0.75], atol=1e-6)


@pytest.mark.parametrize("alpha", [0.3, 0.7, 0.98, 0.999, 1.0, 1.001, 1.02, 1.3, 1.7, 1.95, 1.999])
def test_stable_density_and_distribution_agree(alpha):
    z = np.linspace(-6, 6, 25)
    step = 1e-4
    above, below = (stable_density.survival(alpha, z + d) for d in (step, -step))
    density = (below - above) / (2 * step) / np.exp(z)
    assert_allclose(np.exp(stable_density.log_pdf(alpha, z)), density, rtol=1e-6, atol=1e-13)


@pytest.mark.parametrize("alpha", [0.5, 0.9, 1.1, 1.5, 1.9])
def test_stable_tail(alpha):
    tail = gamma(alpha) * np.sin(pi * alpha / 2) / pi  # P(X > x) x^alpha
    assert_allclose(stable_density.survival(alpha, np.array([60.0])), tail * np.exp(-alpha * 60))
    slope = stable_density.log_pdf(alpha, np.array([60.0])) - np.log(alpha * tail)
    assert_allclose(slope, -(alpha + 1) * 60, rtol=1e-12)


@pytest.mark.parametrize("alpha", [0.4, 1.5, 1.97])
def test_many_points_are_interpolated(alpha):
    process = AlphaStable(alpha=alpha, scale=0.5)
    x = np.concatenate([-np.geomspace(1e-15, 1e30, 1500), [0.0], np.geomspace(1e-3, 1e3, 1500)])
    few = x[::97]
    assert_allclose(process.pdf(x)[::97], process.pdf(few), rtol=1e-6)
    assert_allclose(process.cdf(x)[::97], process.cdf(few), rtol=1e-6, atol=1e-12)


def test_stable_density_is_smooth_in_alpha():
    """Across 1, where the integrals are replaced, and towards 2."""
    z = np.linspace(-3, 3, 13)
    for alpha, near in ((1.0, 1 - 1e-5), (1.0, 1 + 1e-5), (2.0, 2 - 1e-7)):
        there = stable_density.log_pdf(near, z[:9])
        assert_allclose(stable_density.log_pdf(alpha, z[:9]), there, atol=1e-4)


def test_the_table_is_the_density():
    table = stable_density.table()
    rows = len(table.logit)
    for i in (0, 20, 40, 63):
        alpha = 2 / (1 + np.exp(-table.logit[i]))
        want = stable_density.log_pdf(alpha, table.log_x[::40])
        assert_allclose(table.columns[::40, i], want, atol=2e-4)  # 1e-9 but near alpha = 2
        slope = np.gradient(want, table.log_x[::40])[3:-3]
        assert np.abs(table.columns[::40, rows + i][3:-3] - slope).max() < 5 + np.abs(slope).max()


STABLE_BOUNDS = {
    0.5: (0.00763, 0.0374),
    1.0: (0.0172, 0.0226),
    1.5: (0.0240, 0.0169),
    1.8: (0.0216, 0.0141),
}


@pytest.mark.parametrize(("alpha", "bounds"), STABLE_BOUNDS.items())
def test_stable_bounds(alpha, bounds):
    found = AlphaStable(alpha=alpha).crlb(4096)
    assert (found["alpha"], found["scale"]) == pytest.approx(bounds, rel=0.012)
    assert AlphaStable(alpha=alpha, scale=5).crlb(4096)["scale"] == pytest.approx(
        5 * found["scale"]
    )


@pytest.mark.parametrize("alpha", [0.35, 0.5, 1.0, 1.02, 1.5, 1.8, 1.95])
def test_stable_estimates(alpha, draw, agree):
    process, n, length = AlphaStable(alpha=alpha, scale=2.5), 256, 4096
    found, bounds = process.estimate(draw(process, n, length)), process.crlb(length)
    for name, truth in process.truth().items():
        agree(found[name], truth, bias=0.1 * bounds[name])
        assert np.std(found[name]) / bounds[name] == pytest.approx(1, abs=0.05 + 5 / sqrt(2 * n))
        with pytest.raises(AssertionError):
            agree(found[name], truth + bounds[name], bias=0.1 * bounds[name])


def test_gaussian_series_have_alpha_2(draw):
    found = AlphaStable(alpha=2).estimate(draw(AlphaStable(alpha=2), 64, 4096))
    assert np.all((found["alpha"] > 1.98) & (found["alpha"] <= 2))
    assert np.median(found["alpha"]) > 1.998


@pytest.mark.parametrize("alpha", [0.5, 1.0, 1.5, 2.0])
def test_drawn_stable(alpha, draw, limit):
    process = AlphaStable(alpha=alpha)
    x = draw(process, 128, 4096).ravel()
    for t in (0.2, 1.0, 2.5):
        phi, double = np.exp(-(t**alpha)), np.exp(-((2 * t) ** alpha))
        error = sqrt((1 + double - 2 * phi**2) / (2 * x.size))
        assert abs(np.mean(np.cos(t * x)) - phi) < limit * error
        assert abs(np.mean(np.sin(t * x))) < limit * sqrt((1 - double) / (2 * x.size))
    log = np.log(np.abs(x))
    variance = pi**2 / 6 * (1 / alpha**2 + 0.5)
    mean = np.euler_gamma * (1 / alpha - 1)
    assert abs(log.mean() - mean) < limit * sqrt(variance / x.size)
    assert log.var() == pytest.approx(variance, rel=0.03)
    assert kolmogorov(process, x) < 2.7


def test_drawn_stable_sees_a_wrong_exponent(draw):
    assert kolmogorov(AlphaStable(alpha=1.4), draw(AlphaStable(alpha=1.5), 64, 4096)) > 2.7


def test_what_stable_laws_lack():
    for call in (lambda p: p.autocovariance(0), lambda p: p.psd(0.1), lambda p: p.moments()):
        with pytest.raises(UndefinedLaw, match="alpha < 2 has no variance"):
            call(AlphaStable(alpha=1.9))
    gauss = AlphaStable(alpha=2, scale=3)
    assert gauss.moments()["variance"] == 18
    assert_allclose(gauss.psd([0.1, 0.2]), 18)
    with pytest.raises(UndefinedLaw, match="infinite"):
        gauss.crlb(100)


def test_tail_index():
    assert AlphaStable(alpha=1.2).tail_index == 1.2
    assert AlphaStable(alpha=2).tail_index == np.inf
    assert BernoulliGaussian(probability=0.1).tail_index == np.inf
