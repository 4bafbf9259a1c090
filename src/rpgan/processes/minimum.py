"""Minima between the nodes of a table."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def minimum(loss: Array, nodes: Array, closure: tuple[float, float]) -> Array:
    """Argument of the minimum of each row of `loss`, between equally spaced `nodes`.

    Solves the cubic model's derivative through five nodes: one Newton step, corrected once for the
    third derivative.
    """
    best = loss.argmin(axis=1)
    centre = best.clip(2, len(nodes) - 3)
    around = centre[:, None] + np.arange(-2, 3)
    a, b, c, d, e = np.take_along_axis(loss, around, axis=1).T
    first = (a - 8 * b + 8 * d - e) / 12
    second = (-a + 16 * b - 30 * c + 16 * d - e) / 12
    third = (e - 2 * d + 2 * b - a) / 2
    second = np.where(second > 0, second, 1)
    step = -first / second
    step = -first / np.maximum(second + third * step / 2, second / 2)
    step = np.where(centre == best, step.clip(-1, 1), best - centre)
    found = nodes[centre] + step * (nodes[1] - nodes[0])
    found = np.where(best == 0, closure[0], found)
    return np.where(best == len(nodes) - 1, closure[1], found)
