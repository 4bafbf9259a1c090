"""What each sample of a stationary Gaussian series adds to those before it.

The Durbin-Levinson recursion [1]_ gives the best linear prediction of a sample from all earlier
ones, and the variance of its error. Errors over their standard deviations are independent N(0, 1)
under the law, and the log-likelihood is a sum over them. Predictors take O(length^2) to find, once
for all series, and O(length^2) to apply to each.

References
----------
.. [1] Brockwell, Davis. "Time Series: Theory and Methods." 2nd ed. (1991), sections 5.2 and 8.6.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from rpgan.errors import UndefinedLaw
from rpgan.processes import blocks

Array = NDArray[np.float64]

ROWS = 256  # predictors held at a time
SINGULAR = 1e-10  # share of the variance that rounding leaves unpredictable


def whiten(series: Array, autocovariance: Array, partial: Array | None = None) -> Array:
    """Prediction errors in standard deviations, shape (n, length): iid N(0, 1) under the law.

    Parameters
    ----------
    series : shape (n, length), of mean 0
    autocovariance : shape (length,)
        At lags 0 .. length - 1.
    partial : shape (length - 1,), optional
        Partial autocorrelations at lags 1 .. length - 1, where they are known in closed form.
    """
    return standard_errors(series, autocovariance, partial)[0]


def loglik(series: Array, autocovariance: Array, partial: Array | None = None) -> Array:
    """Exact log-likelihood of each series, in nats, shape (n,); arguments as for `whiten`."""
    errors, variance = standard_errors(series, autocovariance, partial)
    return log_density(errors, np.sum(np.log(variance)))


def log_density(white: Array, log_determinant: float) -> Array:
    """Log of the density of series, shape (n,), from what they are whitened to."""
    squares = np.einsum("nt,nt->n", white, white)
    return -(squares + log_determinant + white.shape[1] * np.log(2 * np.pi)) / 2


def standard_errors(
    series: Array, autocovariance: Array, partial: Array | None = None
) -> tuple[Array, Array]:
    """Whitened series, shape (n, length), and the variances of prediction errors, (length,)."""
    series = blocks.as_series(series)
    length = series.shape[1]
    errors, variance = np.empty_like(series), np.empty(length)
    for start, filters, spread in error_filters(autocovariance[:length], partial):
        stop = start + len(filters)
        errors[:, start:stop] = series[:, :stop] @ (filters / np.sqrt(spread)[:, None]).T
        variance[start:stop] = spread
    return errors, variance


def error_filters(
    autocovariance: Array, partial: Array | None
) -> Iterator[tuple[int, Array, Array]]:
    """(t, filters, variances) of up to `ROWS` samples from t on.

    Row i of `filters`, shape (rows, t + rows), applied to the samples from 0 on gives the error of
    predicting sample t + i. Raises UndefinedLaw where rounding decides what that error is.
    """
    r, length = autocovariance, len(autocovariance)
    phi, variance = np.empty(0), float(r[0])
    for start in range(0, length, ROWS):
        rows = min(ROWS, length - start)
        filters, variances = np.zeros((rows, start + rows)), np.empty(rows)
        for i in range(rows):
            t = start + i
            if t > 0:
                unexplained = r[t] - phi @ r[t - 1 : 0 : -1]
                last = unexplained / variance if partial is None else partial[t - 1]
                phi = np.append(phi - last * phi[::-1], last)
                variance *= 1 - last**2
            if not variance > SINGULAR * r[0]:
                raise UndefinedLaw(
                    f"sample {t} is determined by those before it to within rounding, so series "
                    "of this length have no density"
                )
            filters[i, t], filters[i, :t] = 1, -phi[::-1]
            variances[i] = variance
        yield start, filters, variances
