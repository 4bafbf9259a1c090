"""Estimate one parameter of many series from their periodograms.

Whittle's likelihood, with the scale profiled out and with the periodogram's expectation at finite
length in place of the spectrum [1]_, which removes the bias that leakage causes.

References
----------
.. [1] Sykulski, Olhede, Guillaumin, Lilly, Early. "The debiased Whittle likelihood."
   Biometrika 106 (2019), 251-266.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rpgan.processes.minimum import minimum
from rpgan.processes.scaling import to_unit_range

Array = NDArray[np.float64]


class Table(NamedTuple):
    """Expected periodograms of a one-parameter family."""

    nodes: Array  # (J,) parameter values, equally spaced
    inverse: Array  # (bins, J) weight / expected periodogram
    log: Array  # (J,) mean log of the expected periodogram


def table(nodes: Array, autocovariance: Callable[[float], Array], length: int) -> Table:
    """Tabulate the family whose covariances at lags 0 .. length - 1 are `autocovariance(node)`."""
    weight = bin_weights(length)
    expected = np.array([expected_periodogram(autocovariance(node)) for node in nodes])
    return Table(nodes, (weight / expected).T.copy(), np.log(expected) @ weight)


def bin_weights(length: int) -> Array:
    """Degrees of freedom at bins 1 .. length // 2, normalised: Nyquist has half."""
    weight = np.ones(length // 2)
    if length % 2 == 0:
        weight[-1] = 0.5
    return weight / weight.sum()


def expected_periodogram(autocovariance: Array) -> Array:
    """E |sum_t x_t e^{-iwt}|^2 / length at bins 1 .. length // 2, for lags 0 .. length - 1."""
    length = len(autocovariance)
    taper = 1 - np.arange(length) / length
    folded = autocovariance * taper
    folded[1:] += folded[:0:-1].copy()  # lag k and lag k - length meet in bin k
    return np.fft.rfft(folded).real[1:]


def periodogram(series: Array) -> Array:
    """|sum_t x_t e^{-iwt}|^2 / length at bins 1 .. length // 2; DC is left out, so is the mean."""
    return np.abs(np.fft.rfft(series)[:, 1:]) ** 2 / series.shape[1]


def estimate(series: Array, table: Table, closure: tuple[float, float]) -> Array:
    """The parameter of each series, shape (n,).

    NaN for a series without power but at DC; an end of `closure` where the likelihood still rises
    at the end of the table.
    """
    scaled, alive = to_unit_range(series)
    with np.errstate(divide="ignore"):  # a dead series has log 0, and is NaN below
        loss = np.log(periodogram(scaled) @ table.inverse) + table.log
    loss[~alive] = 0
    return np.where(alive, minimum(loss, table.nodes, closure), np.nan)
