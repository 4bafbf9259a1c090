"""One row per value of the metrics: the value, its interval, its floor and how far they differ."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rpgan.errors import UndefinedLaw, UserError
from rpgan.metrics.detectable import detectable_n
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
from rpgan.metrics.intervals import jackknife
from rpgan.metrics.multiplicity import max_t

Array = NDArray[np.float64]


def score(
    metrics: Iterable[Fittable],
    law: Law | None,
    real: Series,
    fake: Series,
    floor: pd.DataFrame,
    untrained: Series | None = None,
    threads: int = 1,
) -> tuple[pd.DataFrame, dict[str, str]]:
    """Score generated series against real ones.

    Generated series with NaN or infinite samples are counted, ``not_finite``, and all other values
    are of the rest: a perfect generator has none, so the floors are those of the whole number.

    Parameters
    ----------
    metrics : metric settings, see `rpgan.metrics`
    law : the process that the real series were drawn from, None for recorded data
    real, fake : (n, length) or (n, channels, length), where n may differ; or a `SeriesSet` with
        what is known beside them
    floor : what `draw_floor` returned for the same metrics, law and real series
    untrained : series of the generator before its first step, of the same shape
    threads : metrics at a time; the result does not depend on it

    Returns
    -------
    rows : DataFrame with columns
        metric : name of the value
        value : NaN where it does not exist, e.g. if no series has an estimate (see its `_missing`)
        low, high : 95 % interval over generated series, see `jackknife`; of scores that train
            networks, over their trainings
        floor, floor_low, floor_high : mean, least and largest value of the fresh draws; the last
            two hold the value of a perfect generator with probability 1 - 2 / (draws + 1)
        excess : value - floor
        draws : how many fresh draws these were
        p_value : of the hypothesis that the generator is perfect, see `p_value`; NaN for recorded
            data, whose floor is of sets half as large
        p_adjusted : the same for all values of the table together, see `multiplicity.max_t`
        detectable_n : series that it takes to tell the generator from the law, see `detectable`
        ideal : what `value` would be for the law itself, given infinitely many series; where it
            depends on their number, as coverage does, on average over sets of this one, NaN where
            that is not known
        untrained : `value` for the untrained generator, NaN without one
        n, length : of the generated set
    skipped : {name of a metric: why it does not exist for this law, or these series}

    Raises
    ------
    UserError
        If a real series is not finite, a set has another length or number of channels than the real
        one, or if the floor was drawn for other metrics or another number of series.
    """
    real = as_real(real)
    fake = alike(real, fake, "generated")
    start = None if untrained is None else alike(real, untrained, "untrained generator's")
    fitted, skipped = fit_all(metrics, law, real, threads)
    rows, undefined = rows_of(fitted, fake, start, threads)
    if law is not None:
        check_floor_size(floor, len(fake))
    for row in rows:
        draws = floor_draws(floor, row["metric"], recorded=law is None)
        row |= against_floor(row["value"], draws)
        row |= {"p_value": np.nan if law is None else p_value(row["value"], draws)}
        row |= {"n": len(fake), "length": fake.series.shape[-1]}
    table = pd.DataFrame(rows, columns=COLUMNS)
    if law is not None:
        table["p_adjusted"] = max_t(table, floor)
        table["detectable_n"] = detectable_n(table, floor)
    return table, skipped | undefined


COLUMNS = [
    *["metric", "value", "low", "high", "floor", "floor_low", "floor_high", "draws", "excess"],
    *["p_value", "p_adjusted", "detectable_n", "ideal", "untrained", "n", "length"],
]


def alike(real: SeriesSet, fake: Series, whose: str) -> SeriesSet:
    """`fake` as float64, if its series are as long as the real ones, with as many channels."""
    found = as_set(fake, whose)
    wanted, got = real.series.shape, found.series.shape
    if got[1:-1] != wanted[1:-1]:
        raise UserError(
            f"the {whose} series must be of shape {wanted[1:]} each, as the real ones, got "
            f"{got[1:]}: score as many channels as the real ones have"
        )
    if got[-1] != wanted[-1]:
        raise UserError(
            f"the {whose} series must be as long as the real ones, {wanted[-1]} samples, got "
            f"{got[-1]}: cut them, or generate series of that length"
        )
    return found


def rows_of(
    fitted: dict[str, Fitted], fake: SeriesSet, untrained: SeriesSet | None, threads: int
) -> tuple[list[dict], dict[str, str]]:
    """What `value_rows` says of every metric, and why some do not exist for these series."""
    counted = value_rows(NOT_FINITE, fake, untrained)
    fake, start = only_finite(fake), None if untrained is None else only_finite(untrained)
    if len(fake) < 2:
        few = f"only {len(fake)} of the generated series are finite, and at least 2 are compared"
        return counted, dict.fromkeys(fitted, few)

    def rows(metric: Fitted) -> list[dict] | str:
        try:
            return value_rows(metric, fake, start)
        except UndefinedLaw as reason:
            return str(reason)

    with ThreadPoolExecutor(threads) as pool:
        found = dict(zip(fitted, pool.map(rows, fitted.values()), strict=True))
    table = [row for of_one in found.values() if isinstance(of_one, list) for row in of_one]
    return table + counted, {name: why for name, why in found.items() if isinstance(why, str)}


def value_rows(metric: Fitted, fake: SeriesSet, untrained: SeriesSet | None) -> list[dict]:
    """Name, value, interval, ideal and untrained value of each value of one metric."""
    rows = metric.rows(fake)
    values = metric.compare(rows)
    if metric.interval is None:
        intervals = jackknife(metric.compare, rows, deleted=metric.deleted, whole=values)
    else:
        intervals = metric.interval(rows)
    start, ideals = values_before(metric, untrained), metric.ideals(len(fake))
    return [
        {
            "metric": name,
            "value": value if np.isfinite(value) else np.nan,
            "low": intervals[name][0],
            "high": intervals[name][1],
            "ideal": ideals[name],
            "untrained": start.get(name, np.nan),
        }
        for name, value in values.items()
    ]


def values_before(metric: Fitted, untrained: SeriesSet | None) -> dict[str, float]:
    """Values of the untrained generator, none where there are no series to have them."""
    if untrained is None or len(untrained) < 2:
        return {}
    try:
        return metric(untrained)
    except UndefinedLaw:
        return {}


def check_floor_size(floor: pd.DataFrame, n: int) -> None:
    """Refuse a floor that is of sets of another size: floors fall with the number of series."""
    others = set(floor["n"]) - {n}
    if others:
        size = others.pop()
        raise UserError(
            f"the floor must be of sets of {n} series, as many as were generated, got a floor of "
            f"{size}: draw it again with n={n}, or score {size} series"
        )


def floor_draws(floor: pd.DataFrame, name: str, recorded: bool) -> Array:
    """The values of the fresh draws of one value.

    NaN if half of a recorded set is too small for this one.
    """
    draws = floor.loc[floor["metric"] == name, "value"].to_numpy(np.float64)
    if not len(draws):
        if recorded and len(floor):
            return np.array([np.nan])
        raise UserError(
            f"the floor must hold every value of the metrics, but has no {name}: draw it again "
            "with the same metrics"
        )
    return draws


def against_floor(value: float, draws: Array) -> dict[str, float | int]:
    """The floor of one value, and how far the value is from it."""
    return {
        "floor": float(draws.mean()),
        "floor_low": float(draws.min()),
        "floor_high": float(draws.max()),
        "draws": int(np.isfinite(draws).sum()),
        "excess": value - float(draws.mean()),
    }


def p_value(value: float, draws: Array) -> float:
    """Exact two-sided Monte-Carlo p-value [1]_: the rank of the value's deviation among the draws'.

    Deviations are from the mean of all, the value included: under the hypothesis that the
    generator is perfect all are exchangeable then, so P(p <= i / (draws + 1)) <= i / (draws + 1).
    The least possible is 1 / (draws + 1). NaN if the value or a draw is not finite.

    References
    ----------
    .. [1] Dwass. "Modified randomization tests for nonparametric hypotheses."
       Annals of Mathematical Statistics 28 (1957), 181-187.
    """
    if not (np.isfinite(value) and np.isfinite(draws).all()):
        return np.nan
    centre = np.append(draws, value).mean()
    as_far = np.abs(draws - centre) >= np.abs(value - centre)
    return float((1 + as_far.sum()) / (1 + len(draws)))
