"""Gaussian processes: what is exact is tested exactly, by the covariance of the linear map."""

from math import sqrt

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.linalg import toeplitz

from rpgan.errors import UndefinedLaw
from rpgan.processes import FBM, FGN, BandNoise, band_edges, band_noise, circulant, whittle

# mpmath, 25 digits: covariances at lags 1, 2, 3, 10, 100, 4095; spectrum at 1/4 and 1/2.
FGN_ORACLE = {
    0.1: (
        (-0.425650822501482, -0.0258328851892763, -0.0116278067305527),
        (-0.00127327240234465, -2.00959354972361e-5, -2.51786804955901e-8),
        (1.04222753087761, 1.81462352817646),
    ),
    0.3: (
        (-0.242141716744801, -0.0491255440445167, -0.0266254066795287),
        (-0.00479072956574643, -1.90192508602029e-4, -1.05202433235137e-6),
        (1.07518723068961, 1.41871805645694),
    ),
    0.7: (
        (0.319507910772894, 0.188752539327251, 0.146173442211312),
        (0.0703892627011153, 0.0176669469843004, 0.0019046083752871),
        (0.762399456337893, 0.577790743134933),
    ),
    0.9: (
        (0.741101126592248, 0.630134774736542, 0.579293336791764),
        (0.454380359932129, 0.286637736086297, 0.136421152988347),
        (0.312491618970029, 0.179479304330617),
    ),
}


def covariance_of(embedding: circulant.Circulant, length: int) -> np.ndarray:
    """Covariance of the map from white noise: its values at unit impulses show it whole."""
    root = embedding.colour(np.eye(embedding.draws), length)
    return root.T @ root


