"""Maximum likelihood of a few parameters for many series at once, by damped Fisher scoring."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Rows = NDArray[np.intp]
Evaluate = Callable[[Array, Rows], tuple[Array, Array, Array]]

DAMPED_OUT = 1e10  # no step that rises was found: rounding, or a value that is not finite
ENOUGH = 1e-9  # of log-likelihood left to gain


def maximise(evaluate: Evaluate, start: Array, low: Array, high: Array, steps: int = 100) -> Array:
    """Parameters between `low` and `high`, shape (p,), that maximise each row's likelihood, (n, p).

    `evaluate(parameters, rows)` gives log-likelihood (m,), its gradient (m, p) and an information
    matrix (m, p, p) of those rows. A step that does not rise is not taken, but shortened.
    """
    found = start.clip(low, high)
    value, score, information = evaluate(found, np.arange(len(found)))
    damping = np.full(len(found), 1e-3)
    going = np.flatnonzero(np.isfinite(value))
    for _ in range(steps):
        if not len(going):
            break
        at = found[going]
        step = damped_step(at, score[going], information[going], damping[going], low, high)
        new = (at + step).clip(low, high)
        there = evaluate(new, going)
        rises = there[0] >= value[going]
        gain = np.einsum("ij,ij->i", new - at, score[going])
        better = going[rises]
        found[better] = new[rises]
        for old, latest in zip((value, score, information), there, strict=True):
            old[better] = latest[rises]
        damping[going] = np.where(rises, damping[going] / 10, damping[going] * 10)
        done = (rises & (gain < ENOUGH)) | (damping[going] > DAMPED_OUT)
        going = going[~done]
    return found


def damped_step(
    at: Array, score: Array, information: Array, damping: Array, low: Array, high: Array
) -> Array:
    """Levenberg's step; a parameter at a bound that wants to leave stays there."""
    held = ((at <= low) & (score < 0)) | ((at >= high) & (score > 0))
    free = ~held
    matrix = information * free[:, :, None] * free[:, None, :]
    diagonal = np.where(held, 1, np.einsum("ijj->ij", information) * (1 + damping[:, None]) + 1e-12)
    index = np.arange(at.shape[1])
    matrix[:, index, index] = diagonal
    step = np.linalg.solve(matrix, np.where(held, 0, score)[..., None])
    return np.asarray(step[..., 0], float)
