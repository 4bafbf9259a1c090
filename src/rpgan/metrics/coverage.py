"""How far generated series lie among the real ones, and reach all of them."""

from dataclasses import dataclass
from functools import lru_cache, partial
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
class Coverage:
    """Density and coverage [1]_ of the features, see `rpgan.metrics.features`.

    A ball around each real series reaches to its k-th nearest real one.

    ``feature_coverage_1``, and so on up to `k`
        Share of the balls with a generated series in them. Ideally `expected_coverage`.
    ``feature_density``
        Balls that a generated series lies in, on average, over k; ideally 1.
    ``feature_density_clipped``
        Share of the k balls, at most k counted, that a generated series lies in [2]_, over the same
        for real ones, where no ball is larger than the median one; ideally 1: how typical the
        series are, whatever the outliers.
    ``feature_coverage_clipped``
        The share of good series that would fill the balls as much, at most k counted in each [2]_;
        ideally 1: how varied they are.

    Readable, but the least powerful of the primary metrics: diagnostics, not a headline.

    Parameters
    ----------
    k : int >= 1
        Neighbours: a coverage of more than 5 is so close to 1 that it cannot tell anything.

    References
    ----------
    .. [1] Naeem et al. "Reliable fidelity and diversity metrics for generative models." ICML 2020.
    .. [2] Salvy, Talbot, Thirion. "Enhanced generative model evaluation with clipped density and
       coverage." arXiv 2507.01761 (2025).
    """

    blind: ClassVar[str] = (
        "what leaves the features of a series alone, and small shifts of all series together: most "
        "balls stay filled"
    )

    k: int = 5
    name: Literal["coverage"] = "coverage"

    def __post_init__(self) -> None:
        if not self.k >= 1:
            raise ValueError(f"k must be at least 1, got {self.k}")

    def fit(self, real: Array, law: Law | None) -> Fitted:
        """See `rpgan.metrics`. Undefined for no more than k real series, and constant ones."""
        if len(real) <= self.k:
            raise UndefinedLaw(f"{len(real)} real series have no {self.k}-th nearest neighbour")
        statistic = standardised(real)
        target = statistic(real)
        balls = Balls.around(target, self.k)
        ideal_of = partial(expected_coverages, len(real), self.k)
        names = ["feature_density", "feature_density_clipped", "feature_coverage_clipped"]
        return Fitted(
            statistic,
            partial(compare, balls),
            ideal_of(len(real)) | dict.fromkeys(names, 1.0),
            partial(deleted, balls),
            ideal_of=ideal_of,
        )


@dataclass(frozen=True)
class Balls:
    """Around each real row, (n, features): squared radii to the 1st .. k-th nearest, (n, k)."""

    centres: Array
    radii: Array
    typical: float  # clipped density of the real rows among themselves

    @classmethod
    def around(cls, centres: Array, k: int) -> "Balls":
        """The balls of `centres`, to the k-th nearest."""
        n = len(centres)
        radii = np.empty((n, k))
        for rows, squared in squared_distances(centres, centres, same=True):
            radii[rows] = np.sort(np.partition(squared, k - 1, axis=1)[:, :k], axis=1)
        clipped = np.minimum(radii[:, -1], np.median(radii[:, -1]))
        inside = np.zeros(n)
        for rows, squared in squared_distances(centres, centres, same=True):
            inside += (squared <= clipped[rows, None]).sum(axis=0)
        return cls(centres, radii, float(np.minimum(inside / k, 1).mean()))

    @property
    def k(self) -> int:
        """Neighbours."""
        return self.radii.shape[1]

    @property
    def clipped(self) -> Array:
        """Largest squared radii, none above the median one."""
        return np.minimum(self.radii[:, -1], np.median(self.radii[:, -1]))


@dataclass(frozen=True)
class Tally:
    """What generated rows have to do with the balls, by groups of rows as `jackknife` deals them.

    nearest, inside : (balls, groups)
        Squared distance of the nearest row of each group, and how many are in the largest ball.
    around, around_clipped : (rows,)
        Largest balls that each row is in, and of these with no radius above the median one.
    """

    nearest: Array
    inside: Array
    around: Array
    around_clipped: Array


