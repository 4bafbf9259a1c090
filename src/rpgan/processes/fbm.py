"""Fractional Brownian motion."""

from typing import Literal, NoReturn

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rpgan.errors import UndefinedLaw
from rpgan.processes import blocks
from rpgan.processes.fgn import FGN
from rpgan.processes.scaling import to_unit_peak
from rpgan.spec import spec

Array = NDArray[np.float64]


@spec
class FBM:
    """Gaussian, self-similar, with stationary increments: B(0) = 0, then the sum of FGN.

    Parameters
    ----------
    hurst : float in (0, 1)
        Sample t has standard deviation ``t ** hurst``; 1/2 is Brownian motion.

    References
    ----------
    .. [1] Mandelbrot, Van Ness. "Fractional Brownian motions, fractional noises and
       applications." SIAM Review 10 (1968), 422-437.
    """

    hurst: float
    name: Literal["fbm"] = "fbm"

    def __post_init__(self) -> None:
        if not 0 < self.hurst < 1:
            raise ValueError(f"hurst must lie in (0, 1), got {self.hurst}")

    @property
    def increments(self) -> FGN:
        """The process of differences of neighbouring samples."""
        return FGN(hurst=self.hurst)

    @property
    def tail_index(self) -> float:
        """The supremum of q with E|x|^q finite."""
        return np.inf

    def truth(self) -> dict[str, float]:
        """What `estimate` estimates."""
        return {"hurst": self.hurst}

    def sample(self, n: int, length: int, rng: np.random.Generator) -> Array:
        """`n` independent series, shape (n, length), from the exact law; the first sample is 0."""
        series = self.increments.sample(n, length, rng)
        series[:, 0] = 0
        return np.cumsum(series, axis=1, out=series)

    def estimate(self, series: Array) -> dict[str, Array]:
        """Whittle estimate of `hurst` from the increments, shape (n,).

        The first increment is left out: a series need not start at 0 as exactly as this one.
        """
        scaled, _ = to_unit_peak(np.asarray(series, float)[:, 1:])
        return self.increments.estimate(np.diff(scaled))

    def covariance(self, s: ArrayLike, t: ArrayLike) -> Array:
        """Covariance of samples `s` and `t`."""
        s, t, h2 = np.abs(np.asarray(s, float)), np.abs(np.asarray(t, float)), 2 * self.hurst
        return (s**h2 + t**h2 - np.abs(t - s) ** h2) / 2

    def loglik(self, series: Array) -> Array:
        """Exact log-likelihood of the increments of each series, in nats, shape (n,).

        The first sample is 0 and has no density: that a series starts elsewhere changes nothing.
        """
        return self.increments.loglik(np.diff(blocks.as_series(series)))

    def whiten(self, series: Array) -> Array:
        """Independent N(0, 1) under the law, of increments: shape (n, length - 1).

        The first sample is 0 and has none: that a series starts elsewhere changes nothing.
        """
        return self.increments.whiten(np.diff(blocks.as_series(series)))

    def crlb(self, length: int) -> dict[str, float]:
        """Least standard deviation of an unbiased `hurst` from the increments of one series."""
        return self.increments.crlb(length - 1)

    def autocovariance(self, lag: ArrayLike) -> NoReturn:
        """Undefined; see `covariance`."""
        raise UndefinedLaw(f"{NOT_STATIONARY}: use covariance(s, t), or increments")

    def psd(self, frequency: ArrayLike) -> NoReturn:
        """Undefined; see `increments`."""
        raise UndefinedLaw(f"{NOT_STATIONARY}: it has no power spectrum, its increments have")

    def moments(self) -> NoReturn:
        """Undefined: they depend on time."""
        raise UndefinedLaw(f"{NOT_STATIONARY}: its variance t ** (2 * hurst) grows with time t")

    def pdf(self, x: ArrayLike) -> NoReturn:
        """Undefined: it depends on time."""
        raise UndefinedLaw(f"{NOT_STATIONARY}: its marginal density depends on time")

    def cdf(self, x: ArrayLike) -> NoReturn:
        """Undefined: it depends on time."""
        raise UndefinedLaw(f"{NOT_STATIONARY}: its marginal distribution depends on time")

    def characteristic(self, t: ArrayLike) -> NoReturn:
        """Undefined: it depends on time."""
        raise UndefinedLaw(f"{NOT_STATIONARY}: its characteristic function depends on time")


NOT_STATIONARY = "fractional Brownian motion is not stationary"
