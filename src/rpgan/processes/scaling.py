"""Series of any magnitude brought to where squares neither overflow nor vanish."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def to_unit_peak(series: Array) -> tuple[Array, Array]:
    """Rows over their largest absolute value, and those values; rows of zeros stay zeros."""
    peak = np.abs(series).max(axis=1, initial=0)
    return series / np.where(peak > 0, peak, 1)[:, None], peak


def to_unit_range(series: Array) -> tuple[Array, NDArray[np.bool_]]:
    """Rows centred and over their range, and which of them vary by more than rounding."""
    series, _ = to_unit_peak(series)
    spread = np.ptp(series, axis=1)
    varies = spread > 1e-12
    centred = series - series.mean(axis=1, keepdims=True)
    return centred / np.where(varies, spread, 1)[:, None], varies
