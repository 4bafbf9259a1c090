"""Dynamic time warping by NumPy: many pairs of series at once, along anti-diagonals.

The cells of an anti-diagonal i + j = s do not depend on each other. Cell (i, j) needs (i-1, j-1)
of the anti-diagonal s - 2, which lies at the same d = i - j, and its neighbours at d - 1 and d + 1
of s - 1. So one array over d does, in which even and odd places take turns.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

PAIRS = 256  # at a time: the cells of an anti-diagonal of so many pairs stay in cache


def warp(x: NDArray[Any], y: NDArray[Any], reach: int) -> NDArray[Any]:
    """Squared distances of pairs of series, shape (pairs,).

    Parameters
    ----------
    x, y : (length, pairs)
        Sample i of each pair in row i.
    reach : int
        Cells of the band have |i - j| <= reach.
    """
    length, pairs = x.shape
    backwards = np.ascontiguousarray(y[::-1])  # so that j falls as i rises
    x = np.ascontiguousarray(x)
    cells = np.full((2 * reach + 3, pairs), np.inf, x.dtype)  # of d = -reach-1 to reach+1
    centre = reach + 1
    cells[centre] = 0  # the corner before both series
    for s in range(2 * length - 1):
        low = max(0, s - length + 1, (s - reach + 1) // 2)
        high = min(length - 1, s, (s + reach) // 2) + 1
        if low >= high:
            continue
        first = 2 * low - s + centre
        last = first + 2 * (high - low)
        cost = x[low:high] - backwards[length - 1 - s + low : length - 1 - s + high]
        cost *= cost
        own = cells[first:last:2]
        np.minimum(own, cells[first - 1 : last - 1 : 2], out=own)
        np.minimum(own, cells[first + 1 : last + 1 : 2], out=own)
        own += cost
    return cells[centre].copy()
