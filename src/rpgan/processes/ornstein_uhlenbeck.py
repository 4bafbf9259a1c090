"""The Ornstein-Uhlenbeck process, sampled."""

from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rpgan.errors import UndefinedLaw
from rpgan.processes import blocks, gaussian, innovations, whittle
from rpgan.spec import spec

Array = NDArray[np.float64]


@spec
class OrnsteinUhlenbeck(gaussian.Marginal):
    """dx = -rate x dt + sqrt(2 rate) dW, every `step`: Gaussian, mean 0, stationary variance 1.

    What is sampled is exactly an AR(1) series with coefficient exp(-rate * step).

    Parameters
    ----------
    rate : float
        Of return to the mean, per unit time.
    step : float
        Between samples, in the same unit.

    References
    ----------
    .. [1] Uhlenbeck, Ornstein. "On the theory of the Brownian motion." Phys. Rev. 36 (1930),
       823-841.
    """

    rate: float
    step: float = 1.0
    name: Literal["ornstein_uhlenbeck"] = "ornstein_uhlenbeck"

    def __post_init__(self) -> None:
        for setting in ("rate", "step"):
            value = getattr(self, setting)
            if not 0 < value < np.inf:
                raise ValueError(f"{setting} must lie in (0, inf), got {value}")

    @property
    def decay(self) -> float:
        """Correlation of neighbouring samples."""
        return float(np.exp(-self.rate * self.step))

    @property
    def news(self) -> float:
        """Variance of a sample, given the one before it."""
        return float(-np.expm1(-2 * self.rate * self.step))

    @property
    def variance(self) -> float:
        """Variance of a sample."""
        return 1.0

    def truth(self) -> dict[str, float]:
        """What `estimate` estimates."""
        return {"rate": self.rate}

    def sample(self, n: int, length: int, rng: np.random.Generator) -> Array:
        """`n` independent series, shape (n, length), from the exact law; stationary from t = 0."""
        from scipy.signal import lfilter

        def fill(rows: Array, rng: np.random.Generator) -> None:
            for tile in blocks.tiles(len(rows), length):
                white = rng.standard_normal(rows[tile].shape)
                white[:, 1:] *= np.sqrt(self.news)
                rows[tile] = lfilter([1.0], [1.0, -self.decay], white, axis=1)

        return blocks.draw(fill, n, length, rng)

    def estimate(self, series: Array) -> dict[str, Array]:
        """Whittle estimate of `rate`, shape (n,), for any scale and mean.

        0 for a series that keeps drifting to its end; NaN if neighbours are not correlated
        positively. Biased by about 3 / (length * step), which is half its standard deviation when
        rate * step * length is 20.
        """
        series = np.asarray(series, float)
        family = rate_table(series.shape[-1])

        def estimate_block(rows: Array) -> dict[str, Array]:
            log_rate = whittle.estimate(rows, family, (-np.inf, np.nan))
            return {"rate": np.exp(log_rate) / self.step}

        return blocks.estimate(estimate_block, series)

    def autocovariance(self, lag: ArrayLike) -> Array:
        """Covariance of samples `lag` apart."""
        return np.exp(-self.rate * self.step * np.abs(np.asarray(lag, float)))

    def psd(self, frequency: ArrayLike) -> Array:
        """Spectral density at `frequency`, cycles per sample."""
        f = np.asarray(frequency, float)
        miss = -np.expm1(-self.rate * self.step)
        return self.news / (miss**2 + 4 * self.decay * np.sin(np.pi * f) ** 2)

    def loglik(self, series: Array) -> Array:
        """Exact log-likelihood of each series, in nats, shape (n,)."""
        white = self.whiten(series)
        return innovations.log_density(white, (white.shape[1] - 1) * np.log(self.news))

    def whiten(self, series: Array) -> Array:
        """Independent N(0, 1) under the law, shape (n, length): errors of the best prediction."""
        white = blocks.as_series(series).copy()
        white[:, 1:] -= self.decay * np.asarray(series, float)[:, :-1]
        white[:, 1:] /= np.sqrt(self.news)
        return white

    def crlb(self, length: int) -> dict[str, float]:
        """Least standard deviation of an unbiased `rate` from one series of unknown scale.

        For a series much longer than 1 / rate.
        """
        if 2 * self.rate * self.step > 700:
            raise UndefinedLaw("neighbouring samples are independent, so no rate can be told")
        spread = np.sqrt(np.expm1(2 * self.rate * self.step) / length)
        return {"rate": float(spread / self.step)}


@lru_cache(maxsize=4)
def rate_table(length: int) -> whittle.Table:
    """The family of all rates, in log(rate * step), at this length."""
    if length < 3:
        raise ValueError(f"an estimate of rate needs a length of at least 3, got {length}")
    nodes = np.linspace(np.log(0.1 / length), np.log(6.0), 160)
    lags = np.arange(length)
    return whittle.table(nodes, lambda log_rate: np.exp(-np.exp(log_rate) * lags), length)
