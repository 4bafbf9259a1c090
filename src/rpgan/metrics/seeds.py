"""What can be said of an architecture from a few trainings of it: its seeds are the sample."""

import numpy as np
from numpy.typing import NDArray

from rpgan.metrics.intervals import student_t

Array = NDArray[np.float64]


def over_seeds(values: Array, level: float = 0.95) -> tuple[float, float, float]:
    """Mean of `values`, one per training, and its Student interval; NaN for a single training.

    Trainings differ by their random numbers alone. Two of them have an interval of 12.7 standard
    errors on either side: it takes five or more to say much.
    """
    n = len(values)
    mean = float(np.mean(values))
    if n < 2:
        return mean, np.nan, np.nan
    reach = student_t((1 + level) / 2, n - 1) * float(np.std(values, ddof=1)) / np.sqrt(n)
    return mean, mean - reach, mean + reach


def paired(a: Array, b: Array, level: float = 0.95) -> dict[str, float]:
    """How far `b` lies above `a`, where element i of both is of one data set and seed.

    Returns
    -------
    difference, low, high : mean of b - a, and its Student interval
    effect : mean over standard deviation of the differences (Cohen's d of paired samples)
    p_value : of no difference, two-sided: the share of all choices of signs of the differences
        whose mean is as far from 0. Exact for differences that are symmetric about 0; the least
        possible is 2 / 2 ** n, so that below 6 pairs none is below 0.05.
    """
    differences = np.asarray(b, float) - np.asarray(a, float)
    mean, low, high = over_seeds(differences, level)
    spread = float(np.std(differences, ddof=1)) if len(differences) > 1 else np.nan
    return {
        "difference": mean,
        "low": low,
        "high": high,
        "effect": mean / spread if spread > 0 else np.nan,
        "p_value": sign_flips(differences),
    }


MOST = 16  # pairs of which all choices of signs are tried


def sign_flips(differences: Array) -> float:
    """Two-sided p-value of a mean of 0: all signs of up to 16 differences, else 2**16 at random."""
    n = len(differences)
    if n <= MOST:
        signs = 1 - 2 * ((np.arange(2**n)[:, None] >> np.arange(n)) & 1)
    else:
        signs = np.random.default_rng(0).choice([-1, 1], (2**MOST, n))
        signs[0] = 1  # the observed one is among them
    means = np.abs(signs @ differences)
    return float(np.mean(means >= np.abs(differences.sum()) * (1 - 1e-12)))
