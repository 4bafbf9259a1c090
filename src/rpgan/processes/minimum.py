"""Minima between the nodes of a table."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def minimum(loss: Array, nodes: Array, closure: tuple[float, float]) -> Array:
    """Argument of the minimum of each row of `loss`, between equally spaced `nodes`.

    Solves the cubic model's derivative through five nodes: one Newton step, corrected once for the
    third derivative. Next to an end, where only three surround it, the parabola through them.
    """
    best = loss.argmin(axis=1)
    near = best.clip(2, len(nodes) - 3)
    a, b, c, d, e = surrounding(loss, near, 2)
    first = (a - 8 * b + 8 * d - e) / 12
    second = (-a + 16 * b - 30 * c + 16 * d - e) / 12
    third = (e - 2 * d + 2 * b - a) / 2
    second = np.where(second > 0, second, 1)
    step = -first / second
    step = -first / np.maximum(second + third * step / 2, second / 2)
    next_to_end = best.clip(1, len(nodes) - 2)
    a, b, c = surrounding(loss, next_to_end, 1)
    bend = a - 2 * b + c
    parabola = (a - c) / (2 * np.where(bend > 0, bend, 1))
    step = np.where(near == best, step, parabola).clip(-1, 1)
    found = nodes[next_to_end] + step * (nodes[1] - nodes[0])
    found = np.where(best == 0, closure[0], found)
    return np.where(best == len(nodes) - 1, closure[1], found)


def surrounding(loss: Array, centre: NDArray[np.intp], reach: int) -> Array:
    """Values at the nodes up to `reach` from each row's `centre`, shape (2 reach + 1, rows)."""
    return np.take_along_axis(loss, centre[:, None] + np.arange(-reach, reach + 1), axis=1).T
