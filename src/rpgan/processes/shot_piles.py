"""Arrivals of shot noise, added up in cells, and what makes Gaussian pulses of them."""

from functools import lru_cache
from math import ceil, pi

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

BAND = 7.8  # radians per pulse width within which a Gaussian pulse's spectrum is above 1e-13


def pile(cell: NDArray[np.intp], weight: Array, size: int, cells: int) -> Array:
    """Sums of `weight` per flat cell, shape (size, cells): arrivals in one cell add up."""
    return np.bincount(cell, weight, size * cells).astype(float, copy=False).reshape(size, cells)


def cell_of_gaussian(spacing: float) -> int:
    """Samples per cell in which arrivals at any time are piled up, a power of 2.

    So many that the pulse's spectrum ends before the cells' Nyquist frequency.
    """
    return 1 << max(0, int(np.log2(pi / BAND / spacing)))


@lru_cache(maxsize=4)
def gaussian_taps(
    spacing: float, merged: int, offsets: bool, period: int
) -> NDArray[np.complex128]:
    """What each order's piles are multiplied with in frequency, shape (orders, bins).

    Of `period` samples that are `spacing` apart, in cells of `merged`; without `offsets` of
    arrivals from their centres there is but one order.

    The pulse's transform, with its aliases where samples are far apart, times (-i)^k J_k of
    frequency and half a cell: the part of e^(-i w x) that goes with Chebyshev's T_k. Bins and
    orders beyond are below 1e-13 of the pulse.
    """
    from scipy.special import jv

    half = merged * spacing / 2 if offsets else 0.0
    step, nyquist = 2 * pi / (period * spacing), pi / spacing
    bins = min(period // (2 * merged), ceil(BAND / step)) + 1
    reach = ceil(BAND / (2 * nyquist)) if nyquist < BAND else 0
    aliases = np.arange(-reach, reach + 1)[:, None]
    w = step * np.arange(bins) + 2 * nyquist * aliases
    middle = (merged - 1) / 2 * spacing  # of a cell, from its first sample
    pulse = np.exp(-(w**2) / 2 - 1j * middle * w) / spacing
    found = [(pulse * jv(0, half * w)).sum(axis=0)]
    while half and np.abs(found[-1]).max() * spacing > 1e-13:
        found.append((2 * (-1j) ** len(found) * pulse * jv(len(found), half * w)).sum(axis=0))
    return np.array(found)


def chebyshev_piles(
    cell: NDArray[np.intp], offset: Array, amplitude: Array, orders: int, size: int, cells: int
) -> Array:
    """Piles of T_k(1 - 2 offset) times amplitudes for k < `orders`, (orders, size, cells)."""
    found = np.empty((orders, size, cells))
    x, before, weight = 1 - 2 * offset, np.zeros_like(amplitude), amplitude
    for order in range(orders):
        found[order] = pile(cell, weight, size, cells)
        following = (2 if order else 1) * x
        following *= weight
        following -= before
        before, weight = weight, following
    return found
