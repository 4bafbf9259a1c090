"""The autocovariance at short lags against that of the law."""

from functools import partial
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from rpgan.errors import UndefinedLaw
from rpgan.metrics.channels import pools
from rpgan.metrics.fitted import Fitted, Law, of_means
from rpgan.metrics.known import is_gaussian, known, stationary, unchanged
from rpgan.metrics.multitaper import chunks
from rpgan.spec import spec

Array = NDArray[np.float64]

SMALLEST = 1e-6  # share of the largest variance below which a direction is rounding


@spec
class ACF:
    """Sample autocovariances at lags 0 .. `lags`, about the known mean, against the law's.

    ``acf_distance``
        Mahalanobis distance of their mean over series from the law's, per direction, in standard
        deviations of one series; the floor is 1 / sqrt(n). The covariance is the exact one [1]_ of
        Gaussian laws, else that of the real series.
    ``acf_error``
        Largest difference between the autocorrelations at lags 1 .. `lags`, blind to scale.

    Where the autocovariance is not known (recorded data, several channels) the mean of the real
    series takes its place. Of a law with stationary increments these are compared.

    Parameters
    ----------
    lags : int >= 1
        At most a quarter of the length is used.

    References
    ----------
    .. [1] Brockwell, Davis. "Time Series: Theory and Methods." 2nd ed. (1991), section 7.2.
    """

    blind: ClassVar[str] = (
        "lags beyond the last, narrow lines in the spectrum, and all dependence without "
        "correlation: bursts"
    )

    lags: int = 32
    name: Literal["acf"] = "acf"

    def __post_init__(self) -> None:
        if not self.lags >= 1:
            raise ValueError(f"lags must be at least 1, got {self.lags}")

    def fit(self, real: Array, law: Law | None) -> Fitted:
        """See `rpgan.metrics`. Undefined for a law without variance, and for images."""
        if law is not None and law.tail_index <= 2:
            raise UndefinedLaw(
                f"a law with tail index {law.tail_index:g} has no variance, so no autocovariance"
            )
        autocovariance, made = (None, unchanged) if real.ndim > 2 else closed_form(law)
        lags = count(self.lags, made(real[:1]))
        means = [float(pool.mean()) for pool in pools(made(real))]
        if autocovariance is not None:
            means = [float(known(stationary(law)[0], "moments")()["mean"])]

        def statistic(series: Array) -> Array:
            return side_by_side(made(series), means, lags)

        rows = statistic(real)
        wanted, covariance, most = rows.mean(axis=0), np.cov(rows, rowvar=False), len(real) // 4
        if autocovariance is not None:
            r = autocovariance(np.arange(made(real[:1]).shape[1]))
            wanted = r[: lags + 1]
            if is_gaussian(law):
                covariance, most = covariance_of_products(r, lags), lags + 1
        directions = whitening(covariance, most)
        return of_means(statistic, partial(values, "acf", lags, directions, wanted), ideal("acf"))


def closed_form(law: Any) -> tuple[Any, Any]:
    """The autocovariance, if it is known, and what makes stationary series of those of the law."""
    if law is None:
        return None, unchanged
    behind, made = stationary(law)
    try:
        autocovariance = known(behind, "autocovariance")
        autocovariance(np.arange(2))
        known(behind, "moments")()
    except UndefinedLaw:
        return None, made
    return autocovariance, made


