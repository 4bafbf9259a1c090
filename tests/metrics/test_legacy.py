"""Each plain function against its published definition, written out for one series at a time."""

import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.signal import lfilter
from scipy.signal.windows import dpss
from scipy.special import gamma, ndtri
from scipy.stats import norm

from rpgan.errors import UserError
from rpgan.metrics import legacy
from rpgan.metrics.legacy_mixture import fit_mixture
from rpgan.processes import FBM, FGN, AlphaStable, BernoulliGaussian, ShotNoise
from rpgan.randomness import generator


def draw(law, n, length, *purpose):
    return law.sample(n, length, generator(1, "legacy", *purpose))


def published_spectrum(x):
    n_fft = max(256, 2 ** int(np.ceil(np.log2(len(x)))))
    tapers, eigenvalues = dpss(len(x), 4, 7, return_ratios=True)
    weights = eigenvalues / np.arange(1, 8)
    spectra = np.fft.fft(tapers * x, n_fft)
    return np.abs(np.mean(spectra * weights[:, None], axis=0))[: n_fft // 2] ** 2


@pytest.mark.parametrize("n", [4, 5])
def test_psd_distance(n):
    real, fake = draw(FGN(hurst=0.7), n, 300, "real"), draw(FGN(hurst=0.6), n + 1, 300, "fake")
    medians = [np.median([published_spectrum(x) for x in s], axis=0) for s in (real, fake)]
    r = np.log(medians[1]) - np.log(medians[0])
    expected = np.sqrt(np.mean(r**2) - np.mean(r) ** 2)
    assert_allclose(legacy.psd_distance(real, fake), expected, rtol=1e-9)


def published_hurst(x, process):
    if process == "fbm":
        x = np.diff(x)
    z = np.concatenate([[0], np.cumsum(x[1:])])
    log_u = []
    for m in range(1, 6):
        taps = np.zeros(3 * m)
        taps[[0, m, 2 * m]] = 1, -2, 1
        y = lfilter(taps, 1, z)[3 * m - 1 :]
        log_u.append(np.log(np.mean(np.abs(y) ** 2)))
    return np.polyfit(np.log(np.arange(1, 6)), log_u, 1)[0] / 2


@pytest.mark.parametrize("length", [17, 100, 1025])
@pytest.mark.parametrize("law", [FGN(hurst=0.2), FGN(hurst=0.9), FBM(hurst=0.5), FBM(hurst=0.8)])
def test_hurst(law, length):
    series = draw(law, 5, length, "hurst")
    expected = [published_hurst(x, law.name) for x in series]
    assert_allclose(legacy.hurst(series, law.name), expected, rtol=1e-9)
    assert_allclose(legacy.hurst(series, law.name.upper()), expected, rtol=1e-9)


def test_hurst_of_complex_series():
    series = draw(FGN(hurst=0.7), 3, 64, "re") + 1j * draw(FGN(hurst=0.7), 3, 64, "im")
    expected = [published_hurst(x, "fgn") for x in series]
    assert_allclose(legacy.hurst(series, "fgn"), expected, rtol=1e-9)


def test_hurst_leaves_out_the_first_sample_or_two():
    for law, lost in ((FGN(hurst=0.3), 1), (FBM(hurst=0.3), 1)):
        series = draw(law, 3, 50, "first")
        other = series.copy()
        other[:, :lost] += 5
        assert_allclose(legacy.hurst(other, law.name), legacy.hurst(series, law.name), rtol=1e-12)
        other[:, lost] += 5
        assert np.all(np.abs(legacy.hurst(other, law.name) - legacy.hurst(series, law.name)) > 1e-3)


def test_hurst_at_the_published_length():
    # Bias below 0.002 and standard deviation 0.010 to 0.016 at 4096 samples, measured on the code.
    for hurst, spread in ((0.05, 0.010), (0.8, 0.016)):
        found = legacy.hurst(draw(FGN(hurst=hurst), 400, 4096, "sd"), "fgn")
        assert_allclose(found.mean(), hurst, atol=0.002 + 4 * spread / 20)
        assert_allclose(found.std(), spread, rtol=4 / np.sqrt(800) + 0.05)


def published_rate(x, pulse, amplitude):
    square = {"one_sided_exponential": 1 / 2, "linear_exponential": 1 / 4}
    i1, i2 = 1, square[pulse] if pulse in square else 1 / (2 * np.sqrt(np.pi))
    mean, variance = np.mean(x), np.var(x)
    if amplitude == "exponential":
        return 2 * mean**2 * i2 / (variance * i1**2)
    if amplitude == "rayleigh":
        return 4 * mean**2 * i2 / (variance * np.pi * i1**2)
    return variance / i2


@pytest.mark.parametrize("pulse", ["one_sided_exponential", "linear_exponential", "gaussian"])
@pytest.mark.parametrize("amplitude", ["exponential", "rayleigh", "normal"])
def test_event_rate(pulse, amplitude):
    law = ShotNoise(rate=1.5, pulse=pulse, amplitude=amplitude)
    series = draw(law, 6, 4096, "rate")
    got = legacy.event_rate(series, pulse, amplitude)
    assert_allclose(got, [published_rate(x, pulse, amplitude) for x in series], rtol=1e-13)
    assert_allclose(got.mean(), 1.5, rtol=0.25)  # of the right order: the pulse integrals are


def test_event_rate_takes_the_published_name():
    series = draw(ShotNoise(rate=1.0, amplitude="normal"), 2, 64, "name")
    a, b = (legacy.event_rate(series, "gaussian", a) for a in ("normal", "standard_normal"))
    assert_array_equal(a, b)


def quasi_random(probability, shift, n=500):
    """A mixture without random numbers, so that constants can be compared."""
    u = (np.arange(n) * 0.6180339887498949 + 0.5 / n) % 1
    v = (np.arange(n) * 0.7548776662466927 + 0.25 / n) % 1
    return np.where(v < probability, 1.05, 0.1) * ndtri(np.clip(u, 1e-9, 1 - 1e-9)) + shift


# By scikit-learn 1.9.1, see `published_impulses`, and how many rounds it took.
SCIKIT_LEARN = [
    (0.02, 0.0, 0.0133428918128288, 14.436497418543633, 15),
    (0.02, 0.3, 0.013339093555459567, 14.43836630332662, 19),
    (0.1, 0.0, 0.09860117549856483, 11.04817726708092, 10),
    (0.1, 0.3, 0.09856873424880494, 11.049310373236038, 9),
    (0.5, 0.0, 0.5061643970736905, 10.156199380249916, 13),
    (0.5, 0.3, 0.5062167774144941, 10.157252255721632, 13),
    (0.9, 0.0, 0.8983053019979126, 10.614010588399337, 159),
    (0.9, 0.3, 0.8983113915389139, 10.614869495130158, 158),
]


def test_impulses_are_those_of_scikit_learn():
    series = np.array([quasi_random(p, shift) for p, shift, *_ in SCIKIT_LEARN])
    probability, ratio = legacy.impulses(series)
    assert_allclose(probability, [case[2] for case in SCIKIT_LEARN], rtol=1e-8)
    assert_allclose(ratio, [case[3] for case in SCIKIT_LEARN], rtol=1e-8)


def published_impulses(x, mixture):
    fitted = mixture(
        n_components=2,
        tol=1e-6,
        max_iter=500,
        n_init=1,
        means_init=np.zeros((2, 1)),
        random_state=0,
    ).fit(x[:, None])
    deviation = np.sqrt(fitted.covariances_).ravel()
    return fitted.weights_[deviation.argmax()], deviation.max() / deviation.min()


def test_impulses_are_those_of_the_scikit_learn_installed_here():
    mixture = pytest.importorskip("sklearn.mixture").GaussianMixture
    for probability, length in ((0.01, 1024), (0.1, 256), (0.9, 300)):
        series = draw(BernoulliGaussian(probability=probability), 8, length, "library")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # not all converge in 500 rounds
            expected = np.array([published_impulses(x, mixture) for x in series]).T
        assert_allclose(legacy.impulses(series), expected, rtol=1e-6)


def test_impulses_do_not_depend_on_the_company():
    """Series are treated in chunks, and leave the batch when they are done."""
    series = draw(BernoulliGaussian(probability=0.2), 300, 257, "company")
    together = np.array(legacy.impulses(series))
    alone = np.array([legacy.impulses(x[None]) for x in series[::37]])[:, :, 0].T
    assert_allclose(together[:, ::37], alone, rtol=1e-9)


def test_impulses_of_known_noise():
    law = BernoulliGaussian(probability=0.1)
    probability, ratio = legacy.impulses(draw(law, 200, 4096, "known"))
    # Cramer-Rao bound of this model .00565, and of the log ratio about .04.
    assert_allclose(np.median(probability), 0.1, atol=5 * 0.0058 / np.sqrt(200))
    assert_allclose(np.median(ratio), np.sqrt(101), rtol=5 * 0.045 / np.sqrt(200))


def test_variances_are_raised_by_one_millionth():
    # Three atoms, one of them at 0 where both means start: the other component is left with two.
    series = np.tile([-1.0, 0.0, 0.0, 0.0, 1.0], 20)[None]
    fitted = fit_mixture(series)
    narrow, wide = np.sort(fitted.variance[0])
    assert_allclose(narrow, 1e-6, rtol=1e-9)
    assert_allclose(wide, 1, rtol=2e-3)  # zeros belong to it at odds of one in a thousand
    assert_allclose(fitted.mean, 0, atol=1e-12)
    assert_allclose(np.sort(fitted.weight[0]), [0.4, 0.6], rtol=2e-3)


def published_alpha(x):
    segments = (x - np.median(x)).reshape(128, -1)
    above = np.log(segments.max(axis=1))
    below = -np.log(-segments.min(axis=1))
    spread = 1 / np.std(above, ddof=1) + 1 / np.std(below, ddof=1)
    return np.pi / (2 * np.sqrt(6)) * spread


def published_scale(x, alpha):
    x = x - np.median(x)
    p = alpha / 3
    constant = 1 / np.cos(np.pi * p / 2) * gamma(1 - p / alpha) / gamma(1 - p)
    return (np.mean(np.abs(x) ** p) / constant) ** (alpha / p)


@pytest.mark.parametrize("length", [1536, 3200, 4096])
def test_alpha_and_scale(length):
    series = np.concatenate(
        [draw(AlphaStable(alpha=a), 3, length, "a") for a in (0.5, 1, 1.5, 1.9)]
    )
    got = legacy.alpha(series)
    with np.errstate(invalid="ignore"):
        expected = [published_alpha(x) for x in series]
    assert_allclose(got, expected, rtol=1e-12)
    assert np.isfinite(got).all() or length < 4096
    expected = [published_scale(x, a) for x, a in zip(series, got, strict=True)]
    assert_allclose(legacy.scale(series, got), expected, rtol=1e-10)
    assert_allclose(
        legacy.scale(series, 1.2), [published_scale(x, 1.2) for x in series], rtol=1e-10
    )


@pytest.mark.parametrize("length", [1, 2, 101])
def test_scale_of_any_length(length):
    series = draw(AlphaStable(alpha=1.2), 4, length, "odd")
    expected = [published_scale(x, 1.2) for x in series]
    assert_allclose(legacy.scale(series, 1.2), expected, rtol=1e-10)


@pytest.mark.parametrize(("alpha", "median"), [(0.5, 0.50), (1.0, 1.016), (1.5, 1.665)])
def test_alpha_is_biased_as_published(alpha, median):
    found = legacy.alpha(draw(AlphaStable(alpha=alpha), 300, 4096, "bias"))
    spread = {0.5: 0.032, 1.0: 0.066, 1.5: 0.12}[alpha]
    assert_allclose(np.median(found), median, atol=0.005 + 5 * 1.25 * spread / np.sqrt(300))


def test_alpha_of_one_sided_segments_is_missing():
    series = draw(AlphaStable(alpha=1.5), 2, 4096, "sided")
    series[0, :32] = np.abs(series[0, :32]) + 1
    found = legacy.alpha(series)
    assert np.isnan(found[0])
    assert np.isfinite(found[1])
    assert np.isnan(legacy.scale(series, found)[0])
    assert np.isnan(legacy.alpha(np.zeros((1, 256)))).all()


def test_scale_is_infinite_where_the_published_constant_is_0():
    series = draw(FGN(hurst=0.5), 2, 256, "gauss")
    assert np.isinf(legacy.scale(series, 3.0)).all()
    assert np.isfinite(legacy.scale(series, 2.5)).all()


def published_density_coverage(real, cross, k):
    n, m = cross.shape
    radius = np.sort(real, axis=1)[:, k]
    density = sum(cross[t, g] < radius[t] for g in range(m) for t in range(n)) / (k * m)
    coverage = np.mean([cross[t].min() < radius[t] for t in range(n)])
    return density, float(coverage)


@pytest.mark.parametrize("k", [1, 3, 10])
def test_density_coverage(k):
    rng = generator(1, "dc")
    points, others = rng.standard_normal((20, 3)), 1.3 * rng.standard_normal((25, 3))
    real = np.linalg.norm(points[:, None] - points, axis=2)
    cross = np.linalg.norm(points[:, None] - others, axis=2)
    expected = published_density_coverage(real, cross, k)
    assert_allclose(legacy.density_coverage(real, cross, k), expected, rtol=1e-14)


def test_density_coverage_by_hand():
    # Points 0, 1, 3 on a line: nearest others at 1, 1, 2; generated at 0.5 and 10.
    real = np.array([[0, 1, 3], [1, 0, 2], [3, 2, 0]], float)
    cross = np.abs(np.array([[0], [1], [3]]) - [0.5, 10])
    assert legacy.density_coverage(real, cross, 1) == (1.0, 2 / 3)
    assert legacy.density_coverage(real, cross[:, 1:], 1) == (0.0, 0.0)
    assert legacy.density_coverage(real, real, 1) == (1.0, 1.0)  # a ball does not hold its rim


def test_density_and_coverage_of_a_perfect_generator():
    n, m, k, draws = 64, 48, 3, 200
    rng = generator(1, "perfect")
    found = []
    for _ in range(draws):
        points = rng.random((n + m, 2))
        distance = np.linalg.norm(points[:n, None] - points, axis=2)
        found.append(legacy.density_coverage(distance[:, :n], distance[:, n:], k))
    i = np.arange(k)
    expected = 1.0, 1 - np.prod((n - 1 - i) / (n + m - 1 - i))
    error = np.std(found, axis=0) / np.sqrt(draws)
    assert np.all(np.abs(np.mean(found, axis=0) - expected) < 4 * error)


@pytest.mark.parametrize(("proportion", "n"), [(0.999, 4096), (0.5, 10), (0.0, 20), (1.0, 20)])
def test_wilson(proportion, n):
    z = norm.ppf(0.975)
    low, high = legacy.wilson(proportion, n)
    assert 0 <= low + 1e-12 <= proportion + 1e-12
    assert proportion <= high + 1e-12 <= 1 + 2e-12
    # The ends are the proportions from which this one is just 1.96 standard deviations away.
    for end in (low, high):
        assert_allclose((proportion - end) ** 2, z**2 * end * (1 - end) / n, atol=1e-12)


def test_the_bootstrap_is_that_of_the_generated_series():
    rng = generator(1, "bootstrap")
    counts = rng.poisson(10, 150)
    resampled = rng.choice(counts, (20_000, 150)).mean(axis=1) / 10
    expected = np.quantile(resampled, [0.025, 0.975])
    got = legacy.density_bootstrap(counts, 10, rng, 20_000)
    assert_allclose(got, expected, atol=0.1 * resampled.std())


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda x: legacy.hurst(x, "arfima"), "fgn or fbm"),
        (lambda x: legacy.hurst(x[:, :15], "fbm"), "15 increments, got 14"),
        (lambda x: legacy.event_rate(x, "square", "normal"), "pulse must be one of"),
        (lambda x: legacy.event_rate(x, "gaussian", "cauchy"), "amplitude must be one of"),
        (lambda x: legacy.alpha(x), "multiple of 128, got 100"),
        (lambda x: legacy.density_coverage(x[:4, :4], x[:4], 4), "k must lie in"),
        (lambda x: legacy.density_coverage(x[:4, :4], x[:4], 0), "k must lie in"),
    ],
)
def test_what_has_no_estimate_is_refused(call, words):
    with pytest.raises(UserError, match=words):
        call(np.ones((5, 100)))


@pytest.mark.parametrize("value", [0.0, 3.0])
def test_constant_series_have_no_estimates(value):
    series = np.full((2, 256), value)
    assert not np.isfinite(legacy.hurst(series, "fgn")).any()
    assert not np.isfinite(legacy.event_rate(series, "gaussian", "exponential")).any()
    assert np.isnan(legacy.impulses(series)).all()
    assert np.isnan(legacy.alpha(series)).all()
