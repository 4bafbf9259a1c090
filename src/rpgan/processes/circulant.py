"""Stationary Gaussian series from white noise, through a circulant covariance matrix.

A Toeplitz covariance is the corner of a circulant matrix of at least twice the size, which the FFT
diagonalises. If its eigenvalues are not negative, the corner is drawn exactly [1]_ [2]_.

References
----------
.. [1] Davies, Harte. "Tests for Hurst effect." Biometrika 74 (1987), 95-101.
.. [2] Wood, Chan. "Simulation of stationary Gaussian processes in [0, 1]^d."
   J. Comput. Graph. Statist. 3 (1994), 409-432.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rpgan.processes import blocks

Array = NDArray[np.float64]

SILENT = 1e-16  # power relative to the peak below which a bin is not worth its random numbers


@dataclass(frozen=True)
class Circulant:
    """The linear map from white noise to a series whose covariance has these eigenvalues.

    `gain` belongs to the bins from `first` on; all others carry no power. A row of white noise is
    (real, imaginary) per bin; c2r transforms ignore the imaginary part at DC and at Nyquist.
    """

    period: int
    first: int
    gain: Array

    @property
    def draws(self) -> int:
        """White noise needed per series."""
        return 2 * len(self.gain)

    def colour(self, white: Array, length: int) -> Array:
        """Series of shape (n, length) from white noise of shape (n, draws)."""
        spectrum = np.zeros((len(white), self.period // 2 + 1), complex)
        band = spectrum[:, self.first : self.first + len(self.gain)]
        np.multiply(white.view(complex), self.gain, out=band)
        return np.fft.irfft(spectrum, self.period)[:, :length]

    def sample(self, n: int, length: int, rng: np.random.Generator) -> Array:
        """`n` independent series, shape (n, length), of length at most period / 2 + 1."""

        def fill(rows: Array, rng: np.random.Generator) -> None:
            for tile in blocks.tiles(len(rows), self.period):
                white = rng.standard_normal((len(rows[tile]), self.draws))
                rows[tile] = self.colour(white, length)

        return blocks.draw(fill, n, length, rng)


def from_eigenvalues(eigenvalues: Array) -> Circulant:
    """The map for a circulant covariance with eigenvalues at bins 0 .. period / 2.

    Raises ValueError if one is negative by more than rounding: no real series has such a
    covariance.
    """
    if eigenvalues.min() < -1e-9 * eigenvalues.max():
        raise ValueError(f"the covariance is not positive: an eigenvalue is {eigenvalues.min()}")
    power = eigenvalues.clip(min=0)
    audible = np.flatnonzero(power > SILENT * power.max())
    first, last = audible[0], audible[-1]
    period = 2 * (len(power) - 1)
    gain = np.sqrt(power * period / 2)
    gain[[0, -1]] *= np.sqrt(2)  # real bins: one degree of freedom carries all the power
    return Circulant(period, int(first), gain[first : last + 1])


def from_autocovariance(autocovariance: Array) -> Circulant:
    """The map for covariances at lags 0 .. period / 2."""
    return from_eigenvalues(np.fft.hfft(autocovariance).real[: len(autocovariance)])


def fast_length(least: int) -> int:
    """The smallest 2^a 3^b 5^c that is at least `least`: a good half period."""
    best = 1 << max(0, least - 1).bit_length()
    fives = 1
    while fives < best:
        threes = fives
        while threes < best:
            quotient = -(-least // threes)
            best = min(best, threes << max(0, quotient - 1).bit_length())
            threes *= 3
        fives *= 5
    return best
