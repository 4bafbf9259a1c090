"""Gaussian noise with a spectrum given as a table."""

from functools import cached_property
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rpgan.processes import blocks, circulant, gaussian, innovations, whittle
from rpgan.processes.scaling import to_unit_peak, to_unit_range
from rpgan.spec import spec

Array = NDArray[np.float64]

WRAPPED = 1e-6  # of the variance: what may be wrong with a covariance of drawn series


@spec
class TabulatedPSD(gaussian.Marginal):
    """Stationary Gaussian noise of mean 0 whose spectrum runs straight between given points.

    Below the first frequency of the table the power is the first, beyond the last it is the last.
    At DC it is finite, so a slope like 1/f holds down to the table's lowest frequency only.

    Parameters
    ----------
    frequency : floats in [0, 1/2], increasing, two or more
        Cycles per sample.
    power : floats, as many, at least 0
        Two-sided spectral density: the variance is scale^2 times its integral over (-1/2, 1/2).
    scale : float
        Factor of the amplitude.
    """

    frequency: tuple[float, ...]
    power: tuple[float, ...]
    scale: float = 1.0
    name: Literal["tabulated_psd"] = "tabulated_psd"

    def __post_init__(self) -> None:
        for setting in ("frequency", "power"):
            given = tuple(float(value) for value in getattr(self, setting))
            object.__setattr__(self, setting, given)  # a list would make equal laws unequal
        if len(self.frequency) < 2 or len(self.frequency) != len(self.power):
            raise ValueError(
                "frequency and power must have one length of at least 2, "
                f"got {len(self.frequency)} and {len(self.power)}"
            )
        inside = self.frequency[0] >= 0 and self.frequency[-1] <= 0.5
        if not (inside and all(a < b for a, b in pairwise(self.frequency))):
            raise ValueError("frequency must increase and lie in [0, 1/2] cycles per sample")
        if not (all(0 <= value < np.inf for value in self.power) and max(self.power) > 0):
            raise ValueError("power must be at least 0 everywhere and more than 0 somewhere")
        if not 0 < self.scale < np.inf:
            raise ValueError(f"scale must lie in (0, inf), got {self.scale}")

    @cached_property
    def corners(self) -> tuple[Array, Array]:
        """Where the spectrum of scale 1 bends, from 0 to 1/2, and its values there."""
        f = np.unique([0.0, *self.frequency, 0.5])
        return f, np.interp(f, self.frequency, self.power)

    def truth(self) -> dict[str, float]:
        """What `estimate` estimates."""
        return {"scale": self.scale}

    def sample(self, n: int, length: int, rng: np.random.Generator) -> Array:
        """`n` independent series, shape (n, length), stationary from end to end.

        Every covariance is right to 1e-6 of the variance: those of lags a period apart add up.
        """
        half = circulant.fast_length((length + self.memory()) // 2 + 1)
        eigenvalues = self.psd(np.arange(half + 1) / (2 * half))
        return circulant.from_eigenvalues(eigenvalues).sample(n, length, rng)

    def memory(self) -> int:
        """The least m with covariances at m + jP, j = 0, 1, ..., below `WRAPPED` for any P > m.

        Corners make a covariance fall as 1 / lag^2: |r(k)| <= bend / (2 pi^2 k^2), with `bend` the
        total change of slope. Wrapped around on both sides, lags add up to pi^2 / 3 of that.
        """
        f, power = self.corners
        slopes = np.concatenate([[0.0], np.diff(power) / np.diff(f), [0.0]])
        bend = self.scale**2 * np.abs(np.diff(slopes)).sum()
        return int(np.ceil(np.sqrt(bend / (6 * WRAPPED * self.variance))))

    def estimate(self, series: Array) -> dict[str, Array]:
        """Whittle estimate of `scale`, shape (n,), for any mean; NaN for a constant series.

        The mean of the periodogram in units of its expectation: scale^2 without bias. Of the bins
        that show more of their own power than of others', if there are any.
        """
        series = blocks.as_series(series)
        length = series.shape[1]
        if length < 2:
            raise ValueError(f"an estimate of scale needs a length of at least 2, got {length}")
        expected = whittle.expected_periodogram(self.autocovariance(np.arange(length)))
        own = 2 * self.psd(np.arange(1, length // 2 + 1) / length) > expected
        weight = whittle.bin_weights(length) * (own if own.any() else 1)
        weight *= self.scale**2 / (weight.sum() * expected)

        def estimate_block(rows: Array) -> dict[str, Array]:
            scaled, peak = to_unit_peak(rows)
            centred, alive = to_unit_range(scaled)
            root = np.sqrt(whittle.periodogram(centred) @ weight)
            return {"scale": np.where(alive, peak * (np.ptp(scaled, axis=1) * root), np.nan)}

        return blocks.estimate(estimate_block, series)

    def autocovariance(self, lag: ArrayLike) -> Array:
        """Covariance of samples `lag` apart, a whole number, in closed form."""
        k = np.abs(np.asarray(lag, float))
        w = 2 * np.pi * np.where(k > 0, k, 1)
        f, power = self.corners
        total = np.zeros_like(w)
        for (f0, f1), (p0, p1) in zip(pairwise(f), pairwise(power), strict=True):
            total += (p1 - p0) / (f1 - f0) * (np.cos(w * f1) - np.cos(w * f0))
        return np.where(k > 0, 2 * self.scale**2 * total / w**2, self.variance)

    def psd(self, frequency: ArrayLike) -> Array:
        """Spectral density at `frequency`, cycles per sample."""
        f = np.asarray(frequency, float)
        f = np.abs(f - np.round(f))
        return self.scale**2 * np.interp(f, self.frequency, self.power)

    @cached_property
    def variance(self) -> float:
        """The integral of the spectrum over (-1/2, 1/2)."""
        f, power = self.corners
        return float(2 * self.scale**2 * np.trapezoid(power, f))

    def loglik(self, series: Array) -> Array:
        """Exact log-likelihood of each series, in nats, shape (n,).

        Undefined for a table without power in some band once series are long enough to see it.
        """
        lags = np.arange(np.shape(series)[-1])
        return innovations.loglik(series, self.autocovariance(lags))

    def whiten(self, series: Array) -> Array:
        """Independent N(0, 1) under the law, shape (n, length): errors of the best prediction.

        Undefined where `loglik` is.
        """
        lags = np.arange(np.shape(series)[-1])
        return innovations.whiten(series, self.autocovariance(lags))

    def crlb(self, length: int) -> dict[str, float]:
        """Least standard deviation of an unbiased `scale` from one series."""
        return {"scale": self.scale / float(np.sqrt(2 * length))}
