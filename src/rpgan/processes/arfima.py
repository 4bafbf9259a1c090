"""Fractionally differenced white noise."""

from functools import lru_cache
from math import gamma
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rpgan.processes import blocks, circulant, gaussian, innovations, whittle
from rpgan.spec import spec

Array = NDArray[np.float64]


@spec
class ARFIMA(gaussian.Marginal):
    """ARFIMA(0, d, 0): (1 - B)^d x_t = e_t with e white of variance 1 and B x_t = x_{t-1}.

    Stationary, Gaussian, mean 0. The innovations e have variance 1; the series itself has
    Gamma(1 - 2d) / Gamma(1 - d)^2.

    Parameters
    ----------
    d : float in (-1/2, 1/2)
        Above 0 the series has long memory: its spectrum diverges as ``f ** (-2 * d)`` at f = 0,
        as that of fractional Gaussian noise with hurst = d + 1/2.

    References
    ----------
    .. [1] Hosking. "Fractional differencing." Biometrika 68 (1981), 165-176.
    .. [2] Craigmile. "Simulating a class of stationary Gaussian processes using the Davies-Harte
       algorithm, with application to long memory processes." J. Time Series Anal. 24 (2003).
    """

    d: float
    name: Literal["arfima"] = "arfima"

    def __post_init__(self) -> None:
        if not -0.5 < self.d < 0.5:
            raise ValueError(f"d must lie in (-1/2, 1/2), got {self.d}")

    def truth(self) -> dict[str, float]:
        """What `estimate` estimates."""
        return {"d": self.d}

    def sample(self, n: int, length: int, rng: np.random.Generator) -> Array:
        """`n` independent series, shape (n, length), from the exact law.

        The circulant embedding of this covariance is never negative [2]_.
        """
        half = circulant.fast_length(max(1, length - 1))
        embedding = circulant.from_autocovariance(self.autocovariance(np.arange(half + 1)))
        return embedding.sample(n, length, rng)

    def estimate(self, series: Array) -> dict[str, Array]:
        """Whittle estimate of `d`, shape (n,), for any scale and mean; -1/2 or 1/2 at the edges.

        Unbiased to 2e-3 and within a tenth of `crlb` from a length of 1000 on.
        """
        series = np.asarray(series, float)
        family = d_table(series.shape[-1])
        return blocks.estimate(
            lambda rows: {"d": whittle.estimate(rows, family, (-0.5, 0.5))}, series
        )

    def autocovariance(self, lag: ArrayLike) -> Array:
        """Covariance of samples `lag` apart, a whole number, by recursion over lags [1]_."""
        k = np.abs(np.asarray(lag, int))
        j = np.arange(1, k.max(initial=0) + 1)
        ratio = np.cumprod(np.append(1.0, (j - 1 + self.d) / (j - self.d)), dtype=np.float64)
        return self.variance * ratio[k]

    def partial_autocorrelation(self, lag: ArrayLike) -> Array:
        """Correlation of samples `lag` > 0 apart, given those between [1]_."""
        return self.d / (np.asarray(lag, float) - self.d)

    def psd(self, frequency: ArrayLike) -> Array:
        """Spectral density at `frequency`, cycles per sample; infinite at 0 if d > 0."""
        f = np.asarray(frequency, float)
        f = np.abs(f - np.round(f))
        at_zero = 1.0 if self.d == 0 else np.inf if self.d > 0 else 0.0
        inside = np.where(f > 0, f, 0.5)
        return np.where(f > 0, (2 * np.sin(np.pi * inside)) ** (-2 * self.d), at_zero)

    @property
    def variance(self) -> float:
        """Variance of a sample, for innovations of variance 1."""
        return gamma(1 - 2 * self.d) / gamma(1 - self.d) ** 2

    def loglik(self, series: Array) -> Array:
        """Exact log-likelihood of each series, in nats, shape (n,)."""
        return innovations.loglik(series, *self.second_order(series))

    def whiten(self, series: Array) -> Array:
        """Independent N(0, 1) under the law, shape (n, length): errors of the best prediction."""
        return innovations.whiten(series, *self.second_order(series))

    def second_order(self, series: Array) -> tuple[Array, Array]:
        """Autocovariances and partial autocorrelations for series of this length."""
        lags = np.arange(np.shape(series)[-1])
        return self.autocovariance(lags), self.partial_autocorrelation(lags[1:])

    def crlb(self, length: int) -> dict[str, float]:
        """Least standard deviation of an unbiased `d` from one series, of known scale or not."""
        return {"d": float(np.sqrt(6 / (np.pi**2 * length)))}


@lru_cache(maxsize=4)
def d_table(length: int) -> whittle.Table:
    """The family of all ARFIMA(0, d, 0) at this length."""
    if length < 3:
        raise ValueError(f"an estimate of d needs a length of at least 3, got {length}")
    lags = np.arange(length)
    return whittle.table(
        np.linspace(-0.495, 0.495, 199), lambda d: ARFIMA(d=float(d)).autocovariance(lags), length
    )
