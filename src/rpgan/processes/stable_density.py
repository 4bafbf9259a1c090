"""The density of the symmetric alpha-stable law with characteristic function exp(-|t|^alpha).

Zolotarev's integrals [1]_ of g e^{-g} and e^{-g} over an angle in (0, pi / 2), where log g is
monotone. Their integrands are positive, so tails keep all their digits. In the logit y of the angle
they have a knee where g = 1 and fall exponentially far from it: y = knee + width sinh(t) and the
trapezoidal rule in t resolve both.

References
----------
.. [1] Nolan. "Numerical calculation of stable densities and distribution functions."
   Commun. Statist. Stochastic Models 13 (1997), 759-774, with beta = 0.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

CAUCHY = 1e-6  # this near to 1, alpha is 1: the integrals lose digits as 1 / |alpha - 1|


def log_pdf(alpha: float, log_x: Array, nodes: int = 160) -> Array:
    """Log density at x = exp(log_x), for log_x of shape (m,), by 2 nodes + 1 points each."""
    if abs(alpha - 1) < CAUCHY:
        return -np.log(np.pi) - np.logaddexp(0, 2 * log_x)
    if alpha == 2:
        return -np.exp(2 * log_x) / 4 - np.log(4 * np.pi) / 2
    log_g, weight = integrand(alpha, log_x, nodes)
    peak = np.max(log_g - np.exp(np.minimum(log_g, 700)), axis=1, keepdims=True)
    total = np.sum(weight * np.exp(log_g - np.exp(np.minimum(log_g, 700)) - peak), axis=1)
    return np.log(alpha / (np.pi * abs(alpha - 1))) - log_x + np.log(total) + peak[:, 0]


def survival(alpha: float, log_x: Array) -> Array:
    """P(X > x) for x > 0, at x = exp(log_x), for log_x of shape (m,)."""
    if abs(alpha - 1) < CAUCHY:
        return np.arctan(np.exp(-log_x)) / np.pi
    if alpha == 2:
        from scipy.special import ndtr

        return ndtr(-np.exp(log_x) / np.sqrt(2))
    log_g, weight = integrand(alpha, log_x, 160)
    g = np.exp(np.minimum(log_g, 700))
    rises, falls = (np.sum(weight * part, axis=1) / np.pi for part in (-np.expm1(-g), np.exp(-g)))
    outside, inside = (rises, falls) if alpha < 1 else (falls, rises)
    return np.where(log_x > 0, outside, 0.5 - inside)  # the part that the knee belongs to


def integrand(alpha: float, log_x: Array, nodes: int) -> tuple[Array, Array]:
    """log g and quadrature weights over angles in (0, pi / 2), shape (m, 2 nodes + 1)."""
    knee, width = (part[:, None] for part in find_knee(alpha, log_x))
    step = np.arcsinh((np.abs(knee) + 45) / width) / nodes
    t = step * np.arange(-nodes, nodes + 1)
    y = knee + width * np.sinh(t)
    near, far = 1 / (1 + np.exp(-y)), 1 / (1 + np.exp(y))
    weight = np.pi / 2 * near * far * step * width * np.cosh(t)
    return log_kernel(alpha, log_x[:, None], near, far), weight


def find_knee(alpha: float, log_x: Array) -> tuple[Array, Array]:
    """Where g = 1, by bisection, and over what width g changes there; both in the logit."""
    low, high = np.full_like(log_x, -200.0), np.full_like(log_x, 200.0)

    def log_g(y: Array) -> Array:
        return log_kernel(alpha, log_x, 1 / (1 + np.exp(-y)), 1 / (1 + np.exp(y)))

    for _ in range(50):
        middle = (low + high) / 2
        right = (log_g(middle) > 0) == (alpha > 1)
        low, high = np.where(right, middle, low), np.where(right, high, middle)
    slope = (log_g(low + 1e-4) - log_g(low - 1e-4)) / 2e-4
    return low, 1 / (np.abs(slope) + 0.5)


def log_kernel(alpha: float, log_x: Array, near: Array, far: Array) -> Array:
    """log g at the angle pi / 2 * near; far = 1 - near, so no difference cancels at either end."""
    obtuse = alpha * near > 1
    sine = np.sin(np.pi / 2 * np.where(obtuse, 2 - alpha + alpha * far, alpha * near))
    cosine = np.sin(np.pi / 2 * far)
    other = np.sin(np.pi / 2 * (min(alpha, 2 - alpha) + abs(alpha - 1) * far))
    return alpha / (alpha - 1) * (log_x + np.log(cosine / sine)) + np.log(other / cosine)


Interpolant = Callable[[Array], Array]

LEAST, MOST = -25.0, 60.0  # of log x: below, density and survival are those at 0; above, powers


@lru_cache(maxsize=8)
def interpolants(alpha: float) -> tuple[Interpolant, Interpolant]:
    """Log density and log survival as functions of log x, to about 1e-8, for millions of points."""
    from scipy.interpolate import CubicSpline

    log_x = np.linspace(LEAST, MOST, 4251)
    pieces = np.array_split(log_x, 9)  # of a size that memory has room for
    density = np.concatenate([log_pdf(alpha, piece) for piece in pieces])
    beyond = np.log(np.concatenate([survival(alpha, piece) for piece in pieces]))

    def continued(spline: Interpolant, power: float) -> Interpolant:
        return lambda z: spline(z.clip(LEAST, MOST)) - power * np.maximum(z - MOST, 0)

    return continued(CubicSpline(log_x, density), alpha + 1), continued(
        CubicSpline(log_x, beyond), alpha
    )


class Table(NamedTuple):
    """Log density of log|x / scale| on a grid of (alpha, log|x / scale|)."""

    logit: Array  # of alpha / 2, equally spaced: errors of alpha vanish at both ends
    log_x: Array  # equally spaced
    columns: Array  # (log_x, 3 x logit): log density, its derivative in log_x, and its second


@lru_cache(maxsize=1)
def table() -> Table:
    """What estimates are read from: alpha from 0.26 to 1.999; a second to make."""
    logit = np.arange(-1.9, 7.65, 0.15)
    log_x, step = np.linspace(-14, 42, 1121, retstep=True)
    value = np.array([log_pdf(alpha, log_x, 80) for alpha in 2 / (1 + np.exp(-logit))])
    slope = np.gradient(value, step, axis=1, edge_order=2)
    curvature = np.gradient(slope, step, axis=1, edge_order=2)
    return Table(logit, log_x, np.concatenate([value, slope, curvature]).T.copy())
