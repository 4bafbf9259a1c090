"""Whether generated series repeat each other."""

from functools import partial
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from rpgan.errors import UndefinedLaw
from rpgan.metrics.features import standardised
from rpgan.metrics.fitted import Fitted, Law
from rpgan.metrics.neighbours import dealt, least_of_others, squared_distances
from rpgan.spec import spec

Array = NDArray[np.float64]


@spec
class Duplicates:
    """How near generated series are to each other, by their features, against real ones.

    ``duplicate_share``
        Share of the generated series that have another one nearer than `nearness` times the median
        nearest distance of real series. Copies, and near copies, are all in it; of a continuous law
        hardly any series is.
    ``duplicate_nearest``
        Median distance of a generated series to the nearest other one, over that of real series.
        Ideally 1 if there are as many of both, else there is no saying; it falls as the generator
        collapses, and as there are more series.

    `copies` looks for those of the training set.

    Parameters
    ----------
    nearness : float in (0, 1)
    """

    blind: ClassVar[str] = "copies of the training set, and lack of variety that is no repetition"

    nearness: float = 0.1
    name: Literal["duplicates"] = "duplicates"

    def __post_init__(self) -> None:
        if not 0 < self.nearness < 1:
            raise ValueError(f"nearness must lie in (0, 1), got {self.nearness}")

    def fit(self, real: Array, law: Law | None) -> Fitted:
        """See `rpgan.metrics`. Undefined where real series repeat each other."""
        statistic = standardised(real)
        typical = float(np.median(nearest(statistic(real), 1)))
        if not typical > 1e-6:  # rounding
            raise UndefinedLaw("half of the real series are copies, as far as features tell")

        def ideal_of(n: int) -> dict[str, float]:
            return {"duplicate_nearest": 1.0 if n == len(real) else np.nan}

        return Fitted(
            statistic,
            partial(self.compare, typical),
            {"duplicate_share": 0.0, "duplicate_nearest": 1.0},
            partial(self.deleted, typical),
            ideal_of=ideal_of,
        )

    def compare(self, typical: float, fake: Array) -> dict[str, float]:
        """Values of the features `fake`."""
        return self.values(typical, nearest(fake, 1)[:, 0])

    def deleted(self, typical: float, fake: Array, groups: int) -> list[dict[str, float]]:
        """See `Fitted`."""
        by_group, group = nearest(fake, groups), np.arange(len(fake)) % groups
        return [
            self.values(typical, left[group != g])
            for g, left in enumerate(least_of_others(by_group))
        ]

    def values(self, typical: float, distance: Array) -> dict[str, float]:
        """Values of the distance of each series to the nearest other one."""
        return {
            "duplicate_share": float((distance < self.nearness * typical).mean()),
            "duplicate_nearest": float(np.median(distance)) / typical,
        }


def nearest(features: Array, groups: int) -> Array:
    """Distance of each row to the nearest other row of each group, (n, groups); inf if none."""
    order, starts = dealt(len(features), groups)
    at = np.argsort(order)
    found = np.empty((len(features), groups))
    for rows, squared in squared_distances(features, features[order]):
        squared[np.arange(len(squared)), at[rows]] = np.inf
        found[rows] = np.sqrt(np.minimum.reduceat(squared, starts, axis=1))
    return found
