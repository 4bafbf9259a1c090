"""Constellations of digital modulations: points of unit mean power, and the bits they stand for."""

from dataclasses import dataclass
from functools import lru_cache
from math import isqrt
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Complex = NDArray[np.complex128]
Indices = NDArray[np.integer[Any]]

Modulation = Literal["bpsk", "qpsk", "8psk", "16qam", "32qam", "64qam"]
ORDERS: dict[str, int] = {"bpsk": 2, "qpsk": 4, "8psk": 8, "16qam": 16, "32qam": 32, "64qam": 64}

# Points from left to right, rows from below. Neighbours differ in one bit, but for the ends of two
# columns, where they differ in three: a cross has no Gray code.
CROSS_LABELS = (
    *(0b10000, 0b10010, 0b11010, 0b11000),
    *(0b10011, 0b00011, 0b00010, 0b01010, 0b01011, 0b11011),
    *(0b10001, 0b00001, 0b00000, 0b01000, 0b01001, 0b11001),
    *(0b10101, 0b00101, 0b00100, 0b01100, 0b01101, 0b11101),
    *(0b10111, 0b00111, 0b00110, 0b01110, 0b01111, 0b11111),
    *(0b10100, 0b10110, 0b11110, 0b11100),
)


@dataclass(frozen=True)
class Constellation:
    """`points`, shape (order,), and `labels`, the integers that the bits of each one write."""

    points: Complex
    labels: Indices

    @property
    def bits_per_point(self) -> int:
        """Binary logarithm of the order."""
        return (len(self.points) - 1).bit_length()

    def nearest(self, received: Complex) -> NDArray[np.uint8]:
        """Index of the point nearest to each number, of any shape; 0 for NaN."""
        index = np.zeros(received.shape, np.uint8)
        best = np.full(received.shape, -np.inf)
        for i, point in enumerate(self.points):
            closeness = 2 * point.real * received.real
            closeness += 2 * point.imag * received.imag
            closeness -= abs(point) ** 2
            closer = closeness > best
            np.copyto(best, closeness, where=closer)
            np.copyto(index, np.uint8(i), where=closer)
        return index

    def bits(self, index: Indices) -> NDArray[np.uint8]:
        """Bits of points, highest first: shape (..., count) becomes (..., count * bits)."""
        places = np.arange(self.bits_per_point)[::-1]
        bits = (self.labels[index][..., None] >> places & 1).astype(np.uint8)
        return bits.reshape(*index.shape[:-1], index.shape[-1] * len(places))


@lru_cache
def constellation(modulation: str) -> Constellation:
    """The constellation of this name.

    Grids are in raster order, the real part fastest, both ascending; circles start at 1. Labels
    are Gray codes: around the circle, or of the row and then of the column, except for the cross.
    """
    order = ORDERS[modulation]
    if modulation in ("bpsk", "8psk"):
        angles = np.arange(order) / order
        return Constellation(np.exp(2j * np.pi * angles), gray(np.arange(order)))
    if modulation == "32qam":
        row, column = np.divmod(np.arange(36), 6)
        inside = ~(np.isin(row, (0, 5)) & np.isin(column, (0, 5)))
        return Constellation(grid(6, row[inside], column[inside]), np.array(CROSS_LABELS))
    side = isqrt(order)
    row, column = np.divmod(np.arange(order), side)
    return Constellation(grid(side, row, column), side * gray(row) + gray(column))


def grid(side: int, row: Indices, column: Indices) -> Complex:
    """Points of a square grid about 0, scaled to unit mean power."""
    points = (2 * column - side + 1) + 1j * (2 * row - side + 1)
    return points / np.sqrt(np.mean(np.abs(points) ** 2))


def gray(index: Indices) -> Indices:
    """Integers of which neighbours differ in one bit."""
    return index ^ (index >> 1)