@settings(max_examples=50, deadline=None)
@given(st.floats(0.01, 0.99), st.integers(1, 64))
def test_fgn_covariance_is_exact(hurst, length):
    fgn = FGN(hurst=hurst)
    half = circulant.fast_length(max(1, length - 1))
    embedding = circulant.from_autocovariance(fgn.autocovariance(np.arange(half + 1)))
    want = toeplitz(fgn.autocovariance(np.arange(length)))
    assert_allclose(covariance_of(embedding, length), want, atol=1e-13)


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
    "process", [FGN(hurst=0.05), FGN(hurst=0.95), BandNoise(band=0), BandNoise(band=3)], ids=str
)
def test_the_sample_has_the_covariance(process, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    length = 33
    root = process.sample(4096, length, UnitImpulses())
    want = toeplitz(process.autocovariance(np.arange(length)))
    tolerance = 2e-8 if isinstance(process, BandNoise) else 1e-13
    assert_allclose(root.T @ root, want, atol=tolerance * want[0, 0])


def test_fbm_is_the_sum_of_fgn(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    fbm, time = FBM(hurst=0.7), np.arange(33)
    root = fbm.sample(256, 33, UnitImpulses())  # type: ignore[arg-type]
    want = fbm.covariance(time[:, None], time)
    assert_allclose(root.T @ root, want, atol=1e-11)
    assert_allclose(np.diag(want), time**1.4)


@pytest.mark.parametrize("hurst", FGN_ORACLE)
def test_fgn_law_to_fifteen_digits(hurst):
    near, far, spectrum = FGN_ORACLE[hurst]
    fgn = FGN(hurst=hurst)
    assert_allclose(fgn.autocovariance([1, 2, 3]), near, rtol=2e-13)
    assert_allclose(fgn.autocovariance([10, 100, 4095]), far, rtol=1e-12)
    assert_allclose(fgn.psd([0.25, 0.5]), spectrum, rtol=1e-12)


@given(st.floats(0.01, 0.99), st.integers(4, 10**6))
@settings(max_examples=50, deadline=None)
def test_fgn_covariance_does_not_cancel(hurst, lag):
    with mpmath.workdps(50):
        h2, k = 2 * mpmath.mpf(hurst), mpmath.mpf(lag)
        want = float(((k + 1) ** h2 - 2 * k**h2 + (k - 1) ** h2) / 2)
    assert_allclose(FGN(hurst=hurst).autocovariance(lag), want, rtol=1e-11, atol=1e-300)


def quadrature(points: int, power: int) -> tuple[np.ndarray, np.ndarray]:
    """Gauss-Legendre over frequencies in (0, 1/2), crowded at 0."""
    nodes, weights = np.polynomial.legendre.leggauss(points)
    u = (nodes + 1) / 2
    return u**power / 2, weights / 4 * power * u ** (power - 1)


@given(st.floats(0.02, 0.95))
@settings(max_examples=20, deadline=None)
def test_fgn_psd_is_the_transform_of_the_covariance(hurst):
    f, weights = quadrature(200, 20)
    lags = np.arange(20)
    fgn = FGN(hurst=hurst)
    got = 2 * np.cos(2 * np.pi * np.outer(lags, f)) @ (weights * fgn.psd(f))
    assert_allclose(got, fgn.autocovariance(lags), atol=1e-10)


def test_fgn_psd_at_zero_and_its_period():
    assert [FGN(hurst=h).psd(0.0) for h in (0.3, 0.5, 0.7)] == [0, 1, np.inf]
    assert_allclose(FGN(hurst=0.7).psd([0.2, -0.2, 1.2]), FGN(hurst=0.7).psd(0.2), rtol=1e-12)
    assert_allclose(FGN(hurst=0.5).psd(np.linspace(0.01, 0.5, 9)), 1, rtol=1e-12)


def test_marginals():
    x = np.linspace(-9, 9, 2001)
    for process in (FGN(hurst=0.6), BandNoise(band=2)):
        pdf, variance = process.pdf(x), process.moments()["variance"]
        assert_allclose(np.trapezoid(pdf, x), 1, rtol=1e-9)
        assert_allclose(np.trapezoid(pdf * x**2, x), variance, rtol=1e-9)
        assert_allclose(process.cdf([0, 2 * sqrt(variance)]), [0.5, 0.977249868051821], rtol=1e-12)


def autocovariance_error(r: np.ndarray, lag: int, terms: int) -> float:
    """Standard error of one series' mean of `terms` products x_t x_{t + lag} (Isserlis)."""
    m = np.arange(-terms + 1, terms)
    products = r[np.abs(m)] ** 2 + r[np.abs(m + lag)] * r[np.abs(m - lag)]
    return sqrt(np.sum((terms - np.abs(m)) * products)) / terms


def autocovariance_z(series: np.ndarray, process: FGN | BandNoise) -> np.ndarray:
    n, length = series.shape
    r = process.autocovariance(np.arange(2 * length))
    scores = []
    for lag in (0, 1, 2, 7, length // 2):
        got = np.mean(series[:, : length - lag] * series[:, lag:])
        scores.append((got - r[lag]) * sqrt(n) / autocovariance_error(r, lag, length - lag))
    return np.abs(scores)


@pytest.mark.parametrize(
    "process",
    [FGN(hurst=h) for h in (0.1, 0.5, 0.9)] + [BandNoise(band=b) for b in (0, 4, 7)],
    ids=str,
)
def test_drawn_covariances(process, draw, limit):
    assert autocovariance_z(draw(process, 512, 512), process).max() < limit


def test_drawn_covariances_see_a_wrong_exponent(draw, limit):
    assert autocovariance_z(draw(FGN(hurst=0.72), 512, 512), FGN(hurst=0.7)).max() > limit


def test_nothing_happens_at_the_edges(draw, limit):
    """A filter run over a finite record has another variance at its ends."""
    process = BandNoise(band=0)
    variance = np.mean(draw(process, 2048, 256) ** 2, axis=0) / process.variance
    assert np.abs(variance - 1).max() < limit * sqrt(2 / 2048)


HURST_BOUND = {0.05: 0.00398, 0.1: 0.00559, 0.3: 0.00857, 0.5: 0.00969, 0.7: 0.01022, 0.9: 0.01050}


@pytest.mark.parametrize(("hurst", "bound"), HURST_BOUND.items())
def test_hurst_bound(hurst, bound):
    assert FGN(hurst=hurst).crlb(4096)["hurst"] == pytest.approx(bound, abs=6e-6)
    assert FBM(hurst=hurst).crlb(4097) == FGN(hurst=hurst).crlb(4096)


@pytest.mark.parametrize("hurst", [0.05, 0.1, 0.3, 0.5, 0.7, 0.9, 0.95])
def test_hurst_estimates_are_unbiased_and_efficient(hurst, draw, agree):
    for process in (FGN(hurst=hurst), FBM(hurst=hurst)):
        n, length = 512, 1024
        found = process.estimate(3 + 7 * draw(process, n, length))["hurst"]
        agree(found, hurst, bias=1e-3)
        ratio = np.std(found) / process.crlb(length)["hurst"]
        worst = 1.3 if hurst < 0.1 else 1.12  # leakage correlates the bins of a steep spectrum
        assert 1 - 5 / sqrt(2 * n) < ratio < worst + 5 / sqrt(2 * n)
        with pytest.raises(AssertionError):
            agree(process.estimate(draw(process, n, length))["hurst"], hurst + 0.02, bias=1e-3)


def test_expected_periodogram_is_the_quadratic_form():
    for length in (8, 9):
        r = FGN(hurst=0.8).autocovariance(np.arange(length))
        waves = np.exp(
            -2j * np.pi * np.outer(np.arange(1, length // 2 + 1), np.arange(length)) / length
        )
        want = np.einsum("js,st,jt->j", waves, toeplitz(r), waves.conj()).real / length
        assert_allclose(whittle.expected_periodogram(r), want, rtol=1e-12)


BAND_ORACLE = {
    0: (0.0859040551, 0.0848640086096, 0.0817891978784, 0.0768132552647),
    1: (0.0859040551, 0.0731911621383, 0.0390966502466, -0.0056140734409),
    3: (0.0859040551, 0.0174284221076, -0.0778351836295, -0.0482050559264),
    7: (0.0859040551, -0.0848640086096, 0.0817891978784, -0.0768132552647),
}


@pytest.mark.parametrize("band", range(8))
def test_band_law(band):
    process = BandNoise(band=band)
    assert process.variance == pytest.approx(0.08590405510317707, rel=1e-12)
    for edge in process.truth().values():
        assert_allclose(process.psd(edge / 2), 0.25, rtol=1e-9)
    if band in BAND_ORACLE:
        assert_allclose(process.autocovariance([0, 1, 2, 3]), BAND_ORACLE[band], atol=1e-10)


def test_band_edges_are_the_published_ones():
    assert BandNoise(band=0).truth() == {"high": pytest.approx(2 / 23)}
    assert BandNoise(band=3).truth() == {
        "low": pytest.approx(9 / 23),
        "high": pytest.approx(11 / 23),
    }
    assert BandNoise(band=7).truth() == {"low": pytest.approx(21 / 23)}
    same = BandNoise(low=9 / 23, high=11 / 23)
    assert_allclose(
        same.psd(np.linspace(0, 0.5, 99)), BandNoise(band=3).psd(np.linspace(0, 0.5, 99))
    )
    assert BandNoise(high=0.3).edges == (0, 0.3)
    assert BandNoise(low=0.3).edges == (0.3, 1)


@pytest.mark.parametrize("band", [0, 3, 7])
def test_band_psd_is_that_of_the_filter(band):
    from scipy.signal import butter, sosfreqz

    low, high = BandNoise(band=band).edges
    kind = "lowpass" if low == 0 else "highpass" if high == 1 else "bandpass"
    edges = [edge for edge in (low, high) if 0 < edge < 1]
    f = np.linspace(0, 0.5, 1001)
    _, response = sosfreqz(butter(40, np.squeeze(edges), kind, output="sos"), 2 * np.pi * f)
    assert_allclose(BandNoise(band=band).psd(f), np.abs(response) ** 4, atol=1e-9)


@pytest.mark.parametrize(("low", "high"), [(0.1, 0.101), (0, 0.001), (0.999, 1), (0.001, 0.002)])
def test_narrow_bands_have_all_their_power(low, high):
    """Against a quadrature crowded at the band, where a fixed grid of frequencies is too coarse."""
    process, width = BandNoise(low=low, high=high), high - low
    nodes, weights = np.polynomial.legendre.leggauss(2000)
    start, stop = max(low - width, 0), min(high + width, 1)
    nu = start + (stop - start) * (nodes + 1) / 2
    power = (stop - start) / 2 * weights @ process.psd(nu / 2)
    assert_allclose(process.variance, power, rtol=1e-6)
    lag = round(0.3 / width)
    wave = np.cos(np.pi * lag * nu) * process.psd(nu / 2)
    covariance = (stop - start) / 2 * weights @ wave
    assert_allclose(process.autocovariance(lag), covariance, atol=1e-6 * float(power))


def test_bands_too_narrow_to_be_drawn_are_refused():
    for low, high in ((0.3, 0.3009), (0.0009, 0.5), (0.5, 0.9991), (0, 0.0009), (0.9991, 1)):
        with pytest.raises(ValueError, match=rf"at least 0\.001 from .* got {low} and {high}$"):
            BandNoise(low=low, high=high)
    with pytest.raises(ValueError, match="at least"):
        BandNoise(band=500, bands=1000)


def test_band_memory_grows_as_the_band_narrows():
    process = BandNoise(low=0.4, high=0.43)
    half = circulant.fast_length((3 + band_noise.memory(0.4, 0.43)) // 2 + 1)
    embedding = circulant.from_eigenvalues(process.psd(np.arange(half + 1) / (2 * half)))
    assert band_noise.memory(0.4, 0.43) > 2 * band_noise.memory(0.4, 0.5)
    got = covariance_of(embedding, 3)
    assert_allclose(got, toeplitz(process.autocovariance(np.arange(3))), rtol=1e-6)


@pytest.mark.parametrize("band", [0, 3, 6, 7])
def test_band_edges_are_found(band, draw, agree):
    process, length = BandNoise(band=band), 2048
    found = process.estimate(1 + 5 * draw(process, 256, length))
    for name, truth in process.truth().items():
        agree(found[name], truth, bias=0.3 / length)  # see band_edges.estimate
        assert np.std(found[name]) < 1.2 / length
        with pytest.raises(AssertionError):
            agree(found[name], truth + 3 / length, bias=0.3 / length)


def test_band_slopes_are_the_derivatives():
    nu, step = np.linspace(0.01, 0.99, 300), 1e-6
    for low, high in ((0.0, 0.3), (0.3, 0.42), (0.6, 1.0)):
        _, by_low, by_high = band_edges.shape(nu, np.array(low), np.array(high))
        for edge, got in ((low, by_low), (high, by_high)):
            if 0 < edge < 1:
                above, below = (
                    band_edges.psd(nu, *((low + d, high) if edge == low else (low, high + d)))
                    for d in (step, -step)
                )
                assert_allclose(got, (above - below) / (2 * step), atol=1e-4)


def test_no_bound_for_band_edges():
    with pytest.raises(UndefinedLaw, match="noise-free"):
        BandNoise(band=0).crlb(1024)


def test_not_every_covariance_exists():
    with pytest.raises(ValueError, match="not positive"):
        circulant.from_autocovariance(np.array([1.0, 0.9, 0.0, 0.0]))


@given(st.integers(1, 10**7))
def test_fast_length(least):
    found = circulant.fast_length(least)
    assert least <= found < 2 * least
    for factor in (2, 3, 5):
        while found % factor == 0:
            found //= factor
    assert found == 1


def test_fast_length_is_the_smallest():
    from scipy.fft import next_fast_len

    got = [circulant.fast_length(k) for k in range(1, 5000)]
    assert got == [next_fast_len(k, real=True) for k in range(1, 5000)]
