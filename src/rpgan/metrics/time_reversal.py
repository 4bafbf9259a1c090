"""Whether time runs the same way: sharp rises and slow decays against the converse."""

from functools import partial
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from rpgan.errors import UndefinedLaw
from rpgan.metrics.acf import whitening
from rpgan.metrics.channels import pools
from rpgan.metrics.fitted import Fitted, Law, of_means
from rpgan.metrics.known import stationary, unchanged
from rpgan.metrics.magnitude_acf import unit
from rpgan.metrics.multitaper import chunks
from rpgan.metrics.profile import bounded
from rpgan.spec import spec

Array = NDArray[np.float64]


@spec
class TimeReversal:
    """Cubes of increments over several lags against those of the real series [1]_.

    Their mean is 0 for all series that are the same in law backwards, as Gaussian ones are, and
    changes sign with the direction of time. Samples are bounded as those of `Profile`, so that the
    cubes have all moments.

    ``time_reversal_distance``
        Mahalanobis distance of the mean cubes from those of the real series, per direction, in
        standard deviations of one real series; the floor is sqrt(2 / n).
    ``time_reversal_error``
        Largest difference of the skewness of increments, mean cube over mean square^(3/2).

    Of a law with stationary increments these take the place of samples. Several channels count side
    by side.

    Parameters
    ----------
    lags : tuple of int >= 1
        In samples; those beyond a quarter of the length are left out.

    References
    ----------
    .. [1] Ramsey, Rothman. "Time irreversibility and business cycle asymmetry." J. Money, Credit
       and Banking 28 (1996), 1-21; in their statistic the two middle terms of the cube.
    """

    blind: ClassVar[str] = "all that is the same when time runs backwards"

    lags: tuple[int, ...] = (1, 2, 4, 8, 16, 32)
    name: Literal["time_reversal"] = "time_reversal"

    def __post_init__(self) -> None:
        if not self.lags or min(self.lags) < 1 or len(set(self.lags)) < len(self.lags):
            raise ValueError(f"lags must be different numbers of at least 1, got {self.lags}")

    def fit(self, real: Array, law: Law | None) -> Fitted:
        """See `rpgan.metrics`. Undefined for images, short series and constant real ones."""
        if real.ndim > 3:
            raise UndefinedLaw(f"items of shape {real.shape[1:]} are images, not series in time")
        made = unchanged if law is None else stationary(law)[1]
        length = made(real[:1]).shape[-1]
        lags = [lag for lag in self.lags if 4 * lag <= length]
        if not lags:
            raise UndefinedLaw(
                f"series of {length} samples are too short for increments over {min(self.lags)}"
            )
        units = [unit(pool) for pool in pools(made(real))]

        def statistic(series: Array) -> Array:
            pooled = zip(pools(made(series)), units, strict=True)
            parts = [powers(bounded(pool, *pair), lags) for pool, pair in pooled]
            return np.concatenate(parts, axis=1)

        rows = statistic(real)
        directions = whitening(np.cov(cubes(rows, len(lags)), rowvar=False), len(real) // 4)
        return of_means(
            statistic,
            partial(values, len(lags), directions, rows.mean(axis=0)),
            {"time_reversal_distance": 0.0, "time_reversal_error": 0.0},
        )


def powers(series: Array, lags: list[int]) -> Array:
    """Mean cubes, then mean squares, of the increments over each lag, (n, 2 * lags)."""
    found = np.empty((len(series), 2, len(lags)))
    for rows in chunks(*series.shape):
        few = series[rows]
        for i, lag in enumerate(lags):
            step = few[:, lag:] - few[:, :-lag]
            square = step * step
            found[rows, 0, i] = np.einsum("nt,nt->n", square, step) / step.shape[1]
            found[rows, 1, i] = square.mean(axis=1)
    return found.reshape(len(series), -1)


def cubes(rows: Array, lags: int) -> Array:
    """The mean cubes of all channels, (..., channels * lags)."""
    return rows.reshape(*rows.shape[:-1], -1, 2, lags)[..., 0, :].reshape(*rows.shape[:-1], -1)


def skewness(mean: Array, lags: int) -> Array:
    """Mean cubes over mean squares^(3/2), (channels, lags); NaN where nothing changes."""
    cube, square = np.moveaxis(mean.reshape(-1, 2, lags), 1, 0)
    return np.where(square > 0, cube / np.where(square > 0, square, 1) ** 1.5, np.nan)


def values(lags: int, directions: Array, wanted: Array, found: Array) -> dict[str, float]:
    """Values of the mean row of a generated set."""
    off = (cubes(found, lags) - cubes(wanted, lags)) @ directions
    apart = np.abs(skewness(found, lags) - skewness(wanted, lags))
    return {
        "time_reversal_distance": float(np.sqrt(np.mean(off**2))),
        "time_reversal_error": float(apart.max()),
    }
