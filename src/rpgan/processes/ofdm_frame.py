"""The frame of an OFDM waveform in time and frequency."""

from dataclasses import dataclass
from functools import cached_property
from math import pi

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Complex = NDArray[np.complex128]
Indices = NDArray[np.int64]

SPACING = 15_000.0  # Hz between subcarriers
PILOT = 3  # which symbol of a slot, from 0


@dataclass(frozen=True)
class Frame:
    """Slots of half a millisecond: 6 symbols of a long cyclic prefix, or 7 of a short one.

    A symbol is `fft_size` samples, its body, after a copy of the last of them, its prefix. All
    short prefixes of a slot have one length but the first, which makes up the half millisecond.
    """

    fft_size: int
    long_prefix: bool
    subcarriers: int

    @cached_property
    def prefixes(self) -> Indices:
        """Samples of the prefix of each symbol of a slot."""
        if self.long_prefix:
            return np.full(6, self.fft_size // 4)
        short = 9 * self.fft_size // 128
        return np.array([self.fft_size // 2 - 6 * short] + 6 * [short])

    @property
    def symbols(self) -> int:
        """Per slot."""
        return len(self.prefixes)

    @property
    def slot(self) -> int:
        """Samples of a slot."""
        return 15 * self.fft_size // 2

    @cached_property
    def carriers(self) -> Indices:
        """Bins of the occupied subcarriers, as many below 0 as above, in ascending order."""
        half = np.arange(1, self.subcarriers // 2 + 1)
        return np.concatenate([-half[::-1], half])

    @property
    def gain(self) -> float:
        """Of a unitary inverse transform, for unit mean power of the waveform."""
        return np.sqrt(self.fft_size / self.subcarriers)

    @cached_property
    def order(self) -> Indices:
        """For each sample of a slot, its place in the bodies of the slot one after another."""
        n = self.fft_size
        return np.concatenate(
            [np.arange(-prefix, n) % n + i * n for i, prefix in enumerate(self.prefixes)]
        )

    def bodies_of(self, grid: Complex) -> Complex:
        """Bodies, shape (..., fft_size), of amplitudes on the subcarriers, (..., subcarriers)."""
        spectrum = np.zeros((*grid.shape[:-1], self.fft_size), complex)
        spectrum[..., self.carriers] = grid
        return np.fft.ifft(spectrum, norm="ortho") * self.gain

    def to_time(self, grid: Complex) -> Complex:
        """Waveforms, shape (n, slots * slot), of amplitudes (n, slots, symbols, subcarriers)."""
        n, slots = grid.shape[:2]
        bodies = self.bodies_of(grid).reshape(n, slots, -1)
        return bodies[:, :, self.order].reshape(n, -1)

    def bodies(self, length: int) -> Indices:
        """First sample of the body of each symbol that ends within `length` samples."""
        in_slot = np.cumsum(self.prefixes + self.fft_size) - self.fft_size
        slots = np.arange(-(-length // self.slot)) * self.slot
        first = (slots[:, None] + in_slot).ravel()
        return first[first + self.fft_size <= length]

    def prefix_samples(self, length: int) -> Indices:
        """Samples of all prefixes of symbols that end within `length` samples."""
        first = self.bodies(length)
        back = np.arange(self.prefixes.max(), 0, -1)
        within = back <= np.resize(self.prefixes, len(first))[:, None]
        return (first[:, None] - back)[within]

    def to_frequency(self, series: Complex) -> Complex:
        """Amplitudes (n, symbols, subcarriers) of all symbols that end within the waveforms."""
        first = self.bodies(series.shape[1])
        bodies = series[:, first[:, None] + np.arange(self.fft_size)]
        return np.fft.fft(bodies, norm="ortho")[..., self.carriers] / self.gain


def zadoff_chu(length: int) -> Complex:
    """The pilot of `length` subcarriers, all of amplitude 1 [1]_.

    The sequence of the largest prime below `length`, repeated cyclically. Its autocorrelation over
    that period is 0 at all lags but 0.

    References
    ----------
    .. [1] 3GPP TS 36.211, section 5.5.1.1, base sequence 0 of group 0.
    """
    prime = next(p for p in range(length - 1, 1, -1) if all(p % d for d in range(2, p)))
    root = max(1, int(prime / 31 + 0.5))
    m = np.arange(length) % prime
    return np.exp(-1j * pi * (root * m * (m + 1) % (2 * prime)) / prime)
