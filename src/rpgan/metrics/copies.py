"""Whether generated series repeat those that the generator was trained on."""

from functools import partial
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from rpgan.errors import UndefinedLaw
from rpgan.metrics.features import standardised
from rpgan.metrics.fitted import Fitted, Law, SeriesSet, rounded
from rpgan.spec import spec

Array = NDArray[np.float64]

AT_ONCE = 1024  # series of the training set, which may be several times as large as the others
ROWS = 64  # per block: 16384 columns of float64 are 8 MiB


@spec
class Copies:
    """How near generated series are to those of the training set, by features, against real ones.

    ``copy_share``
        Share of the generated series that have one of the training set nearer than `nearness` times
        the median of that distance of real series, which no generator has seen. Copies, and near
        copies, are all in it; of a continuous law hardly any series is.
    ``copy_nearest``
        Median distance of a generated series to the nearest one of the training set, over that of
        real series; ideally 1. Less is a generator that makes variations of what it has seen; more
        is one whose series are like no real ones.

    A generator that repeats its training set is at the floor of most other metrics.

    Parameters
    ----------
    nearness : float in (0, 1)
    """

    blind: ClassVar[str] = "all of a series but its distance to the nearest one of the training set"
    reads_training: ClassVar[bool] = True

    nearness: float = 0.1
    name: Literal["copies"] = "copies"

    def __post_init__(self) -> None:
        if not 0 < self.nearness < 1:
            raise ValueError(f"nearness must lie in (0, 1), got {self.nearness}")

    def fit(self, real: SeriesSet, law: Law | None) -> Fitted:
        """See `rpgan.metrics`. Undefined without a training set, or if real series are in it."""
        training = real.training
        if training is None or training.shape[1:] != real.series.shape[1:]:
            raise UndefinedLaw("no training set of series like these is at hand")
        features = standardised(real.series)
        starts = range(0, len(training), AT_ONCE)
        seen = np.concatenate(
            [features(rounded(training[i : i + AT_ONCE]), once=True) for i in starts]
        )
        if not np.isfinite(seen).all():
            raise UndefinedLaw("the training set has NaN or infinite samples")
        typical = float(np.median(nearest(features(real.series), seen)))
        if not typical > 1e-6:  # rounding
            raise UndefinedLaw("half of the real series are in the training set, by their features")
        return Fitted(
            lambda series: nearest(features(series), seen)[:, None] / typical,
            partial(compare, self.nearness),
            {"copy_share": 0.0, "copy_nearest": 1.0},
        )


def nearest(features: Array, seen: Array) -> Array:
    """Distance of each row to the nearest one of `seen`, (n,): right to 1e-8 of the largest."""
    half = np.einsum("ij,ij->i", seen, seen) / 2
    squares = np.einsum("ij,ij->i", features, features)
    for start in range(0, len(features), ROWS):
        rows = slice(start, start + ROWS)
        products = features[rows] @ seen.T
        squares[rows] += 2 * np.subtract(half, products, out=products).min(axis=1)
    return np.sqrt(np.maximum(squares, 0))


def compare(nearness: float, distances: Array) -> dict[str, float]:
    """Values of the distances in units of the typical one, (n, 1)."""
    return {
        "copy_share": float((distances < nearness).mean()),
        "copy_nearest": float(np.median(distances)),
    }
