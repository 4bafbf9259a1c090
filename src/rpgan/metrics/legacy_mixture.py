"""Mixtures of two normal laws, fitted to each series as scikit-learn's `GaussianMixture` does."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Rows = NDArray[np.intp]

TOLERANCE, ITERATIONS, LEAST_VARIANCE = 1e-6, 500, 1e-6
MEANS_TOLERANCE, MEANS_ITERATIONS = 1e-4, 300  # of k-means, the former in units of the variance
DRAWS = 0.5488135039273248, 0.7151893663724195, 0.6027633760716439  # of RandomState(0)
CHUNK_SAMPLES = 2**16  # 0.5 MiB, so that samples and responsibilities stay in cache


class Mixture(NamedTuple):
    """Weights, means and variances of the two components, each of shape (n, 2)."""

    weight: Array
    mean: Array
    variance: Array


def fit_mixture(series: Array) -> Mixture:
    """Two components by expectation-maximisation; NaN for a series that is constant.

    Starts at weights and variances of the clusters of k-means, but at means of 0, which are free
    afterwards. Ends when the mean log-likelihood changes by less than 1e-6, or after 500 rounds.
    1e-6 is added to each variance: series should be of a scale that this leaves alone.
    """
    n, length = series.shape
    fitted = np.full((3, n, 2), np.nan)
    alive = np.flatnonzero(np.ptp(series, axis=1) > 0) if length else np.arange(0)
    step = max(1, CHUNK_SAMPLES // max(1, length))
    for start in range(0, len(alive), step):
        rows = alive[start : start + step]
        fitted[:, rows] = maximise(series[rows])
    return Mixture(*fitted)


def maximise(x: Array) -> Array:
    """Weights, means and variances of each row, shape (3, n, 2)."""
    found = np.empty((3, len(x), 2))
    current, last = start_of(x), np.full(len(x), -np.inf)
    rows = np.arange(len(x))
    for _ in range(ITERATIONS):
        likelihood, current = one_round(x, current)
        found[:, rows] = current
        going = np.abs(likelihood - last) >= TOLERANCE
        if not going.any():
            break
        last = likelihood
        if not going.all():
            x, rows, last, current = x[going], rows[going], last[going], current[:, going]
    return found


def one_round(x: Array, current: Array) -> tuple[Array, Array]:
    """Mean log-likelihood of the `current` mixture, and the next one.

    The log-odds of the two components are a parabola in x, so one exponential a sample gives both
    responsibilities.
    """
    weight, mean, variance = current
    constant = np.log(weight) - (np.log(2 * np.pi * variance) + mean**2 / variance) / 2
    linear, square = mean / variance, -0.5 / variance
    a, b, c = (np.diff(part, axis=1) for part in (square, linear, constant))
    odds = a * x
    odds += b
    odds *= x
    odds += c  # log of component 1 over component 0
    share = np.abs(odds)
    np.negative(share, out=share)
    np.exp(share, out=share)  # never overflows
    share += 1
    likelihood = np.log(share).sum(axis=1) + np.maximum(odds, 0).sum(axis=1)
    np.reciprocal(share, out=share)
    np.subtract(1, share, out=share, where=odds < 0)  # responsibility of component 1

    length = x.shape[1]
    moments = np.stack([np.full(len(x), float(length)), x.sum(axis=1), dot(x, x)])
    likelihood += square[:, 0] * moments[2] + linear[:, 0] * moments[1] + constant[:, 0] * length
    of_one = np.stack([share.sum(axis=1), dot(share, x), np.einsum("ij,ij,ij->i", share, x, x)])
    both = np.stack([moments - of_one, of_one], axis=2)  # (3, n, 2)
    return likelihood / length, from_moments(both)


def dot(a: Array, b: Array) -> Array:
    """Inner product of each pair of rows."""
    return np.einsum("ij,ij->i", a, b)


def from_moments(moments: Array) -> Array:
    """The mixture with these sums of responsibilities, times x, and times x^2."""
    count = moments[0] + 10 * np.finfo(float).eps
    mean = moments[1] / count
    variance = np.maximum(moments[2] / count - mean**2, 0) + LEAST_VARIANCE
    return np.stack([count / count.sum(axis=1, keepdims=True), mean, variance])


def start_of(x: Array) -> Array:
    """Weights and variances of the clusters of k-means, and means of 0."""
    ordered = np.sort(x, axis=1)
    split = clusters(x, ordered)
    below = np.arange(x.shape[1]) < split[:, None]
    sides = [cluster(ordered, side) for side in (below, ~below)]
    weight, variance = (np.stack(part, axis=1) for part in zip(*sides, strict=True))
    return np.stack([weight, np.zeros_like(weight), variance + LEAST_VARIANCE])


def cluster(x: Array, inside: NDArray[np.bool_]) -> tuple[Array, Array]:
    """Share and variance of the samples of each row that are `inside`."""
    count = inside.sum(axis=1)
    mean = np.where(inside, x, 0).sum(axis=1) / count
    centred = np.where(inside, x - mean[:, None], 0)
    return count / x.shape[1], dot(centred, centred) / count


def clusters(x: Array, ordered: Array) -> Rows:
    """How many samples of each row are in the lower of two clusters, by k-means.

    On a line a cluster is a range of the ordered samples, so its mean is a difference of sums.
    """
    first, second = starting_centres(x)
    sums = np.cumsum(ordered, axis=1)
    tolerance = MEANS_TOLERANCE * x.var(axis=1)
    starts = zip(np.minimum(first, second), np.maximum(first, second), strict=True)
    rows = zip(ordered, sums, starts, tolerance, strict=True)
    return np.array([k_means(*row) for row in rows], np.intp).reshape(len(x))


def k_means(ordered: Array, sums: Array, centres: tuple[float, float], tolerance: float) -> np.intp:
    """How many of the ordered samples of one series are in the lower cluster."""
    low, high = centres
    last = -1
    for _ in range(MEANS_ITERATIONS):
        split = ordered.searchsorted((low + high) / 2)
        before = low, high
        low = sums[split - 1] / split
        high = (sums[-1] - sums[split - 1]) / (len(ordered) - split)
        if split == last or (low - before[0]) ** 2 + (high - before[1]) ** 2 <= tolerance:
            break
        last = split
    return ordered.searchsorted((low + high) / 2)


def starting_centres(x: Array) -> tuple[Array, Array]:
    """Two samples of each row, as k-means++ [1]_ of scikit-learn draws them from seed 0.

    The second is the better of two, drawn by their squared distance from the first.

    References
    ----------
    .. [1] Arthur, Vassilvitskii. "k-means++: the advantages of careful seeding." SODA 2007.
    """
    length = x.shape[1]
    even = np.full(length, 1 / length).cumsum()
    first = x[:, (even / even[-1]).searchsorted(DRAWS[0], side="right")]
    distance = (x - first[:, None]) ** 2
    total = distance.cumsum(axis=1)
    pick = np.empty((2, len(x)))
    left = np.empty((2, len(x)))
    for i, draw in enumerate(DRAWS[1:]):
        pairs = zip(total, draw * total[:, -1], strict=True)
        place = np.array([row.searchsorted(value) for row, value in pairs])
        pick[i] = x[np.arange(len(x)), place.clip(0, length - 1)]
        left[i] = np.minimum(distance, (x - pick[i][:, None]) ** 2).sum(axis=1)
    return first, np.where(left[1] < left[0], pick[1], pick[0])
