"""Increments of a multifractal random walk."""

from functools import lru_cache
from math import log
from typing import Literal, NoReturn

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rpgan.errors import UndefinedLaw
from rpgan.processes import blocks, circulant, scale_mixture, whittle
from rpgan.processes.scaling import to_unit_peak
from rpgan.spec import spec

Array = NDArray[np.float64]


@spec
class MultifractalRandomWalk:
    """White noise of variance 1 whose log volatility has logarithmic correlations.

    ``x = e^omega epsilon``: omega and epsilon are independent and Gaussian, epsilon white, and the
    covariance of omegas k apart is ``intermittency log(integral_scale / (k + 1))`` up to the
    integral scale, where it ends. The running sum of such a series is the walk.

    Parameters
    ----------
    intermittency : float in (0, 1/2)
        Lambda^2: how much moments of order q deviate from those of Brownian motion.
    integral_scale : float
        Samples after which volatilities are independent, at least 2.

    References
    ----------
    .. [1] Bacry, Delour, Muzy. "Multifractal random walk." Phys. Rev. E 64 (2001), 026103.
    """

    intermittency: float
    integral_scale: float = 1024.0
    name: Literal["multifractal_random_walk"] = "multifractal_random_walk"

    def __post_init__(self) -> None:
        if not 0 < self.intermittency < 0.5:
            raise ValueError(f"intermittency must lie in (0, 1/2), got {self.intermittency}")
        if not 2 <= self.integral_scale < np.inf:
            raise ValueError(f"integral_scale must lie in [2, inf), got {self.integral_scale}")

    @property
    def tail_index(self) -> float:
        """The supremum of q with E|x|^q finite."""
        return np.inf

    def truth(self) -> dict[str, float]:
        """What `estimate` estimates."""
        return {"intermittency": self.intermittency}

    def volatility_autocovariance(self, lag: ArrayLike) -> Array:
        """Covariance of log volatilities `lag` apart."""
        k = np.abs(np.asarray(lag, float))
        return self.intermittency * np.log(np.maximum(self.integral_scale / (k + 1), 1))

    def sample(self, n: int, length: int, rng: np.random.Generator) -> Array:
        """`n` independent series, shape (n, length), from the exact law.

        The covariance of log volatilities is convex, so that no circulant eigenvalue is negative.
        """
        half = circulant.fast_length(max(1, length - 1))
        lags = np.arange(half + 1)
        embedding = circulant.from_autocovariance(self.volatility_autocovariance(lags))
        mean = -self.intermittency * log(self.integral_scale)

        def fill(rows: Array, rng: np.random.Generator) -> None:
            values, volatilities = rng.spawn(2)
            for tile in blocks.tiles(len(rows), embedding.period):
                part = rows[tile]
                white = volatilities.standard_normal((len(part), embedding.draws))
                values.standard_normal(out=part)
                part *= np.exp(mean + embedding.colour(white, length))

        return blocks.draw(fill, n, length, rng)

    def estimate(self, series: Array) -> dict[str, Array]:
        """Whittle estimate of `intermittency`, shape (n,), of series with this integral scale.

        From the spectrum of log|x|, which is log volatility plus white noise of variance pi^2 / 8:
        for any scale, but not for any mean. In [0, 1/2]; NaN for a series of one size.
        """
        series = np.asarray(series, float)
        family = intermittency_table(series.shape[-1], self.integral_scale)
        return blocks.estimate(lambda rows: estimate_block(rows, family), series)

    def autocovariance(self, lag: ArrayLike) -> Array:
        """Covariance of samples `lag` apart: white."""
        return np.where(np.asarray(lag) == 0, 1.0, 0.0)

    def square_autocovariance(self, lag: ArrayLike) -> Array:
        """Covariance of squares of samples `lag` apart: a power of the lag."""
        k = np.asarray(lag)
        far = np.expm1(4 * self.volatility_autocovariance(k))
        return np.where(k == 0, self.moments()["kurtosis"] - 1, far)

    def log_autocovariance(self, lag: ArrayLike) -> Array:
        """Covariance of log|x| of samples `lag` apart."""
        own = np.where(np.asarray(lag) == 0, np.pi**2 / 8, 0.0)  # log|epsilon|
        return own + self.volatility_autocovariance(lag)

    def psd(self, frequency: ArrayLike) -> Array:
        """Spectral density: flat."""
        return np.ones(np.shape(frequency))

    def moments(self) -> dict[str, float]:
        """Mean, variance, skewness and (not excess) kurtosis of a sample."""
        kurtosis = 3 * self.integral_scale ** (4 * self.intermittency)
        return {"mean": 0.0, "variance": 1.0, "skewness": 0.0, "kurtosis": kurtosis}

    @property
    def mixture(self) -> list[tuple[float, float]]:
        """(weight, variance) at nodes of the log volatility: the trapezoidal rule, to 1e-14."""
        spread = self.intermittency * log(self.integral_scale)
        g = np.linspace(-9, 9, NODES)
        weight = np.exp(-(g**2) / 2)
        variance = np.exp(2 * (np.sqrt(spread) * g - spread))
        return [(float(w), float(v)) for w, v in zip(weight / weight.sum(), variance, strict=True)]

    def pdf(self, x: ArrayLike) -> Array:
        """Marginal density, by quadrature."""
        return np.exp(scale_mixture.log_pdf(x, self.mixture))

    def cdf(self, x: ArrayLike) -> Array:
        """Marginal distribution function, by quadrature."""
        return scale_mixture.cdf(x, self.mixture)

    def characteristic(self, t: ArrayLike) -> NDArray[np.complex128]:
        """Marginal characteristic function E exp(i t x), by quadrature."""
        return scale_mixture.characteristic(t, self.mixture)

    def loglik(self, series: Array) -> NoReturn:
        """Undefined."""
        raise UndefinedLaw(f"{HIDDEN}: its likelihood is an integral over all of them")

    def whiten(self, series: Array) -> NoReturn:
        """Undefined."""
        raise UndefinedLaw(f"{HIDDEN}: the law of a sample given its past has no closed form")

    def crlb(self, length: int) -> NoReturn:
        """Undefined."""
        raise UndefinedLaw(f"{HIDDEN}: their information has no closed form")


HIDDEN = "volatilities of a multifractal random walk are hidden and of infinite memory"
NODES = 121  # of the marginal law's quadrature


def estimate_block(series: Array, family: whittle.Table) -> dict[str, Array]:
    """`estimate` of at most 64 series."""
    scaled, _ = to_unit_peak(series)
    log_size = np.log(np.maximum(np.abs(scaled), 1e-12))
    return {"intermittency": whittle.estimate(log_size, family, (0.0, MOST)) ** 2}


MOST = 0.5**0.5  # of the root of the intermittency


@lru_cache(maxsize=4)
def intermittency_table(length: int, integral_scale: float) -> whittle.Table:
    """The family of all log sizes at this length and scale, by the root of the intermittency."""
    if length < 8:
        raise ValueError(f"an intermittency needs a length of at least 8, got {length}")
    lags = np.arange(length)

    def autocovariance(root: float) -> Array:
        at = MultifractalRandomWalk(intermittency=root**2, integral_scale=integral_scale)
        return at.log_autocovariance(lags)

    return whittle.table(np.linspace(0.002, MOST - 0.002, 176), autocovariance, length)
