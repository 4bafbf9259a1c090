"""Distances between the rows of two sets, a block at a time, and what groups of rows have of them.

Group g of n rows is every `groups`-th row from g on, as `jackknife` deals them.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

ROWS = 256  # per block: 4096 columns of float64 are 8 MiB


def squared_distances(a: Array, b: Array, same: bool = False) -> Iterator[tuple[slice, Array]]:
    """(rows of `a`, their squared Euclidean distances to all rows of `b`), block after block.

    From inner products, so right to 1e-15 of the largest square. `same` says that `b` is `a`: the
    distance of a row to itself is infinite then.
    """
    square_b = np.einsum("ij,ij->i", b, b)
    for start in range(0, len(a), ROWS):
        rows = slice(start, min(start + ROWS, len(a)))
        found = a[rows] @ b.T
        found *= -2
        found += np.einsum("ij,ij->i", a[rows], a[rows])[:, None]
        found += square_b
        np.maximum(found, 0, out=found)
        if same:
            found[np.arange(len(found)), np.arange(rows.start, rows.stop)] = np.inf
        yield rows, found


def dealt(n: int, groups: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The order that puts groups next to each other, and where in it each begins."""
    order = np.concatenate([np.arange(g, n, groups) for g in range(groups)])
    sizes = [len(range(g, n, groups)) for g in range(groups)]
    return order, np.concatenate([[0], np.cumsum(sizes)[:-1]])


def least_of_others(least: Array) -> Iterator[Array]:
    """Least of each row of `least`, (n, groups), without each column in turn."""
    for g in range(least.shape[1]):
        yield np.delete(least, g, axis=1).min(axis=1)
