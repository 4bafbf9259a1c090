"""Dynamic time warping compiled by numba: one series against as many others as a vector has lanes.

The band moves along the diagonal. `band[c]` holds, for the last row done, the costs of the cell
c - reach columns from the diagonal, one per lane; behind it lie rows of infinity, so that no cell
needs a branch. Four rows are done in one pass: a column is loaded once, goes through four cells
whose left neighbours stay in registers, and is stored once.
"""

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from rpgan.metrics.dtw_vectors import lanes, load, splat, step, store

ROWS = 4

__all__ = ["against", "lanes"]


def against(x: NDArray[Any], others: NDArray[Any], reach: int, first: int, out: NDArray[Any]):
    """Squared distances of one series from the blocks of others from `first` on.

    Parameters
    ----------
    x : (length,)
    others : (blocks, reach + length + reach + `ROWS`, lanes)
        Samples of each block interleaved, infinity before and after them.
    reach : int
        Cells of the band lie at most so far from the diagonal.
    out : (blocks, lanes)
    """
    start = np.full((2 * reach + 1 + ROWS, others.shape[2]), np.inf, x.dtype)
    start[reach] = 0  # the corner before both series
    blocks_of(x, others, reach, first, out, start, np.empty_like(start))


@njit(nogil=True)
def blocks_of(x: Any, others: Any, reach: int, first: int, out: Any, start: Any, band: Any):
    for block in range(first, len(others)):
        for row in range(len(band)):  # assignments of slices would take longer to compile than all
            store(band, row, load(start, row))
        warp(x, others[block], reach, band)
        store(out, block, load(band, reach))


@njit(nogil=True)
def warp(x: Any, y: Any, reach: int, band: Any):
    """Move `band` from before the first row to the last."""
    row = 0
    while row < len(x) and (2 * reach + 1 < ROWS or (len(x) - row) % ROWS != 0):
        one_row(x, y, row, reach, band)
        row += 1
    while row < len(x):
        four_rows(x, y, row, reach, band)
        row += ROWS


@njit(nogil=True, inline="always")
def one_row(x: Any, y: Any, row: int, reach: int, band: Any):
    value, left = splat(x[row]), splat(band[len(band) - 1, 0])
    diagonal = load(band, 0)
    for c in range(2 * reach + 1):
        up = load(band, c + 1)
        left = step(value, load(y, row + c), left, up, diagonal)
        store(band, c, left)
        diagonal = up


@njit(nogil=True, inline="always")
def four_rows(x: Any, y: Any, row: int, reach: int, band: Any):
    """Row k of the four has cells in columns k to 2 * reach + k of the pass."""
    x0, x1, x2, x3 = splat(x[row]), splat(x[row + 1]), splat(x[row + 2]), splat(x[row + 3])
    infinite = splat(band[len(band) - 1, 0])
    a = b = c = d = infinite  # the cells to the left, of each row
    before = load(band, 0)  # of the row above, one column back

    above, other = load(band, 1), load(y, row)
    a, before = step(x0, other, infinite, above, before), above

    above, other = load(band, 2), load(y, row + 1)
    new_a = step(x0, other, a, above, before)
    b, a, before = step(x1, other, infinite, new_a, a), new_a, above

    above, other = load(band, 3), load(y, row + 2)
    new_a = step(x0, other, a, above, before)
    new_b = step(x1, other, b, new_a, a)
    c, b, a, before = step(x2, other, infinite, new_b, b), new_b, new_a, above

    for column in range(3, 2 * reach + 1):
        above, other = load(band, column + 1), load(y, row + column)
        new_a = step(x0, other, a, above, before)
        new_b = step(x1, other, b, new_a, a)
        new_c = step(x2, other, c, new_b, b)
        d = step(x3, other, d, new_c, c)
        a, b, c, before = new_a, new_b, new_c, above
        store(band, column - 3, d)

    other = load(y, row + 2 * reach + 1)
    new_b = step(x1, other, b, infinite, a)
    new_c = step(x2, other, c, new_b, b)
    d = step(x3, other, d, new_c, c)
    b, c = new_b, new_c
    store(band, 2 * reach - 2, d)

    other = load(y, row + 2 * reach + 2)
    new_c = step(x2, other, c, infinite, b)
    d = step(x3, other, d, new_c, c)
    store(band, 2 * reach - 1, d)

    other = load(y, row + 2 * reach + 3)
    store(band, 2 * reach, step(x3, other, d, infinite, new_c))
