"""One row per value of the metrics: the value, its interval, its floor and how far they differ."""

from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rpgan.errors import UserError
from rpgan.metrics.detectable import detectable_n
from rpgan.metrics.fitted import Fittable, Fitted, Law, as_series, fit_all
from rpgan.metrics.intervals import jackknife
from rpgan.metrics.multiplicity import max_t

Array = NDArray[np.float64]


def score(
    metrics: Iterable[Fittable],
    law: Law | None,
    real: NDArray[np.floating],
    fake: NDArray[np.floating],
    floor: pd.DataFrame,
    untrained: NDArray[np.floating] | None = None,
) -> tuple[pd.DataFrame, dict[str, str]]:
    """Score generated series against real ones.

    Parameters
    ----------
    metrics : metric settings, see `rpgan.metrics`
    law : the process that the real series were drawn from, None for recorded data
    real, fake : (n, length) or (n, channels, length), where n may differ
    floor : what `draw_floor` returned for the same metrics, law and real series
    untrained : series of the generator before its first step, of the same shape

    Returns
    -------
    rows : DataFrame with columns
        metric : name of the value
        value : NaN where it does not exist, e.g. if no series has an estimate (see its `_missing`)
        low, high : 95 % interval over generated series, see `jackknife`
        floor, floor_low, floor_high : mean, least and largest value of the fresh draws; the last
            two hold the value of a perfect generator with probability 1 - 2 / (draws + 1)
        excess : value - floor
        p_value : of the hypothesis that the generator is perfect, see `p_value`; NaN for recorded
            data, whose floor is of sets half as large
        p_adjusted : the same for all values of the table together, see `multiplicity.max_t`
        detectable_n : series that it takes to tell the generator from the law, see `detectable`
        ideal : what `value` would be for the law itself, given infinitely many series
        untrained : `value` for the untrained generator, NaN without one
        n, length : of the generated set
    skipped : {name of a metric: why it does not exist for this law}

    Raises
    ------
    UserError
        If a set has samples that are not finite, or another length or number of channels than the
        real one, or if the floor was drawn for other metrics or another number of series.
    """
    real = as_series(real, "real")
    fake = alike(real, fake, "generated")
    fitted, skipped = fit_all(metrics, law, real)
    start = None if untrained is None else alike(real, untrained, "untrained generator's")
    rows = [row for metric in fitted for row in value_rows(metric, fake, start)]
    if law is not None:
        check_floor_size(floor, len(fake))
    for row in rows:
        draws = floor_draws(floor, row["metric"], recorded=law is None)
        row |= against_floor(row["value"], draws)
        row |= {"p_value": np.nan if law is None else p_value(row["value"], draws)}
        row |= {"n": len(fake), "length": fake.shape[-1]}
    table = pd.DataFrame(rows, columns=COLUMNS)
    if law is not None:
        table["p_adjusted"] = max_t(table, floor)
        table["detectable_n"] = detectable_n(table, floor)
    return table, skipped


COLUMNS = [
    *["metric", "value", "low", "high", "floor", "floor_low", "floor_high", "excess", "p_value"],
    *["p_adjusted", "detectable_n", "ideal", "untrained", "n", "length"],
]


def alike(real: Array, fake: NDArray[np.floating], whose: str) -> Array:
    """`fake` as float64, if its series are as long as the real ones, with as many channels."""
    fake = as_series(fake, whose)
    if fake.shape[1:-1] != real.shape[1:-1]:
        raise UserError(
            f"the {whose} series must be of shape {real.shape[1:]} each, as the real ones, got "
            f"{fake.shape[1:]}: score as many channels as the real ones have"
        )
    if fake.shape[-1] != real.shape[-1]:
        raise UserError(
            f"the {whose} series must be as long as the real ones, {real.shape[-1]} samples, got "
            f"{fake.shape[-1]}: cut them, or generate series of that length"
        )
    return fake


def value_rows(metric: Fitted, fake: Array, untrained: Array | None) -> list[dict]:
    """Name, value, interval, ideal and untrained value of each value of one metric."""
    statistics = metric.statistic(fake)
    values = metric.compare(statistics)
    intervals = jackknife(metric.compare, statistics, deleted=metric.deleted, whole=values)
    start = {} if untrained is None else metric(untrained)
    return [
        {
            "metric": name,
            "value": value if np.isfinite(value) else np.nan,
            "low": intervals[name][0],
            "high": intervals[name][1],
            "ideal": metric.ideal[name],
            "untrained": start.get(name, np.nan),
        }
        for name, value in values.items()
    ]


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


def against_floor(value: float, draws: Array) -> dict[str, float]:
    """The floor of one value, and how far the value is from it."""
    return {
        "floor": float(draws.mean()),
        "floor_low": float(draws.min()),
        "floor_high": float(draws.max()),
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
