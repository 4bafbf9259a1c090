"""Generalised-Pareto tails: P(excess > e) = (1 + shape e / scale)^(-1 / shape), shape >= 0.

Shape 0 is the exponential law exp(-e / scale). Negative shapes, whose support ends, are not used:
the inverse of a representation must have an answer for whatever a network puts out.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rpgan.representations.arrays import namespace

Array = NDArray[np.floating[Any]]

FEWEST = 10  # excesses from which a shape is estimated; from fewer the tail is exponential
MOST = 4096  # excesses used; of more, order statistics at even distances
LIGHTEST = 1e-6  # shape below which the tail is exponential


def fit(excesses: Array) -> tuple[Array, Array]:
    """Shape and scale of each row of `excesses`, shape (rows, k), ascending and at least 0.

    The estimator of Zhang and Stephens (2009): the posterior mean of theta = -shape / scale under
    their empirical prior, about as efficient as maximum likelihood, whose standard error of the
    shape is (1 + shape) / sqrt(k), and always defined.
    """
    y = _thinned(excesses)
    shape, scale = np.zeros(len(y)), y.mean(axis=1)
    usable = y[:, _quarter(y)] > 0
    if y.shape[1] < FEWEST or not usable.any():
        return shape, scale
    theta = _posterior_mean(y[usable])
    shape[usable] = np.log1p(-theta[:, np.newaxis] * y[usable]).mean(axis=1)
    shape[shape < LIGHTEST] = 0
    heavy = shape[usable] > 0
    scale[shape > 0] = shape[shape > 0] / -theta[heavy]
    return shape, scale


def log_survival(excess: Array, shape: Array, scale: Array) -> Array:
    """log P(excess > e): 0 at e = 0."""
    xp = namespace(excess)
    safe = xp.where(shape > 0, shape, 1.0)
    reduced = excess / scale
    return xp.where(shape > 0, -xp.log1p(shape * reduced) / safe, -reduced)


def excess(log_survival: Array, shape: Array, scale: Array) -> Array:
    """The inverse of `log_survival`."""
    safe = np.where(shape > 0, shape, 1.0)
    return scale * np.where(shape > 0, np.expm1(-shape * log_survival) / safe, -log_survival)


def _posterior_mean(y: Array) -> Array:
    """theta of each row of `y`, shape (rows, k)."""
    k = y.shape[1]
    m = 20 + int(np.sqrt(k))
    spread = (1 - np.sqrt(m / (np.arange(1, m + 1) - 0.5))) / 3
    thetas = 1 / y[:, -1:] + spread / y[:, [_quarter(y)]]  # (rows, m)
    shapes = np.stack([np.log1p(-theta[:, np.newaxis] * y).mean(axis=1) for theta in thetas.T], 1)
    log_likelihood = k * (np.log(-thetas / shapes) - shapes - 1)
    weights = np.exp(log_likelihood - log_likelihood.max(axis=1, keepdims=True))
    return (weights * thetas).sum(axis=1) / weights.sum(axis=1)


def _quarter(y: Array) -> int:
    """Index of the lower quartile of ascending rows."""
    return max(int(y.shape[1] / 4 + 0.5) - 1, 0)


def _thinned(excesses: Array) -> NDArray[np.float64]:
    k = excesses.shape[1]
    if k > MOST:
        excesses = excesses[:, ((np.arange(MOST) + 0.5) * (k / MOST)).astype(np.intp)]
    return excesses.astype(np.float64)
