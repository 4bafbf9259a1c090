"""Energy distance of the features of two sets."""

from functools import partial
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from rpgan.metrics.features import standardised
from rpgan.metrics.fitted import Fitted, Law
from rpgan.metrics.neighbours import dealt, squared_distances
from rpgan.spec import spec

Array = NDArray[np.float64]


@spec
class EnergyDistance:
    """2 E|x - y| - E|x - x'| - E|y - y'| of the features x, y of generated and real series [1]_.

    ``energy_distance`` is 0 exactly if the laws of the features agree; the estimate is unbiased, so
    its floor is 0 and it may be negative. In units of the spread of real features, see
    `rpgan.metrics.features`. It is the most sensitive of the metrics that need no law.

    References
    ----------
    .. [1] Szekely, Rizzo. "Energy statistics: A class of statistics based on distances."
       J. Statist. Plann. Inference 143 (2013), 1249-1272.
    """

    blind: ClassVar[str] = (
        "what leaves the features of a series alone: narrow spectral lines, phase, order of events"
    )

    name: Literal["energy_distance"] = "energy_distance"

    def fit(self, real: Array, law: Law | None) -> Fitted:
        """See `rpgan.metrics`. Defined for every law; not for images, nor constant real series."""
        statistic = standardised(real)
        target = statistic(real)
        within = float(within_groups(target, 1)[0, 0]) / (len(target) * (len(target) - 1))
        return Fitted(
            statistic,
            partial(compare, target, within),
            {"energy_distance": 0.0},
            partial(deleted, target, within),
        )


def compare(real: Array, within: float, fake: Array) -> dict[str, float]:
    """Value of the features `fake`; `within` is the mean distance between real series."""
    return value(between(real, fake).mean(), within_groups(fake, 1)[0, 0], within, len(fake))


def deleted(real: Array, within: float, fake: Array, groups: int) -> list[dict[str, float]]:
    """See `Fitted`."""
    to_real, pairs = between(real, fake), within_groups(fake, groups)
    group = np.arange(len(fake)) % groups
    found = []
    for g in range(groups):
        left = to_real[group != g]
        of_left = np.delete(np.delete(pairs, g, axis=0), g, axis=1).sum()
        found.append(value(left.mean(), of_left, within, len(left)))
    return found


def value(to_real: float, pairs: float, within: float, n: int) -> dict[str, float]:
    """Of a mean distance to real series, and the sum over ordered pairs of `n` generated ones."""
    apart = pairs / (n * (n - 1)) if n > 1 else np.nan
    return {"energy_distance": float(2 * to_real - apart - within)}


def between(real: Array, fake: Array) -> Array:
    """Mean distance of each generated row to the real ones, shape (n,)."""
    found = np.empty(len(fake))
    for rows, squared in squared_distances(fake, real):
        found[rows] = np.sqrt(squared, out=squared).mean(axis=1)
    return found


def within_groups(features: Array, groups: int) -> Array:
    """Sums of the distances between rows of group g and rows of group h, shape (groups, groups)."""
    order, starts = dealt(len(features), groups)
    group = np.arange(len(features)) % groups
    sums = np.zeros((groups, groups))
    for rows, squared in squared_distances(features, features[order]):
        distance = np.sqrt(squared, out=squared)
        at_self = np.argsort(order)[rows]
        distance[np.arange(len(distance)), at_self] = 0
        np.add.at(sums, group[rows], np.add.reduceat(distance, starts, axis=1))
    return sums
