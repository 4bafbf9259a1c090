"""The marginal law of a Gaussian process of mean 0."""

from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


def moments(variance: float) -> dict[str, float]:
    """Mean, variance, skewness and (not excess) kurtosis."""
    return {"mean": 0.0, "variance": variance, "skewness": 0.0, "kurtosis": 3.0}


def pdf(x: ArrayLike, variance: float) -> Array:
    """Density at `x` of N(0, variance)."""
    return np.exp(-(np.asarray(x, float) ** 2) / (2 * variance)) / np.sqrt(2 * np.pi * variance)


def cdf(x: ArrayLike, variance: float) -> Array:
    """Distribution function at `x` of N(0, variance)."""
    from scipy.special import ndtr

    return ndtr(np.asarray(x, float) / np.sqrt(variance))


def characteristic(t: ArrayLike, variance: float) -> Array:
    """E exp(i t x) of N(0, variance)."""
    return np.exp(-variance * np.asarray(t, float) ** 2 / 2)


class HasVariance(Protocol):
    """What `Marginal` needs."""

    @property
    def variance(self) -> float:
        """Variance of a sample."""
        ...


class Marginal:
    """What stationary Gaussian processes share: a sample has the law N(0, variance)."""

    @property
    def tail_index(self) -> float:
        """The supremum of q with E|x|^q finite."""
        return np.inf

    def moments(self: HasVariance) -> dict[str, float]:
        """Mean, variance, skewness and kurtosis (3 for a Gaussian) of a sample."""
        return moments(self.variance)

    def pdf(self: HasVariance, x: ArrayLike) -> Array:
        """Marginal density."""
        return pdf(x, self.variance)

    def cdf(self: HasVariance, x: ArrayLike) -> Array:
        """Marginal distribution function."""
        return cdf(x, self.variance)

    def characteristic(self: HasVariance, t: ArrayLike) -> NDArray[np.complex128]:
        """Marginal characteristic function E exp(i t x)."""
        return characteristic(t, self.variance).astype(complex)
