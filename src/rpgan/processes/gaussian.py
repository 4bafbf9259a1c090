"""The marginal law of a Gaussian process."""

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
