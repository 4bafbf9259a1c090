"""Rayleigh fading over the tapped delay lines of 3GPP, with the classical Doppler spectrum."""

from dataclasses import dataclass
from functools import lru_cache
from math import lgamma, log

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Complex = NDArray[np.complex128]

# Delays in ns and relative powers in dB: 3GPP TS 36.101, tables B.2.1-2 to B.2.1-4.
PROFILES: dict[str, tuple[tuple[float, ...], tuple[float, ...]]] = {
    "epa": ((0, 30, 70, 90, 110, 190, 410), (0, -1, -2, -3, -8, -17.2, -20.8)),
    "eva": (
        (0, 30, 150, 310, 370, 710, 1090, 1730, 2510),
        (0, -1.5, -1.4, -3.6, -0.6, -9.1, -7, -12, -16.9),
    ),
    "etu": ((0, 50, 120, 200, 230, 500, 1600, 2300, 5000), (-1, -1, -1, 0, 0, 0, -3, -5, -7)),
}

NEGLIGIBLE = 1e-12  # error of an autocorrelation that is 1 at lag 0


@dataclass(frozen=True)
class Fading:
    """Independent Rayleigh taps: `delays` in samples, `powers` of sum 1.

    The autocorrelation of a tap's complex gain at lag k is J0(2 pi doppler k), with `doppler` in
    cycles per sample.
    """

    delays: NDArray[np.int64]
    powers: Array
    doppler: float

    def apply(self, series: Complex, rng: np.random.Generator) -> Complex:
        """What arrives of `series`, shape (n, length), through channels that were at rest."""
        n, length = series.shape
        latest = int(self.delays.max())
        sent = np.concatenate([np.zeros((n, latest)), series], axis=1)
        arrived = np.zeros_like(series)
        for delay, gain in zip(self.delays, self.gains(n, length, rng).swapaxes(0, 1), strict=True):
            arrived += gain * sent[:, latest - delay :][:, :length]
        return arrived

    def gains(self, n: int, length: int, rng: np.random.Generator) -> Complex:
        """Random gains of the taps of `n` channels, shape (n, taps, length)."""
        basis = waves(self.doppler, length)
        amplitudes = rng.standard_normal((n, len(self.delays), 2, len(basis)))
        amplitudes *= np.sqrt(self.powers / 2)[:, None, None]
        # Not a product of matrices, whose threads would wait for those of `blocks.draw`.
        parts = np.einsum("ntpw,wl->ntpl", amplitudes, basis)
        return parts[:, :, 0] + 1j * parts[:, :, 1]


@lru_cache(maxsize=4)
def waves(doppler: float, length: int) -> Array:
    """Waves over `length` samples whose sum, of white Gaussian amplitudes, is a tap's gain.

    Shape (waves, length): a cosine and a sine for each direction. They arrive from the nodes of a
    quadrature by which the mean of cos(x cos(angle)) over the circle is J0(x), so that the law is
    exact up to `NEGLIGIBLE`.
    """
    count = directions(2 * np.pi * doppler * length)
    angles = np.pi * (np.arange(count) + 0.5) / (2 * count)
    phases = 2 * np.pi * doppler * np.cos(angles)[:, None] * np.arange(length)
    return np.concatenate([np.cos(phases), np.sin(phases)]) / np.sqrt(count)


@lru_cache
def fading(profile: str, doppler: float, sample_rate: float) -> Fading:
    """A profile of 3GPP at this sample rate, with `doppler` in Hz too.

    Taps of which the nearest sample is the same add their powers.
    """
    delays_ns, powers_db = PROFILES[profile]
    nearest = np.ceil(np.array(delays_ns) * 1e-9 * sample_rate - 0.5).astype(np.int64)
    delays, tap = np.unique(nearest, return_inverse=True)
    powers = np.bincount(tap, 10 ** (np.array(powers_db) / 10))
    return Fading(delays, powers / powers.sum(), doppler / sample_rate)


def directions(phase: float) -> int:
    """How many of a quarter circle make the error of J0 negligible up to `phase`.

    It is 2 J_4m(phase) for m directions, and J_k(x) <= (x / 2)^k / k!.
    """
    m = 1
    while log(2) + 4 * m * log(phase / 2) - lgamma(4 * m + 1) > log(NEGLIGIBLE):
        m += 1
    return m
