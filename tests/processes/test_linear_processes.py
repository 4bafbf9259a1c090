"""ARFIMA, ARTFIMA, ARMA, Ornstein-Uhlenbeck and tabulated spectra: exact laws, fair estimates."""

from math import exp, sqrt

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.linalg import toeplitz
from scipy.signal import lfilter

from rpgan.errors import UndefinedLaw, UserError
from rpgan.processes import (
    ARFIMA,
    ARMA,
    ARTFIMA,
    OrnsteinUhlenbeck,
    TabulatedPSD,
    arma_fit,
    artfima,
    circulant,
    whittle,
)
from rpgan.settings import build


class UnitImpulses:
    """Stands in for a Generator: its noise is the identity, block after block."""

    def __init__(self, row: int = 0) -> None:
        self.row = row

    def spawn(self, count: int) -> list["UnitImpulses"]:
        return [UnitImpulses(64 * i) for i in range(count)]

    def standard_normal(self, shape: tuple[int, int]) -> np.ndarray:
        start, self.row = self.row, self.row + shape[0]
        return np.eye(*shape, k=start)


@pytest.mark.parametrize(
    "process",
    [
        ARFIMA(d=-0.45),
        ARFIMA(d=0.45),
        ARTFIMA(d=0.8, tempering=0.02),
        ARMA(ar=(1, -1.2, 0.5), ma=(1, 0.4), scale=3),
        ARMA(ar=(1, -0.9), ma=(1, 0.2, 0.3, -0.4)),
        ARMA(ma=(1, 0.4, 0.3)),
        ARMA(ar=(1, -1.8, 0.97)),
        OrnsteinUhlenbeck(rate=0.3, step=0.5),
        TabulatedPSD(frequency=(0.1, 0.3), power=(3, 1), scale=2),
    ],
    ids=str,
)
def test_the_sample_has_the_covariance(process, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    length = 33
    root = process.sample(2048, length, UnitImpulses())
    assert not root[-1].any()  # all of the noise was seen
    want = toeplitz(process.autocovariance(np.arange(length)))
    tolerance = 1e-6 if isinstance(process, TabulatedPSD) else 1e-12
    assert_allclose(root.T @ root, want, atol=tolerance * want[0, 0])


# mpmath, 25 digits: variance, correlations at lags 1, 2, 3 and 4095.
ARFIMA_ORACLE = {
    -0.3: (1.10933180137624, (-0.230769230769231, -0.0702341137123746, -0.0361812100942536), -3.4454192760511e-7),
    0.2: (1.0986855396044, (0.25, 0.166666666666667, 0.130952380952381), 0.00172501877800616),
    0.3: (1.31645606213, (0.428571428571429, 0.327731092436975, 0.279178338001867), 0.0155773156555499),
    0.45: (3.64242962912685, (0.818181818181818, 0.765395894428152, 0.73538036915646), 0.357432606022687),
}  # fmt: skip


@pytest.mark.parametrize(("d", "oracle"), ARFIMA_ORACLE.items())
def test_arfima_law_to_twelve_digits(d, oracle):
    variance, near, far = oracle
    arfima = ARFIMA(d=d)
    assert arfima.variance == pytest.approx(variance, rel=1e-11)
    assert_allclose(arfima.autocovariance([1, 2, 3]) / arfima.variance, near, rtol=2e-12)
    assert_allclose(arfima.autocovariance(4095) / arfima.variance, far, rtol=1e-12)
    nodes, weights = np.polynomial.legendre.leggauss(400)
    u = (nodes + 1) / 2
    f, weights = u**20 / 2, weights / 4 * 20 * u**19  # crowded at 0, where it may diverge
    waves = np.cos(2 * np.pi * np.outer(np.arange(20), f))
    got = 2 * waves @ (weights * arfima.psd(f))
    assert_allclose(got, arfima.autocovariance(np.arange(20)), atol=1e-9)


def test_arfima_psd_at_zero_and_its_period():
    assert [ARFIMA(d=d).psd(0.0) for d in (-0.3, 0, 0.3)] == [0, 1, np.inf]
    assert_allclose(ARFIMA(d=0.3).psd([0.2, -0.2, 1.2]), ARFIMA(d=0.3).psd(0.2), rtol=1e-12)
    assert_allclose(ARFIMA(d=0.0).autocovariance([0, 1, 9]), [1, 0, 0])


@given(st.floats(-0.499, 0.499), st.integers(1, 300))
@settings(max_examples=50, deadline=None)
def test_arfima_embedding_is_never_negative(d, half):
    circulant.from_autocovariance(ARFIMA(d=d).autocovariance(np.arange(half + 1)))


@given(st.floats(-0.99, 0.99), st.floats(-7, 2), st.integers(1, 300))
@settings(max_examples=50, deadline=None)
def test_artfima_embedding_is_never_negative(d, log_tempering, half):
    process = ARTFIMA(d=d, tempering=exp(log_tempering))
    circulant.from_autocovariance(process.autocovariance(np.arange(half + 1)))


def test_artfima_law():
    published = ARTFIMA(d=0.4, tempering=0.05).autocovariance([0, 1, 2])
    assert_allclose(published, [1.35020618, 0.64685708, 0.47203073], atol=5e-9)
    for d in (-0.9, -0.3, 0.5, 5 / 6):
        for tempering in (1e-4, 0.01, 3.0):
            process, lags = ARTFIMA(d=d, tempering=tempering), [0, 1, 5, 100]
            z = mpmath.exp(-2 * mpmath.mpf(tempering))
            want = [
                float(mpmath.sqrt(z) ** k * mpmath.rf(d, k) / mpmath.factorial(k) * mpmath.hyp2f1(d, k + d, k + 1, z))
                for k in lags
            ]  # fmt: skip
            assert_allclose(process.autocovariance(lags), want, atol=1e-12 * want[0])


def test_without_tempering_artfima_is_arfima():
    f = np.array([0.05, 0.2, 0.5])
    assert_allclose(ARTFIMA(d=-0.4, tempering=1e-5).psd(f), ARFIMA(d=-0.4).psd(f), rtol=1e-4)
    got = ARTFIMA(d=-0.4, tempering=1e-5).autocovariance(np.arange(9))
    assert_allclose(got, ARFIMA(d=-0.4).autocovariance(np.arange(9)), atol=1e-4)


def test_arma_law():
    arma = ARMA(ar=(1, -1.2, 0.5), ma=(1, 0.4))
    assert_allclose(arma.autocovariance([0, 1, -2]), [20 / 3, 5.6, 3.38666666666667], rtol=1e-12)
    assert_allclose(ARMA(ma=(1, 0.5), scale=2).autocovariance([0, 1, 2]), [5, 2, 0], atol=1e-15)
    assert_allclose(ARMA(ar=(1, -0.5)).autocovariance([0, 1, 9]), [4 / 3, 2 / 3, 4 / 3 / 512])


@given(
    st.lists(st.floats(-0.9, 0.9), max_size=4), st.lists(st.floats(-0.9, 0.9), max_size=4)
)  # roots
@settings(max_examples=50, deadline=None)
def test_arma_psd_is_the_transform_of_the_covariance(poles, zeros):
    ar, ma = np.poly(poles), np.poly(zeros)
    if len(poles) + len(zeros) > 0:
        arma = ARMA(ar=tuple(np.atleast_1d(ar)), ma=tuple(np.atleast_1d(ma)))
        got = np.fft.ifft(arma.psd(np.arange(2048) / 2048)).real[:30]
        assert_allclose(arma.autocovariance(np.arange(30)), got, atol=1e-9 * got[0])


def test_ornstein_uhlenbeck_is_an_autoregression_of_unit_variance():
    process = OrnsteinUhlenbeck(rate=0.4, step=0.5)
    same = ARMA(ar=(1, -exp(-0.2)), scale=sqrt(1 - exp(-0.4)))
    f, lags = np.linspace(-1, 1, 41), np.arange(20)
    assert_allclose(process.psd(f), same.psd(f), rtol=1e-12)
    assert_allclose(process.autocovariance(lags), same.autocovariance(lags), rtol=1e-12)
    assert process.moments()["variance"] == 1
    by_decay = process.crlb(500)["rate"] * 0.5 * exp(-0.2)  # d decay = step decay d rate
    assert by_decay == pytest.approx(same.crlb(500)["ar_1"], rel=1e-9)


def test_tabulated_spectrum():
    process = TabulatedPSD(frequency=(0.1, 0.2, 0.4), power=(4, 1, 2), scale=3)
    got = process.psd([0, 0.1, 0.15, -0.15, 0.2, 0.3, 0.45, 0.5, 1.1])
    assert_allclose(got / 9, [4, 4, 2.5, 2.5, 1, 1.5, 2, 2, 4])
    assert process.variance == pytest.approx(2 * 9 * (0.4 + 0.25 + 0.3 + 0.2))
    n = 2**16
    transform = np.fft.ifft(process.psd(np.arange(n) / n)).real[:50]
    assert_allclose(process.autocovariance(np.arange(50)), transform, atol=1e-7)
    assert_allclose(process.autocovariance([0, -7]), transform[[0, 7]], atol=1e-7)


def test_tabulated_memory_bounds_what_wraps_around():
    process = TabulatedPSD(frequency=(0.1, 0.11, 0.3, 0.31), power=(0, 1, 3, 0))
    period = 64 + process.memory()
    wrapped = period * np.arange(1, 400)[:, None] + np.array([-63, -1, 0, 1, 63])
    extra = np.abs(process.autocovariance(wrapped)).sum(axis=0)
    assert np.all(2 * extra < 1e-6 * process.variance)


@pytest.mark.parametrize("d", [-0.45, -0.3, 0.0, 0.2, 0.45])
def test_d_is_found(d, draw, agree):
    process, n, length = ARFIMA(d=d), 512, 1024
    found = process.estimate(3 + 7 * draw(process, n, length))["d"]
    agree(found, d, bias=2e-3)
    assert 1 - 5 / sqrt(2 * n) < np.std(found) / process.crlb(length)["d"] < 1.1 + 5 / sqrt(2 * n)
    assert process.crlb(4096)["d"] == pytest.approx(0.01218, abs=5e-6)
    with pytest.raises(AssertionError):
        agree(found, d + 0.02, bias=2e-3)


@pytest.mark.parametrize(("d", "tempering"), [(0.4, 0.05), (0.8, 0.02), (-0.4, 0.1), (0.3, 0.3)])
def test_tempering_is_found(d, tempering, draw):
    process, n, length = ARTFIMA(d=d, tempering=tempering), 1024, 1024
    bound = process.crlb(length)
    for factor in (1, 1.8):  # of the tempering: the truth, and a fault that has to be seen
        other = ARTFIMA(d=d, tempering=factor * tempering)
        found = other.estimate(3 + 7 * draw(process, n, length))
        errors = {k: (np.median(found[k]) - v) / bound[k] for k, v in other.truth().items()}
        noise = 6.1 * 1.2533 / sqrt(n)  # of a median
        assert abs(errors["d"]) < 0.2 + noise
        assert (abs(errors["tempering"]) < 0.3 + noise) == (factor == 1)
        for name, values in found.items():
            spread = np.subtract(*np.percentile(values, [75, 25])) / 1.349
            assert 0.85 < spread / bound[name] < 1.35


def test_artfima_bound_is_that_of_its_spectrum():
    d, tempering, h = 0.4, 0.05, 1e-5
    f = (np.arange(2**14) + 0.5) / 2**14
    by_d = np.log(
        ARTFIMA(d=d + h, tempering=tempering).psd(f) / ARTFIMA(d=d - h, tempering=tempering).psd(f)
    )
    by_tempering = np.log(
        ARTFIMA(d=d, tempering=tempering + h).psd(f) / ARTFIMA(d=d, tempering=tempering - h).psd(f)
    )
    slopes = np.array([by_d, by_tempering]) / (2 * h)
    want = np.sqrt(np.diag(np.linalg.inv(500 * slopes @ slopes.T / f.size)))
    assert_allclose(list(ARTFIMA(d=d, tempering=tempering).crlb(1000).values()), want, rtol=1e-5)
    with pytest.raises(UndefinedLaw, match="white"):
        ARTFIMA(d=0, tempering=tempering).crlb(1000)


def test_artfima_tables_are_of_the_exact_covariance():
    grid, lags = artfima.grid(64), np.arange(64)
    shape = (len(grid.log_tempering), len(grid.d))
    for i in (0, 7, -1):

        def autocovariance(d: float, i: int = i) -> np.ndarray:
            return ARTFIMA(d=d, tempering=np.exp(grid.log_tempering[i])).autocovariance(lags)

        want = whittle.table(grid.d[::9], autocovariance, 64)
        assert_allclose(grid.inverse.reshape(-1, *shape)[:, i, ::9], want.inverse, rtol=1e-5)
        assert_allclose(grid.log.reshape(shape)[i, ::9], want.log, atol=1e-5)


def test_what_shows_no_tempering_has_none(draw):
    """Its likelihood ends at 0, where an estimate is every other time."""
    process = ARTFIMA(d=0.4, tempering=0.1)
    found = process.estimate(draw(ARFIMA(d=0.4), 256, 1024))
    assert 0.3 < np.mean(found["tempering"] == 0) < 0.7
    assert np.median(found["d"]) == pytest.approx(0.4, abs=0.05)
    assert not np.any(process.estimate(draw(process, 256, 1024))["tempering"] == 0)


@pytest.mark.parametrize(
    ("arma", "worst"),
    [
        (ARMA(ar=(1, -1.2, 0.5)), 1.0),
        (ARMA(ar=(1, 0.9)), 1.0),
        (ARMA(ar=(1, -1.8, 0.97)), 1.2),
        (ARMA(ar=(1, -1.2, 0.5), ma=(1, 0.4)), 1.1),
        (ARMA(ar=(1, -1.8, 0.97), ma=(1, 0.5)), 1.2),
        (ARMA(ma=(1, 0.4, 0.3), scale=3), 1.05),
    ],
    ids=str,
)
def test_arma_coefficients_are_found(arma, worst, draw, agree):
    n, length = 512, 1024
    found = arma.estimate(3 + 7 * draw(arma, n, length))
    for name, truth in arma.truth().items():
        agree(found[name], truth, bias=4 / length)
        ratio = np.std(found[name]) / arma.crlb(length)[name]
        assert 1 - 5 / sqrt(2 * n) < ratio < worst + 5 / sqrt(2 * n)
        with pytest.raises(AssertionError):
            agree(found[name], truth + 0.02, bias=4 / length)


def test_arma_bounds_in_closed_form():
    for phi in (-0.9, 0.3):
        assert ARMA(ar=(1, phi)).crlb(400)["ar_1"] == pytest.approx(sqrt((1 - phi**2) / 400))
        assert ARMA(ma=(1, phi)).crlb(400)["ma_1"] == pytest.approx(sqrt((1 - phi**2) / 400))
    both = ARMA(ar=(1, -1.2, 0.5)).crlb(400)
    assert_allclose(list(both.values()), sqrt((1 - 0.25) / 400))
    # ARMA(1, 1) x_t = p x_{t-1} + e_t + t e_{t-1}, Brockwell and Davis (8.8.7).
    p, t = 0.7, 0.4
    got = ARMA(ar=(1, -p), ma=(1, t)).crlb(400)
    scale = (1 + p * t) / (p + t) / 20
    assert_allclose(list(got.values()), [scale * sqrt((1 - p**2) * (1 + p * t) ** 2) / (1 + p * t),
                                         scale * sqrt(1 - t**2)])  # fmt: skip
    with pytest.raises(UndefinedLaw, match="share a root"):
        ARMA(ar=(1, -0.5), ma=(1, -0.5)).crlb(400)


def test_arma_innovations_are_those_drawn():
    """Once the start is forgotten; and their slopes are their derivatives."""
    rng = np.random.default_rng(0)
    theta, h = np.array([[-1.2, 0.5, 0.4, -0.3]]), 1e-6
    white = rng.standard_normal((1, 400))
    series = np.asarray(lfilter([1, *theta[0, 2:]], [1, *theta[0, :2]], white))
    errors, slopes = arma_fit.innovations(series, theta, 2)
    assert slopes.shape == (1, 4, 398)
    assert_allclose(errors[:, 198:], white[:, 200:], atol=1e-12)
    for i, step in enumerate(h * np.eye(4)):
        above, below = (arma_fit.innovations(series, theta + d, 2)[0] for d in (step, -step))
        assert_allclose(slopes[:, i], (above - below) / (2 * h), atol=1e-6)


def test_arma_starts_inside_the_unit_circle():
    ma = arma_fit.inside(np.array([[0.5, 0.3], [-3.0, 2.0]]))
    assert_allclose(ma[0], [0.5, 0.3])
    assert_allclose(np.sort(np.roots([1, *ma[1]])), [0.95 / 2, 0.95])


@pytest.mark.parametrize("rate", [0.02, 0.1, 0.5, 1.0])
def test_rate_is_found(rate, draw, agree):
    process, n, length = OrnsteinUhlenbeck(rate=rate, step=1.0), 512, 1024
    found = process.estimate(3 + 7 * draw(process, n, length))["rate"]
    agree(found, rate, bias=4 / length)
    assert (
        1 - 5 / sqrt(2 * n) < np.std(found) / process.crlb(length)["rate"] < 1.3 + 5 / sqrt(2 * n)
    )
    slower = OrnsteinUhlenbeck(rate=rate / 4, step=4.0)
    assert_allclose(slower.estimate(draw(process, n, length))["rate"], found / 4, rtol=1e-6)
    with pytest.raises(AssertionError):
        agree(found, 1.5 * rate, bias=4 / length)


def test_series_without_a_rate(draw):
    process = OrnsteinUhlenbeck(rate=0.1)
    turning = draw(ARMA(ar=(1, 0.5)), 3, 256)
    assert np.isnan(process.estimate(turning)["rate"]).all()
    assert process.estimate(np.arange(256.0)[None])["rate"] < 0.1


@pytest.mark.parametrize(
    ("process", "worst"),
    [
        (TabulatedPSD(frequency=(0.01, 0.1, 0.3), power=(10, 1, 0.1), scale=2), 1.05),
        (TabulatedPSD(frequency=(0.1, 0.11, 0.3, 0.31), power=(0, 1, 3, 0)), 1.7),  # a stop band
    ],
    ids=str,
)
def test_scale_of_a_table_is_found(process, worst, draw, agree):
    n, length = 512, 512
    found = process.estimate(3 + draw(process, n, length))["scale"]
    agree(found / process.scale, 1, bias=1 / length)
    ratio = np.std(found) / process.crlb(length)["scale"]
    assert 1 - 5 / sqrt(2 * n) < ratio < worst + 5 / sqrt(2 * n)
    with pytest.raises(AssertionError):
        agree(1.02 * found / process.scale, 1, bias=1 / length)


def test_lists_are_tuples():
    arma = build(ARMA, {"name": "arma", "ar": [1, -0.5], "ma": [1, 0.2]})
    assert arma == ARMA(ar=[1, -0.5], ma=(1.0, 0.2))  # type: ignore[arg-type]
    assert len({arma, ARMA(ar=(1, -0.5), ma=(1, 0.2))}) == 1
    table = {"name": "tabulated_psd", "frequency": [0, 0.5], "power": [1, 2]}
    assert build(TabulatedPSD, table).psd(0.25) == 1.5
    with pytest.raises(UserError, match="begin with 1"):
        build(ARMA, {"ar": [0.5]})


@pytest.mark.parametrize(
    ("process", "least"),
    [
        (ARFIMA(d=0.1), "at least 3, got 2"),
        (ARTFIMA(d=0.1, tempering=0.1), "at least 8, got 2"),
        (ARMA(ar=(1, -0.5)), "length of 12, got 2"),
        (OrnsteinUhlenbeck(rate=1), "at least 3, got 2"),
    ],
    ids=str,
)
def test_series_too_short_for_an_estimate(process, least):
    with pytest.raises(ValueError, match=least):
        process.estimate(np.zeros((3, 2)))
