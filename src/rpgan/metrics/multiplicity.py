"""Many values, one question: p-values that hold for all metrics of a generator together."""

from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Array = NDArray[np.float64]


def max_t(
    rows: pd.DataFrame, floor: pd.DataFrame, family: Iterable[str] | None = None
) -> pd.Series:
    """Adjusted p-values by the step-down max-T method [1]_ over the joint fresh draws.

    If the generator is perfect, the chance that any of them is at most a is at most a, whatever the
    dependence between metrics: a fresh draw gives all values at once, so draws and the generated
    set are exchangeable, and so are their largest deviations. Deviations are from the median of
    draws and generated value together, in units of their median absolute deviation, which one
    outlier among the draws does not stretch. The least possible p-value is 1 / (draws + 1).
    Values of fewer draws than others (a metric with a `floor_draws` of its own) are a family of
    their own, and the p-values of each of several families count so many times.

    Parameters
    ----------
    rows : what `score` returned: columns metric, value and p_value
    floor : what `draw_floor` returned: columns metric, draw and value
    family : names of the values to judge together; by default all that have a p-value

    Returns
    -------
    Series with the index of `rows`; NaN outside the family, and for what has no p-value: recorded
    data, and values or draws that are not finite.

    References
    ----------
    .. [1] Westfall, Young. "Resampling-based multiple testing." Wiley (1993), algorithm 2.8.
    """
    adjusted = pd.Series(np.nan, index=rows.index, dtype=np.float64)
    chosen = rows["p_value"].notna()
    if family is not None:
        chosen &= rows["metric"].isin(list(family))
    judged = rows.loc[chosen, ["metric", "value"]]
    draws = floor.pivot(index="draw", columns="metric", values="value")
    size = np.array([draws[name].count() for name in judged["metric"]])
    for fewest in np.unique(size):
        part = judged[size == fewest]
        joint = draws[list(part["metric"])].dropna()
        found = step_down(standardised(np.vstack([part["value"], joint])))
        adjusted[part.index] = np.minimum(found * len(np.unique(size)), 1)
    return adjusted


def standardised(values: Array) -> Array:
    """Distance of each row from its column's median, in normal deviations by the median distance.

    Where that is 0, as most rows are equal, in standard deviations; 0 if all are.
    """
    off = np.abs(values - np.median(values, axis=0))
    typical, deviation = 1.4826 * np.median(off, axis=0), values.std(axis=0)
    rounding = 1e-12 * np.abs(values).max(axis=0)
    spread = np.where(typical > rounding, typical, deviation)
    return np.divide(off, spread, out=np.zeros_like(off), where=spread > rounding)


def step_down(deviation: Array) -> Array:
    """P-values of the first row of `deviation`, (1 + draws, k), against the largest of the others.

    From the largest down, each against what it and all smaller ones reach in the draws, and no less
    than that of one before.
    """
    order = np.argsort(-deviation[0], kind="stable")
    ordered = deviation[:, order]
    largest = np.maximum.accumulate(ordered[:, ::-1], axis=1)[:, ::-1]
    as_far = (largest >= ordered[0] - 1e-12).mean(axis=0)  # the generated set among them
    found = np.empty(len(order))
    found[order] = np.maximum.accumulate(as_far)
    return found


def holm(p_values: Array) -> Array:
    """P-values adjusted by Holm's method [1]_: for any dependence, without the draws; NaN stays.

    With p-values of Monte-Carlo origin it needs more than (values / level) draws to reject at all.

    References
    ----------
    .. [1] Holm. "A simple sequentially rejective multiple test procedure."
       Scand. J. Statist. 6 (1979), 65-70.
    """
    p_values = np.asarray(p_values, np.float64)
    adjusted = np.full(p_values.shape, np.nan)
    there = np.flatnonzero(np.isfinite(p_values))
    order = there[np.argsort(p_values[there], kind="stable")]
    steps = np.arange(len(order), 0, -1) * p_values[order]
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1)
    return adjusted
