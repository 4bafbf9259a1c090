"""A Gaussian process with the squared exponential covariance."""

from functools import lru_cache
from math import ceil, pi, sqrt
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rpgan.errors import UndefinedLaw
from rpgan.processes import blocks, circulant, gaussian, innovations, whittle
from rpgan.processes.scaling import to_unit_peak
from rpgan.spec import spec

Array = NDArray[np.float64]


@spec
class RBFProcess(gaussian.Marginal):
    """Smooth Gaussian series: covariance ``variance exp(-rate lag^2)``, lag in samples.

    Parameters
    ----------
    variance : float
    rate : float in [1e-4, 10]
        One over twice the square of the length scale in samples.

    References
    ----------
    .. [1] Esteban, Hyland, Raetsch. "Real-valued (medical) time series generation with recurrent
       conditional GANs." arXiv:1706.02633 (2017), section 4.1.
    """

    variance: float = 0.2
    rate: float = 0.1
    name: Literal["rbf_process"] = "rbf_process"

    def __post_init__(self) -> None:
        if not 0 < self.variance < np.inf:
            raise ValueError(f"variance must lie in (0, inf), got {self.variance}")
        if not LEAST <= self.rate <= MOST:
            raise ValueError(f"rate must lie in [{LEAST:g}, {MOST:g}], got {self.rate}")

    def truth(self) -> dict[str, float]:
        """What `estimate` estimates."""
        return {"variance": self.variance, "rate": self.rate}

    def sample(self, n: int, length: int, rng: np.random.Generator) -> Array:
        """`n` independent series, shape (n, length).

        Every covariance is right to 1e-16 of the variance: that of samples beyond memory is 0.
        """
        memory = ceil(sqrt(37 / self.rate))
        half = circulant.fast_length((length + memory) // 2 + 1)
        eigenvalues = self.psd(np.arange(half + 1) / (2 * half))
        return circulant.from_eigenvalues(eigenvalues).sample(n, length, rng)

    def estimate(self, series: Array) -> dict[str, Array]:
        """Whittle estimate of `rate` for any scale, and the mean square, each of shape (n,).

        From correlations; the bound of a smooth series is far below, as its smoothness to the last
        digit tells its rate, but only of samples without any noise. `rate` is sought in
        [1e-4, 10]; a few percent too high where few length scales fit into a series. NaN for a
        constant series.
        """
        series = np.asarray(series, float)
        family = rate_table(series.shape[-1])
        return blocks.estimate(lambda rows: estimate_block(rows, family), series)

    def autocovariance(self, lag: ArrayLike) -> Array:
        """Covariance of samples `lag` apart."""
        return self.variance * np.exp(-self.rate * np.asarray(lag, float) ** 2)

    def psd(self, frequency: ArrayLike) -> Array:
        """Spectral density at `frequency`, cycles per sample: a Gaussian with its aliases."""
        f = np.asarray(frequency, float)
        f = f - np.round(f)
        reach = ceil(sqrt(40 * self.rate) / pi) + 1
        aliases = sum(np.exp(-(pi**2) * (f + j) ** 2 / self.rate) for j in range(-reach, reach + 1))
        return self.variance * sqrt(pi / self.rate) * np.asarray(aliases)

    def loglik(self, series: Array) -> Array:
        """Exact log-likelihood of each series of shape (n, length), shape (n,); see `whiten`."""
        lags = np.arange(np.shape(series)[-1])
        return innovations.loglik(series, self.autocovariance(lags))

    def whiten(self, series: Array) -> Array:
        """Independent N(0, 1) under the law, (n, length): errors of the best prediction.

        Undefined where the series is so smooth that rounding decides what is new in a sample.
        """
        lags = np.arange(np.shape(series)[-1])
        return innovations.whiten(series, self.autocovariance(lags))

    def crlb(self, length: int) -> dict[str, float]:
        """Least standard deviations of unbiased estimates from one series; as exact as `whiten`."""
        from scipy.linalg import solve_triangular, toeplitz

        lags = np.arange(length)
        correlation = np.exp(-self.rate * lags**2)
        factor = root(self.rate, length)
        slope = toeplitz(-(lags**2) * correlation)
        half = solve_triangular(factor, slope, lower=True)
        inner = solve_triangular(factor, half.T, lower=True)
        cross = float(np.trace(inner)) / self.variance
        information = [
            [length / self.variance**2, cross],
            [cross, float(np.sum(inner**2))],
        ]
        variance, rate = np.sqrt(np.diag(np.linalg.inv(np.array(information) / 2)))
        return {"variance": float(variance), "rate": float(rate)}


LEAST, MOST = 1e-4, 10.0  # of rate
CLEAR = 1e-5  # deviation of an innovation that rounding leaves alone


def root(rate: float, length: int) -> Array:
    """The Cholesky factor of the correlation matrix, or why there is none."""
    from scipy.linalg import toeplitz

    try:
        factor = np.linalg.cholesky(toeplitz(np.exp(-rate * np.arange(length) ** 2)))
    except np.linalg.LinAlgError:
        factor = np.zeros((1, 1))
    if np.diag(factor).min() < CLEAR:
        raise UndefinedLaw(f"at rate {rate:g} a sample follows from its past to within rounding")
    return np.asarray(factor, float)


def estimate_block(series: Array, family: whittle.Table) -> dict[str, Array]:
    """`estimate` of at most 64 series."""
    scaled, unit = to_unit_peak(series)
    edges = (float(np.log(LEAST)), float(np.log(MOST)))
    log_rate = whittle.estimate(series, family, edges)
    alive = np.isfinite(log_rate) & (unit < 1e150)
    variance = np.mean(scaled**2, axis=1) * np.where(alive, unit, 1) ** 2
    return {
        "variance": np.where(alive, variance, np.nan),
        "rate": np.where(alive, np.exp(log_rate), np.nan),
    }


@lru_cache(maxsize=4)
def rate_table(length: int) -> whittle.Table:
    """The family of all rates at this length, by their logarithm."""
    if length < 3:
        raise ValueError(f"an estimate of rate needs a length of at least 3, got {length}")
    nodes = np.linspace(np.log(LEAST), np.log(MOST), 161)
    square = np.arange(length) ** 2

    def autocovariance(log_rate: float) -> Array:
        covariance = np.exp(-np.exp(log_rate) * square)
        covariance[0] += 1e-9  # rounding of a series, or a floor to divide by
        return covariance

    return whittle.table(nodes, autocovariance, length)
