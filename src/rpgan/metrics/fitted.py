"""A metric that has seen the real set, and what it may ask of the law of that set."""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Protocol

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


@dataclass(frozen=True)
class SeriesSet:
    """Series, shape (n, ...), and what is known beside each of them by name, shape (n,).

    That is the label, or the parameters that the series was drawn with or that were asked for.
    `training`, of a real set, are the series that generators were trained on, (m, ...), if at hand.
    """

    series: NDArray[Any]
    beside: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    training: NDArray[Any] | None = None

    def __len__(self) -> int:
        return len(self.series)

    def take(self, rows: NDArray[Any]) -> "SeriesSet":
        """The series at these places, or where this is true."""
        beside = {name: of[rows] for name, of in self.beside.items()}
        return SeriesSet(self.series[rows], beside, self.training)


Values = dict[str, float]
Series = NDArray[Any] | SeriesSet


@dataclass(frozen=True)
class Fitted:
    """A metric that has seen the real set; see `rpgan.metrics` for what its parts mean.

    `deleted` is for metrics that know a cheaper way to the values without some of the rows than
    `compare` of the others: (rows, groups) -> the values without each group in turn, where group g
    is every `groups`-th row from g on. `interval` replaces the one that they would give: rows ->
    {name: (low, high)}. `reads_beside` says that `statistic` takes a `SeriesSet`. `floor_draws` are
    as many fresh draws as a costly metric can afford. `ideal_of` has those ideals that depend on
    how many series there are: n -> {name: the value that n series of the law have on average}.
    """

    statistic: Callable[[Any], Array]
    compare: Callable[[Array], Values]
    ideal: Mapping[str, float]
    deleted: Callable[[Array, int], list[Values]] | None = None
    interval: Callable[[Array], dict[str, tuple[float, float]]] | None = None
    reads_beside: bool = False
    floor_draws: int | None = None
    ideal_of: Callable[[int], Mapping[str, float]] | None = None

    def ideals(self, n: int) -> Mapping[str, float]:
        """`ideal` for a set of n series."""
        return self.ideal if self.ideal_of is None else {**self.ideal, **self.ideal_of(n)}

    def rows(self, given: SeriesSet) -> Array:
        """One row per series. Raises UndefinedLaw if what the metric needs is not beside them."""
        return self.statistic(given if self.reads_beside else given.series)

    def __call__(self, series: Series) -> dict[str, float]:
        """Values of a generated set of series, shape (n, length)."""
        given = series if isinstance(series, SeriesSet) else SeriesSet(series)
        return self.compare(self.rows(given))


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
    """What every metric is.

    One with ``reads_beside = True`` or ``reads_training = True`` is given a `SeriesSet` as `real`.
    """

    @property
    def name(self) -> str: ...

    def fit(self, real: Any, law: Law | None) -> Fitted: ...


def fit_all(
    metrics: Iterable[Fittable], law: Law | None, real: Series, threads: int = 1
) -> tuple[dict[str, Fitted], dict[str, str]]:
    """The metrics that exist for `law`, fitted to `real`, and why each of the others does not.

    Both by name. So many `threads` look at the real set at a time.
    """
    metrics = list(metrics)
    names = [metric.name for metric in metrics]
    for name in names:
        if names.count(name) > 1:
            raise UserError(f"metrics must differ, but {name} is listed twice: remove one")
    given = real if isinstance(real, SeriesSet) else SeriesSet(real)

    def fit(metric: Fittable) -> Fitted | str:
        whole = any(getattr(metric, f"reads_{what}", False) for what in ("beside", "training"))
        try:
            return metric.fit(given if whole else given.series, law)
        except UndefinedLaw as reason:
            return str(reason)

    with ThreadPoolExecutor(threads) as pool:
        found = dict(zip(names, pool.map(fit, metrics), strict=True))
    fitted = {name: one for name, one in found.items() if isinstance(one, Fitted)}
    return fitted, {name: why for name, why in found.items() if isinstance(why, str)}


HUGE = 1e38  # that single precision holds


def as_set(series: Series, whose: str) -> SeriesSet:
    """`series` as float64, samples beyond +-1e38 as that, and what is beside them.

    All sets are rounded to single precision first, in which files hold series: a perfect generator
    and a fresh draw must not differ by what only more digits tell, as whether a difference is 0.

    Raises
    ------
    UserError
        If the shape is not (n, length) or (n, channels, ...), there are fewer than 2, samples are
        no real numbers, or a column beside them has not one value per series.
    """
    given = series if isinstance(series, SeriesSet) else SeriesSet(series)
    shape = np.shape(given.series)
    if len(shape) < 2 or shape[0] < 2:
        raise UserError(
            f"at least 2 series of shape (n, length) or (n, channels, length) are scored, but the "
            f"{whose} series have shape {shape}: generate more, one per row"
        )
    kind = np.asarray(given.series).dtype
    if kind.kind not in "fiub":
        raise UserError(
            f"samples that are scored are real numbers, but those of the {whose} series are of "
            f"type {kind}: give complex ones as two channels"
        )
    for name, values in given.beside.items():
        if np.shape(values) != shape[:1]:
            raise UserError(
                f"the column {name} must have one value for each of the {shape[0]} {whose} series, "
                f"got shape {np.shape(values)}: leave it out, or give them all"
            )
    found = np.asarray(given.series, dtype=np.float64)
    fits = found.max(initial=0) <= HUGE and found.min(initial=0) >= -HUGE  # not with NaN
    found = found if fits else clipped(found)
    found = found if kind == np.float32 else rounded(found)
    return SeriesSet(found, given.beside, given.training)


def rounded(series: Array) -> Array:
    """What single precision leaves of `series`."""
    return series.astype(np.float32).astype(np.float64)


def clipped(series: Array) -> Array:
    """Finite samples within +-1e38, others as they are."""
    return np.where(np.isfinite(series), series.clip(-HUGE, HUGE), series)


def finite(given: SeriesSet) -> NDArray[np.bool_]:
    """Which series have only finite samples, (n,)."""
    return np.all(np.isfinite(given.series).reshape(len(given), -1), axis=1)


def only_finite(given: SeriesSet) -> SeriesSet:
    """The series without those that have NaN or infinite samples."""
    kept = finite(given)
    return given if kept.all() else given.take(kept)


def as_real(series: Series) -> SeriesSet:
    """`as_set` of real series. UserError if some are not finite: nothing is held against them."""
    real = as_set(series, "real")
    broken = len(real) - int(finite(real).sum())
    if broken:
        raise UserError(
            f"real series must be finite, but {broken} of {len(real)} have NaN or infinite samples:"
            " leave these out of the recordings, or mend the process"
        )
    return real


NOT_FINITE = Fitted(
    statistic=lambda given: np.where(finite(given), 0.0, 1.0)[:, None],
    compare=lambda rows: {"not_finite": float(rows.mean())},
    ideal={"not_finite": 0.0},
    reads_beside=True,
)
