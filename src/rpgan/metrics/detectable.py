"""How many series it takes to tell a generator from the law by one value."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Array = NDArray[np.float64]


def detectable_n(
    rows: pd.DataFrame, floor: pd.DataFrame, power: float = 0.8, level: float = 0.05
) -> pd.Series:
    """Least number of series at which a test of size `level` would reject with chance `power`.

    An estimate, for values that come near `ideal` as the series grow many. What a value and its
    floor are beyond `ideal` is taken apart: as squares add, value^2 = effect^2 + floor^2, with a
    floor, and a standard deviation of it, that fall as 1 / sqrt(n). A mean has no floor, and there
    the usual formula is left, n (z / effect)^2 with z = 2.8; a distance has one. The numbers of
    real and of generated series are thought to change together. A value within its noise of the
    floor has an effect that is mostly noise: read its estimate as "at least about that many".

    Parameters
    ----------
    rows : what `score` returned: columns metric, value, ideal and n
    floor : what `draw_floor` returned: columns metric and value

    Returns
    -------
    Series with the index of `rows`: at least 2, not rounded; inf where the value is not beyond the
    floor, NaN where there is no value, or no spread of the floor.
    """
    from scipy.special import ndtri

    reach = float(ndtri(1 - level / 2) + ndtri(power))
    draws = {name: values.to_numpy() for name, values in floor.groupby("metric")["value"]}
    found = [needed(row, draws[row["metric"]], reach) for row in rows.to_dict("records")]
    return pd.Series(found, index=rows.index, dtype=np.float64)


def needed(row: dict[Any, Any], draws: Array, reach: float) -> float:
    """Series at which the value of `row` lies `reach` standard deviations of the floor beyond it.

    With s = n' / n it does so at sqrt(effect^2 s + floor^2) - floor = reach * spread.
    """
    spread, mean = draws.std(ddof=1), draws.mean()
    if not (np.isfinite(row["value"]) and spread > 1e-12 * abs(mean)):
        return np.nan
    ideal = row["ideal"] if np.isfinite(row["ideal"]) else mean
    floor = mean - ideal
    if abs(floor) < 3 * spread / np.sqrt(len(draws)):
        floor = 0.0
    beyond = (row["value"] - ideal) * (np.sign(floor) or 1.0)
    floor = abs(floor)
    if floor > 0 > beyond:  # no distance, but a value of either sign: its floor is a bias
        floor, beyond = 0.0, row["value"] - mean
    effect = beyond**2 - floor**2
    if effect <= 0:
        return np.inf
    return float(max(2.0, row["n"] * ((floor + reach * spread) ** 2 - floor**2) / effect))
