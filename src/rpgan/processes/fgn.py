"""Fractional Gaussian noise."""

from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rpgan.processes import blocks, circulant, gaussian, innovations, whittle
from rpgan.spec import spec

Array = NDArray[np.float64]


@spec
class FGN(gaussian.Marginal):
    """Increments of fractional Brownian motion: stationary, Gaussian, mean 0, variance 1.

    Parameters
    ----------
    hurst : float in (0, 1)
        Below 1/2 neighbouring samples are anti-correlated, at 1/2 the series is white, above
        1/2 it has long memory: the spectrum diverges as ``f ** (1 - 2 * hurst)`` at f = 0.

    References
    ----------
    .. [1] Mandelbrot, Van Ness. "Fractional Brownian motions, fractional noises and
       applications." SIAM Review 10 (1968), 422-437.
    .. [2] Sinai. "Self-similar probability distributions." Theory Probab. Appl. 21 (1976), 64-80.
    """

    hurst: float
    name: Literal["fgn"] = "fgn"

    def __post_init__(self) -> None:
        if not 0 < self.hurst < 1:
            raise ValueError(f"hurst must lie in (0, 1), got {self.hurst}")

    @property
    def variance(self) -> float:
        """Variance of a sample."""
        return 1.0

    def truth(self) -> dict[str, float]:
        """What `estimate` estimates."""
        return {"hurst": self.hurst}

    def sample(self, n: int, length: int, rng: np.random.Generator) -> Array:
        """`n` independent series, shape (n, length), from the exact law.

        The circulant embedding of this covariance is never negative.
        """
        half = circulant.fast_length(max(1, length - 1))
        embedding = circulant.from_autocovariance(self.autocovariance(np.arange(half + 1)))
        return embedding.sample(n, length, rng)

    def estimate(self, series: Array) -> dict[str, Array]:
        """Whittle estimate of `hurst`, shape (n,), for any scale and mean; 0 or 1 at the edges."""
        series = np.asarray(series, float)
        family = hurst_table(series.shape[-1])
        return blocks.estimate(
            lambda rows: {"hurst": whittle.estimate(rows, family, (0.0, 1.0))}, series
        )

    def autocovariance(self, lag: ArrayLike) -> Array:
        """Covariance of samples `lag` apart.

        A binomial series for large lags: the second difference in the textbook form cancels to a
        relative error of 1e-8 at lag 4095.
        """
        k, h2 = np.abs(np.asarray(lag, float)), 2 * self.hurst
        near = ((k + 1) ** h2 - 2 * k**h2 + np.abs(k - 1) ** h2) / 2
        inverse_square = 1 / np.maximum(k, 8) ** 2
        term, total = np.ones_like(k), np.zeros_like(k)
        for j in range(1, 11):
            term = term * (h2 - 2 * j + 2) * (h2 - 2 * j + 1) / (2 * j * (2 * j - 1))
            term = term * inverse_square
            total = total + term
        return np.where(k < 8, near, total * np.maximum(k, 8) ** h2)

    def psd(self, frequency: ArrayLike) -> Array:
        """Spectral density at `frequency`, cycles per sample; infinite at 0 if hurst > 1/2 [2]_."""
        from scipy.special import gamma, zeta

        f = np.asarray(frequency, float)
        f = np.abs(f - np.round(f))
        a = 2 * self.hurst + 1
        inside = np.where(f > 0, f, 0.5)
        aliases = zeta(a, inside) + zeta(a, 1 - inside)
        constant = 4 * gamma(a) * np.sin(np.pi * self.hurst) * (2 * np.pi) ** -a
        at_zero = 1.0 if self.hurst == 0.5 else np.inf if self.hurst > 0.5 else 0.0
        return np.where(f > 0, constant * np.sin(np.pi * inside) ** 2 * aliases, at_zero)

    def loglik(self, series: Array) -> Array:
        """Exact log-likelihood of each series, in nats, shape (n,)."""
        lags = np.arange(np.shape(series)[-1])
        return innovations.loglik(series, self.autocovariance(lags))

    def whiten(self, series: Array) -> Array:
        """Independent N(0, 1) under the law, shape (n, length): errors of the best prediction."""
        lags = np.arange(np.shape(series)[-1])
        return innovations.whiten(series, self.autocovariance(lags))

    def crlb(self, length: int) -> dict[str, float]:
        """Least standard deviation of an unbiased `hurst` from one series of unknown scale.

        Whittle's information: length / 2 times the variance over frequency of d log psd / d hurst.
        """
        nodes, weights = np.polynomial.legendre.leggauss(200)
        u = (nodes + 1) / 2
        f, weights = u**4 / 2, weights / 2 * 4 * u**3  # crowded at 0, where the log diverges
        step = 1e-4 * min(self.hurst, 1 - self.hurst)
        above, below = FGN(hurst=self.hurst + step), FGN(hurst=self.hurst - step)
        slope = np.log(above.psd(f) / below.psd(f)) / (2 * step)
        spread = weights @ slope**2 - (weights @ slope) ** 2
        return {"hurst": float(np.sqrt(2 / (length * spread)))}


@lru_cache(maxsize=4)
def hurst_table(length: int) -> whittle.Table:
    """The family of all FGN at this length."""
    if length < 3:
        raise ValueError(f"a Hurst estimate needs a length of at least 3, got {length}")
    lags = np.arange(length)
    return whittle.table(
        np.linspace(0.005, 0.995, 199), lambda hurst: FGN(hurst=hurst).autocovariance(lags), length
    )
