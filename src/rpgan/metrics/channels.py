"""Series of several channels, taken apart for statistics of one."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rpgan.errors import UndefinedLaw

Array = NDArray[np.float64]


def is_quadrature(law: object) -> bool:
    """Whether the two channels of `law` are the real and imaginary part of one complex series."""
    return bool(getattr(law, "quadrature", False))


def pools(series: Array) -> list[Array]:
    """The samples of each channel, shape (n, samples): (n, length) is one channel."""
    if series.ndim == 2:
        return [series]
    return [series[:, c].reshape(len(series), -1) for c in range(series.shape[1])]


def by_channel(
    statistic: Callable[[NDArray[Any]], Array], quadrature: bool, series: Array
) -> Array:
    """A statistic of the channels of each series, side by side, shape (n, channels * k).

    `statistic` maps (n, length) to (n, k). In-phase and quadrature are put together to one complex
    channel. Undefined for images, which do not run in time.
    """
    if series.ndim > 3:
        raise UndefinedLaw(f"items of shape {series.shape[1:]} are images, not series in time")
    if series.ndim == 2:
        return statistic(series)
    if quadrature:
        return statistic(series[:, 0] + 1j * series[:, 1])
    return np.concatenate([statistic(channel) for channel in pools(series)], axis=1)