def tally(balls: Balls, fake: Array, groups: int) -> Tally:
    """Count the rows of `fake`, (n, features)."""
    order, starts = dealt(len(fake), groups)
    nearest, inside = np.empty((2, len(balls.centres), groups))
    around, around_clipped = np.zeros((2, len(fake)))
    for rows, squared in squared_distances(balls.centres, fake[order]):
        nearest[rows] = np.minimum.reduceat(squared, starts, axis=1)
        within = squared <= balls.radii[rows, -1:]
        inside[rows] = np.add.reduceat(within, starts, axis=1, dtype=np.float64)
        around[order] += within.sum(axis=0)
        around_clipped[order] += (squared <= balls.clipped[rows, None]).sum(axis=0)
    return Tally(nearest, inside, around, around_clipped)


def compare(balls: Balls, fake: Array) -> dict[str, float]:
    """Values of the features `fake` of a generated set."""
    found = tally(balls, fake, 1)
    nearest, inside = found.nearest[:, 0], found.inside[:, 0]
    return values(balls, nearest, inside, found.around, found.around_clipped)


def deleted(balls: Balls, fake: Array, groups: int) -> list[dict[str, float]]:
    """See `Fitted`."""
    found, group = tally(balls, fake, groups), np.arange(len(fake)) % groups
    total = found.inside.sum(axis=1)
    return [
        values(
            balls,
            nearest,
            total - found.inside[:, g],
            found.around[group != g],
            found.around_clipped[group != g],
        )
        for g, nearest in enumerate(least_of_others(found.nearest))
    ]


def values(
    balls: Balls, nearest: Array, inside: Array, around: Array, around_clipped: Array
) -> dict[str, float]:
    """Values of a tally over all groups."""
    k, n = balls.k, len(around)
    covered = (nearest[:, None] <= balls.radii).mean(axis=0)
    filled = float(np.minimum(inside, k).mean()) / k
    typical = float(np.minimum(around_clipped / k, 1).mean())
    return {
        **{f"feature_coverage_{j + 1}": float(share) for j, share in enumerate(covered)},
        "feature_density": float(around.mean()) / k,
        "feature_density_clipped": typical / balls.typical if balls.typical > 0 else np.nan,
        "feature_coverage_clipped": good_share(filled, len(balls.centres), n, k),
    }


def expected_coverages(real: int, k: int, fake: int) -> dict[str, float]:
    """`expected_coverage` of the nearest to the k-th nearest neighbour, by name."""
    return {f"feature_coverage_{j}": expected_coverage(real, fake, j) for j in range(1, k + 1)}


def expected_coverage(real: int, fake: int, k: int) -> float:
    """E of coverage if both sets have the same continuous law: exact, for any law and metric.

    1 - prod_{i < k} (real - 1 - i) / (real + fake - 1 - i): none of the k nearest neighbours of a
    real series, among all others, is a generated one.
    """
    i = np.arange(k)
    return float(1 - np.prod((real - 1 - i) / (real + fake - 1 - i)))


def good_share(filled: float, real: int, fake: int, k: int) -> float:
    """The share of good generated series at which balls are filled that much on average.

    From 0 up to 2, so that the value of a perfect generator varies about 1 on both sides.
    """
    shares, expected = expected_filling(real, fake, k)
    return float(np.interp(filled, expected, shares))


@lru_cache(maxsize=64)
def expected_filling(real: int, fake: int, k: int) -> tuple[Array, Array]:
    """Shares of good series from 0 to 2, and the mean of min(k, series in a ball) / k for each.

    A ball holds a Beta(k, real - k) share p of the law; of `fake` series, each good and in it with
    probability share * p, a binomial number is.
    """
    from scipy.special import bdtr, betainc, betaincinv

    edges = np.linspace(0, betaincinv(k, real - k, 1 - 1e-12), 401)
    middle, weight = (edges[1:] + edges[:-1]) / 2, np.diff(betainc(k, real - k, edges))
    shares = np.linspace(0, 2, 101)
    chance = np.minimum(shares[:, None] * middle, 1)
    more = sum(1 - bdtr(float(c), fake, chance) for c in range(min(k, fake)))
    return shares, more @ weight / (k * weight.sum())
