"""The values that a perfect generator would reach: the law itself, drawn again."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rpgan.metrics.fitted import (
    NOT_FINITE,
    Fittable,
    Fitted,
    Law,
    Series,
    SeriesSet,
    as_real,
    as_set,
    fit_all,
    only_finite,
)

Array = NDArray[np.float64]

DRAWS = 39


def draw_floor(
    metrics: Iterable[Fittable],
    law: Law | None,
    real: Series,
    rng_for: Callable[[int], np.random.Generator],
    draws: int = DRAWS,
    n: int | None = None,
    threads: int = 1,
) -> pd.DataFrame:
    """Every value of the metrics for fresh sets drawn from the law, against the same real set.

    No generator can do better than this. A set from a perfect generator and the fresh sets are
    exchangeable, so its value falls outside [min, max] of 39 draws with probability 2 / 40: that
    range is an exact 95 % prediction interval, whatever the metric and its distribution.

    Recorded data have no law to draw from. There each draw splits the real set at random into
    halves and compares one with the other: that is the floor of half as many series against
    half as many (for a distance about sqrt(2) times too high), and as the draws share their
    series the range is no longer an exact interval.

    Parameters
    ----------
    metrics : those that do not exist for `law` are left out; `score` says why
    law : the process, None for recorded data
    real : (n, length) or (n, channels, length), or a `SeriesSet` with what is known beside them
    rng_for : the generator of random numbers of draw b = 0, 1, ...,
        e.g. ``partial(rpgan.randomness.generator, seed, "floor", dataset)``
    draws : fresh sets; metrics with a `floor_draws` of their own get no more than that
    n : series of a fresh set, as many as the generated set will have; by default as many as `real`
    threads : draws at a time; the result does not depend on it, the memory in use does

    Returns
    -------
    DataFrame with columns metric (the name of a value), draw, value, n (series of the fresh set)
    """
    metrics, real = list(metrics), as_real(real)
    values = half_split(metrics, real) if law is None else fresh_draw(metrics, law, real, n)
    with ThreadPoolExecutor(threads) as pool:
        found = list(pool.map(lambda b: values(b, rng_for(b)), range(draws)))
    rows = [
        (name, b, value, size)
        for b, (size, named) in enumerate(found)
        for name, value in named.items()
    ]
    return pd.DataFrame(rows, columns=["metric", "draw", "value", "n"])


Draw = Callable[[int, np.random.Generator], tuple[int, dict[str, float]]]


def fresh_draw(metrics: list[Fittable], law: Law, real: SeriesSet, n: int | None) -> Draw:
    """Draws a set from the law: how many series it has, and its values."""
    fitted, _ = fit_all(metrics, law, real)
    size = n or len(real)

    def values(b: int, rng: np.random.Generator) -> tuple[int, dict[str, float]]:
        return size, values_of(fitted.values(), drawn(law, size, real.series.shape[-1], rng), b)

    return values


def drawn(law: Law, n: int, length: int, rng: np.random.Generator) -> SeriesSet:
    """Series of the law, and the values of the parameters that differ from one to the next."""
    draw = getattr(law, "draw", None)
    return (
        SeriesSet(law.sample(n, length, rng)) if draw is None else SeriesSet(*draw(n, length, rng))
    )


def half_split(metrics: list[Fittable], real: SeriesSet) -> Draw:
    """Splits the real set: how many series a half has, and the values of one against the other."""

    def values(b: int, rng: np.random.Generator) -> tuple[int, dict[str, float]]:
        mine, others = np.array_split(rng.permutation(len(real)), 2)
        affordable = [m for m in metrics if b < getattr(m, "floor_draws", np.inf)]
        fitted, _ = fit_all(affordable, None, real.take(mine))
        return len(others), values_of(fitted.values(), real.take(others), b)

    return values


def values_of(fitted: Iterable[Fitted], fresh: SeriesSet, b: int) -> dict[str, float]:
    """The values of fresh set b, of the metrics that can afford so many."""
    fresh = as_set(fresh, "fresh")
    counted = NOT_FINITE(fresh)
    fresh = only_finite(fresh)
    affordable = [m for m in fitted if m.floor_draws is None or b < m.floor_draws]
    return {name: v for metric in affordable for name, v in metric(fresh).items()} | counted
