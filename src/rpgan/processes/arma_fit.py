"""The coefficients of autoregressive moving averages, of many series at once.

Least squares are the likelihood of an autoregression, given its first samples. With a moving
average they are where to start [1]_: residuals of a long autoregression stand for its innovations.
Then Gauss and Newton's steps on the sum of squares of the innovations that coefficients imply.

References
----------
.. [1] Hannan, Rissanen. "Recursive estimation of mixed autoregressive-moving average order."
   Biometrika 69 (1982), 81-94.
"""

import numpy as np
from numpy.typing import NDArray

from rpgan.processes.scaling import to_unit_range

Array = NDArray[np.float64]
Delays = NDArray[np.complex128]

STEPS = 8
EDGE = 0.95  # largest root of a moving average to start from: beyond 1 innovations grow for ever


def estimate(series: Array, p: int, q: int) -> Array:
    """ar[1:] and ma[1:] of each series, shape (n, p + q); NaN for a constant series."""
    length = series.shape[1]
    if length < 4 * (p + q) + 8:
        raise ValueError(f"ARMA({p}, {q}) needs a length of {4 * (p + q) + 8}, got {length}")
    scaled, alive = to_unit_range(series)
    theta = regression(scaled, p, q)
    if q > 0:
        theta = least_squares(scaled, theta, p)
    return np.where(alive[:, None], theta, np.nan)


def least_squares(series: Array, theta: Array, p: int) -> Array:
    """Coefficients of least innovations near `theta`, shape (n, p + q).

    A step that leads uphill is halved.
    """
    best = theta = np.concatenate([theta[:, :p], inside(theta[:, p:])], axis=1)
    least, step = np.full(len(theta), np.inf), np.zeros_like(theta)
    with np.errstate(over="ignore", invalid="ignore"):  # roots outside are far uphill
        for _ in range(STEPS):
            errors, slopes = innovations(series, theta, p)
            loss = np.einsum("nt,nt->n", errors, errors)
            newton = solve(
                np.einsum("njt,nkt->njk", slopes, slopes),
                -np.einsum("njt,nt->nj", slopes, errors),
            )
            down = (loss < least)[:, None]
            best, step = np.where(down, theta, best), np.where(down, newton, step / 2)
            least = np.fmin(least, loss)
            theta = best + step
    return best


def inside(ma: Array) -> Array:
    """Each row of ma[1:], shape (n, q), with its roots drawn into a circle of radius `EDGE`."""
    radius = np.array([np.abs(np.roots([1.0, *row])).max(initial=0) for row in ma])
    shrink = np.minimum(1, EDGE / np.maximum(radius, EDGE))
    return ma * shrink[:, None] ** np.arange(1, ma.shape[1] + 1)


def innovations(series: Array, theta: Array, p: int) -> tuple[Array, Array]:
    """What `theta` says is new in each sample, and its slopes by theta, (n, p + q, length - p).

    Of the samples after the first `p`, before which it is taken for 0.
    """
    from scipy.signal import lfilter

    size, q = series.shape[1] - p, theta.shape[1] - p
    past = np.stack([lagged(series, k, size) for k in range(p + 1)], axis=1)
    errors, slopes = np.empty((len(theta), size)), np.zeros((*theta.shape, size))
    for row, coefficients in enumerate(theta):
        ma = np.append(1.0, coefficients[p:])
        filtered = np.asarray(lfilter([1.0], ma, past[row]))
        slopes[row, :p] = filtered[1:]
        errors[row] = filtered[0] + coefficients[:p] @ filtered[1:]
        twice = np.asarray(lfilter([1.0], ma, errors[row]))
        for k in range(1, q + 1):
            slopes[row, p + k - 1, k:] = -twice[:-k]
    return errors, slopes


def delays(frequency: Array, most: int) -> Delays:
    """exp(-2 pi i frequency) to the powers 0 .. most, shape (most + 1, frequencies)."""
    return np.exp(-2j * np.pi * np.outer(np.arange(most + 1), frequency)).astype(complex)


def slopes(powers: Delays, ar: Array, ma: Array) -> Array:
    """Derivatives of the log spectrum by ar[1:] and ma[1:], shape (n, p + q, frequencies).

    `powers` are `delays` up to p and q or more.
    """
    parts = []
    for sign, coefficients in ((-2, ar), (2, ma)):
        these = powers[: coefficients.shape[1]]
        parts.append(sign * (these[1:] / (coefficients @ these)[:, None]).real)
    return np.concatenate(parts, axis=1)


def regression(series: Array, p: int, q: int) -> Array:
    """Least squares of each sample on `p` before it and `q` innovations, shape (n, p + q)."""
    target, news = series, np.zeros_like(series)
    if q > 0:
        order = min(series.shape[1] // 4, p + q + int(4 * np.log(series.shape[1])))
        news = residuals(series, order)
        series = series[:, -news.shape[1] :]
        target = series - news
    size = series.shape[1] - max(p, q)
    past = [-lagged(series, k, size) for k in range(1, p + 1)]
    past += [lagged(news, k, size) for k in range(1, q + 1)]
    design = np.stack(past, axis=1)  # (n, p + q, size)
    right = np.einsum("njt,nt->nj", design, lagged(target, 0, size))
    return solve(np.einsum("njt,nkt->njk", design, design), right)


def residuals(series: Array, order: int) -> Array:
    """Errors of an autoregression of this order, shape (n, length - order)."""
    coefficients = yule_walker(series, order)
    errors = series[:, order:].copy()
    for k in range(1, order + 1):
        errors += coefficients[:, k - 1, None] * series[:, order - k : -k]
    return errors


def lagged(series: Array, lag: int, size: int) -> Array:
    """The last `size` samples of each row, `lag` earlier."""
    stop = series.shape[1] - lag
    return series[:, stop - size : stop]


def yule_walker(series: Array, order: int) -> Array:
    """ar[1:] of the autoregression with each row's first covariances, shape (n, order)."""
    length = series.shape[1]
    power = np.abs(np.fft.rfft(series, 2 * length)) ** 2
    r = np.fft.irfft(power)[:, : order + 1]
    lags = np.abs(np.subtract.outer(np.arange(order), np.arange(order)))
    return solve(r[:, lags], -r[:, 1:])


def solve(matrices: Array, rights: Array) -> Array:
    """Solutions of symmetric systems, shape (n, m), nudged where one is singular."""
    size = matrices.shape[-1]
    trace = np.trace(matrices, axis1=1, axis2=2)
    nudge = (1e-10 * trace + 1e-150)[:, None, None] * np.eye(size)
    return np.linalg.solve(matrices + nudge, rights[..., None])[..., 0]
