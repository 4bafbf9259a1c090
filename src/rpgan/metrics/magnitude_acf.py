"""The autocovariance of how large samples are: bursts, and volatility that persists."""

from functools import partial
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from rpgan.errors import UndefinedLaw
from rpgan.metrics.acf import count, ideal, side_by_side, values, whitening
from rpgan.metrics.channels import pools
from rpgan.metrics.features import thinned
from rpgan.metrics.fitted import Fitted, Law, of_means
from rpgan.spec import spec

Array = NDArray[np.float64]


@spec
class MagnitudeACF:
    """Sample autocovariances of ln(1 + (x - median)^2 / size^2) against those of the real series.

    `size` is the real series' median distance from their median. The logarithm has all moments
    whatever the law, where squares of heavy-tailed series have no covariance.

    ``magnitude_acf_distance``
        Mahalanobis distance of the mean over series from that of the real ones, per direction, in
        standard deviations of one real series; the floor is sqrt(2 / n).
    ``magnitude_acf_error``
        Largest difference between the autocorrelations at lags 1 .. `lags`.

    Parameters
    ----------
    lags : int >= 1
        At most a quarter of the length is used.
    """

    blind: ClassVar[str] = "signs, lags beyond the last, and dependence of third and higher order"

    lags: int = 32
    name: Literal["magnitude_acf"] = "magnitude_acf"

    def __post_init__(self) -> None:
        if not self.lags >= 1:
            raise ValueError(f"lags must be at least 1, got {self.lags}")

    def fit(self, real: Array, law: Law | None) -> Fitted:
        """See `rpgan.metrics`. Defined for every law; not for images, nor constant real series."""
        lags = count(self.lags, real[:1])
        units = [unit(pool) for pool in pools(real)]
        means = [
            float(log_size(pool, *pair).mean())
            for pool, pair in zip(pools(real), units, strict=True)
        ]

        def statistic(series: Array) -> Array:
            sizes = [log_size(p, *pair) for p, pair in zip(pools(series), units, strict=True)]
            return side_by_side(np.stack(sizes, axis=1), means, lags)

        rows = statistic(real)
        directions = whitening(np.cov(rows, rowvar=False), len(real) // 4)
        wanted = rows.mean(axis=0)
        return of_means(
            statistic,
            partial(values, "magnitude_acf", lags, directions, wanted),
            ideal("magnitude_acf"),
        )


def unit(pool: Array) -> tuple[float, float]:
    """Median of all samples, and their median distance from it."""
    few = thinned(pool.ravel())
    centre = float(np.median(few))
    size = float(np.median(np.abs(few - centre))) or float(np.abs(few - centre).mean())
    if size == 0:
        raise UndefinedLaw("the real series are constant, so have no magnitude")
    return centre, size


def log_size(series: Array, centre: float, size: float) -> Array:
    """ln(1 + ((x - centre) / size)^2)."""
    return np.log1p(((series - centre) / size) ** 2)