def count(lags: int, series: Array) -> int:
    """At most `lags`, and at most a quarter of the length."""
    if series.ndim > 3:
        raise UndefinedLaw(f"items of shape {series.shape[1:]} are images, not series in time")
    if series.shape[-1] < 4:
        raise UndefinedLaw(f"series of {series.shape[-1]} samples are too short for lags")
    return min(lags, series.shape[-1] // 4)


def side_by_side(series: Array, means: list[float], lags: int) -> Array:
    """Lagged products of each channel, (n, channels * (lags + 1))."""
    parts = [lagged(pool, mean, lags) for pool, mean in zip(pools(series), means, strict=True)]
    return np.concatenate(parts, axis=1)


def lagged(series: Array, mean: float, lags: int) -> Array:
    """Mean of (x_t - mean) (x_{t+k} - mean) of each series, shape (n, lags + 1): unbiased.

    Cut into frames of `lags` samples, a sample has all its partners in its own frame and the next.
    So the products of frames with themselves and with the next, summed over frames, hold those at
    lag k on their k-th diagonal: two products of matrices per series.
    """
    n, length = series.shape
    width, frames = max(lags, 1), -(-length // max(lags, 1))
    products = np.empty((n, lags + 1))
    for rows in chunks(n, length):
        x = series[rows] - mean
        padded = np.zeros((len(x), (frames + 1) * width))
        padded[:, :length] = x
        own = padded[:, :-width].reshape(len(x), frames, width)
        after = padded[:, width:].reshape(len(x), frames, width)
        # With one column more in a row, the k-th diagonal of (own, after) is the k-th column.
        sums = np.zeros((len(x), width * (2 * width + 1)))
        square = sums[:, : 2 * width**2].reshape(len(x), width, 2 * width)
        square[:, :, :width] = own.transpose(0, 2, 1) @ own
        square[:, :, width:] = own.transpose(0, 2, 1) @ after
        diagonals = sums.reshape(len(x), width, 2 * width + 1)
        products[rows] = diagonals[:, :, : lags + 1].sum(axis=1)
    return products / (length - np.arange(lags + 1))


def covariance_of_products(r: Array, lags: int) -> Array:
    """Exact covariance of `lagged` of one Gaussian series of autocovariance `r`, (length,).

    Isserlis: cov(x_s x_{s+k}, x_t x_{t+l}) = r(m) r(m + k - l) + r(m - l) r(m + k), m = s - t;
    as many pairs (s, t) differ by m as there are in both sums.
    """
    length = len(r)
    two_sided = np.concatenate([r[:0:-1], r])
    padded = np.pad(two_sided, lags)  # at lags beyond the length there are no pairs

    def at(shift: int, m: NDArray[np.intp]) -> Array:
        return padded[m + shift + length - 1 + lags]

    found = np.empty((lags + 1, lags + 1))
    for k in range(lags + 1):
        for j in range(k + 1):
            m = np.arange(-(length - j) + 1, length - k)
            pairs = np.minimum(length - k, m + length - j) - np.maximum(0, m)
            terms = at(0, m) * at(k - j, m) + at(-j, m) * at(k, m)
            found[k, j] = found[j, k] = pairs @ terms / ((length - k) * (length - j))
    return found


def whitening(covariance: Array, most: int) -> Array:
    """At most `most` directions of unit variance, (p, q): rows of p columns times it are white.

    Those of least variance are left out, and those that are left by rounding.
    """
    covariance = np.atleast_2d(covariance)
    spread = np.sqrt(np.diag(covariance))
    spread = np.where(spread > 0, spread, 1)
    variance, axes = np.linalg.eigh(covariance / np.outer(spread, spread))
    kept = np.flatnonzero(variance > SMALLEST * max(variance[-1], 0))[-max(1, most) :]
    if not len(kept) or not variance[-1] > 0:
        raise UndefinedLaw("the real series do not vary, so no distance has a unit")
    return axes[:, kept] / np.sqrt(variance[kept]) / spread[:, None]


def values(
    prefix: str, lags: int, directions: Array, wanted: Array, found: Array
) -> dict[str, float]:
    """Values of the mean products of a generated set, channels side by side."""
    off = (found - wanted) @ directions
    by_channel = found.reshape(-1, lags + 1), wanted.reshape(-1, lags + 1)
    scales = [products[:, :1] for products in by_channel]
    error = np.nan
    if all((scale > 0).all() for scale in scales):
        a, b = (products[:, 1:] / scale for products, scale in zip(by_channel, scales, strict=True))
        error = float(np.abs(a - b).max())
    return {f"{prefix}_distance": float(np.sqrt(np.mean(off**2))), f"{prefix}_error": error}


def ideal(prefix: str) -> dict[str, float]:
    """Of `values`."""
    return {f"{prefix}_distance": 0.0, f"{prefix}_error": 0.0}
