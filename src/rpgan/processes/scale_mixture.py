"""Mixtures of centred Gaussian laws of several variances, for samples that are independent.

Everything is in logarithms, so that no sample is too large for its density or its tail.
"""

from collections.abc import Iterable
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rpgan.processes import blocks

Array = NDArray[np.float64]
Mixture = Iterable[tuple[ArrayLike, float]]  # (weight, variance); weights may differ by sample


def log_pdf(x: ArrayLike, mixture: Mixture) -> Array:
    """Log density at `x`."""
    square = np.square(np.asarray(x, float))
    total = np.full(square.shape, -np.inf)
    for weight, v in mixture:
        term = np.log(weight) - (np.log(2 * np.pi * v) + square / v) / 2
        np.logaddexp(total, term, out=total)
    return total


def log_survival(x: ArrayLike, mixture: Mixture) -> Array:
    """Log of the chance of more than `x`."""
    from scipy.special import log_ndtr

    x = np.asarray(x, float)
    total = np.full(x.shape, -np.inf)
    for weight, v in mixture:
        np.logaddexp(total, np.log(weight) + log_ndtr(-x / np.sqrt(v)), out=total)
    return total


def cdf(x: ArrayLike, mixture: Mixture) -> Array:
    """Distribution function at `x`."""
    return np.exp(log_survival(-np.asarray(x, float), mixture))


def characteristic(t: ArrayLike, mixture: Mixture) -> NDArray[np.complex128]:
    """E exp(i t x) at `t`."""
    square = np.square(np.asarray(t, float))
    total = np.zeros(square.shape, complex)
    for weight, v in mixture:
        total += weight * np.exp(-v * square / 2)
    return total


def whiten(series: Array, mixture: Mixture) -> Array:
    """The standard normal deviates of the same rank: N(0, 1) if `series` has the mixture's law."""
    return with_sign(series, log_survival(np.abs(series), mixture))


def with_sign(series: Array, log_beyond: Array) -> Array:
    """Standard normal deviates from log P(X > |x|) of a symmetric law."""
    from scipy.special import ndtri_exp

    return np.copysign(ndtri_exp(np.minimum(log_beyond, -np.log(2))), series)


class HasMixture(Protocol):
    """What `Independent` needs."""

    @property
    def mixture(self) -> Mixture:
        """(weight, variance) of each Gaussian law."""
        ...


class Independent:
    """What white processes share: each sample has the law `mixture`, whatever the others are."""

    @property
    def tail_index(self) -> float:
        """The supremum of q with E|x|^q finite."""
        return np.inf

    def characteristic(self: HasMixture, t: ArrayLike) -> NDArray[np.complex128]:
        """Marginal characteristic function E exp(i t x)."""
        return characteristic(t, self.mixture)

    def loglik(self: HasMixture, series: Array) -> Array:
        """Log-likelihood of each series of shape (n, length), shape (n,)."""
        return log_pdf(blocks.as_series(series), self.mixture).sum(axis=1)

    def whiten(self: HasMixture, series: Array) -> Array:
        """Samples as normal deviates of the same rank, (n, length): iid N(0, 1) under the law."""
        return whiten(blocks.as_series(series), self.mixture)
