"""A metric that has seen the real set, and what it may ask of the law of that set."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from rpgan.errors import UndefinedLaw, UserError

Array = NDArray[np.float64]


class Law(Protocol):
    """What metrics and floors ask of a random process; those of `rpgan.processes` have it."""

    @property
    def tail_index(self) -> float:
        """Moments of this order and above are infinite; inf if all moments exist."""
        ...

    def sample(self, n: int, length: int, rng: np.random.Generator) -> Array:
        """`n` independent series, shape (n, length) or (n, channels, length)."""
        ...

    def estimate(self, series: Array) -> Mapping[str, Array]:
        """Name of each parameter and its estimate from each series, NaN where there is none."""
        ...

    def truth(self) -> Mapping[str, float]:
        """Name of each parameter and its true value."""
        ...


Values = dict[str, float]


@dataclass(frozen=True)
class Fitted:
    """A metric that has seen the real set; see `rpgan.metrics` for what its parts mean.

    `deleted` is for metrics that know a cheaper way to the values without some of the rows than
    `compare` of the others: (rows, groups) -> the values without each group in turn, where group g
    is every `groups`-th row from g on.
    """

    statistic: Callable[[Array], Array]
    compare: Callable[[Array], Values]
    ideal: Mapping[str, float]
    deleted: Callable[[Array, int], list[Values]] | None = None

    def __call__(self, series: Array) -> dict[str, float]:
        """Values of a generated set of series, shape (n, length)."""
        return self.compare(self.statistic(series))


def of_means(
    statistic: Callable[[Array], Array],
    values: Callable[[Array], Values],
    ideal: Mapping[str, float],
) -> Fitted:
    """A metric whose `values` depend on nothing but the mean row, shape (k,)."""

    def deleted(rows: Array, groups: int) -> list[Values]:
        sums = np.array([rows[g::groups].sum(axis=0) for g in range(groups)])
        left = len(rows) - np.bincount(np.arange(len(rows)) % groups)
        others = (1 - np.eye(groups)) @ sums  # added up anew: one huge row would cancel the rest
        return [values(row / n) for row, n in zip(others, left, strict=True)]

    return Fitted(statistic, lambda rows: values(rows.mean(axis=0)), ideal, deleted)


class Fittable(Protocol):
    """What every metric is."""

    @property
    def name(self) -> str: ...

    def fit(self, real: Array, law: Law | None) -> Fitted: ...


def fit_all(
    metrics: Iterable[Fittable], law: Law | None, real: Array
) -> tuple[list[Fitted], dict[str, str]]:
    """The metrics that exist for `law`, fitted to `real`, and why each of the others does not."""
    fitted: dict[str, Fitted] = {}
    skipped: dict[str, str] = {}
    for metric in metrics:
        if metric.name in fitted or metric.name in skipped:
            raise UserError(f"metrics must differ, but {metric.name} is listed twice: remove one")
        try:
            fitted[metric.name] = metric.fit(real, law)
        except UndefinedLaw as reason:
            skipped[metric.name] = str(reason)
    return list(fitted.values()), skipped


HUGE = 1e50  # the fourth power of which, and a sum of many, is still finite


def as_series(series: NDArray[np.floating], whose: str) -> Array:
    """`series` as float64, if they are finite; samples beyond +-1e50 count as that.

    Raises
    ------
    UserError
        If the shape is not (n, length) or (n, channels, ...), or a sample is NaN or infinite.
    """
    if np.ndim(series) < 2 or len(series) < 2:
        raise UserError(
            f"at least 2 series of shape (n, length) or (n, channels, length) are scored, but the "
            f"{whose} series have shape {np.shape(series)}: generate more, one per row"
        )
    broken = int((~np.isfinite(series).reshape(len(series), -1).all(axis=1)).sum())
    if broken:
        raise UserError(
            f"finite samples are scored, but {broken} of {len(series)} {whose} series have NaN or "
            "infinite samples: mend the generator, or leave these series out and say so"
        )
    found = np.asarray(series, dtype=np.float64)
    fits = found.max(initial=0) <= HUGE and found.min(initial=0) >= -HUGE
    return found if fits else found.clip(-HUGE, HUGE)
