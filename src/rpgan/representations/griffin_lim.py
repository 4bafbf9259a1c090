"""Phases that make magnitudes the spectrogram of a series, by alternating projections."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rpgan.representations.polar import SMALLEST
from rpgan.representations.stft import STFT, Complex

Array = NDArray[np.floating[Any]]


def griffin_lim(
    spectra: Complex, stft: STFT, length: int, iterations: int, momentum: float
) -> Complex:
    """Spectra (..., frames, bins) with the magnitudes of `spectra` and more consistent phases.

    Griffin and Lim (1984) without `momentum`; with it the fast variant of Perraudin, Balazs and
    Sondergaard (2013), which takes 0.99.
    """
    magnitude = np.abs(spectra)
    before = None
    for _ in range(iterations):
        consistent = stft.analyse(stft.synthesise(spectra, length))
        ahead = consistent
        if before is not None and momentum:
            ahead = consistent + momentum * (consistent - before)
        spectra = ahead * (magnitude / np.maximum(np.abs(ahead), SMALLEST))
        before = consistent
    return spectra


def with_real_part(real: Array, stft: STFT, length: int, iterations: int) -> Complex:
    """Spectra with the real parts `real`, (..., frames, bins), and consistent imaginary parts.

    Projections alternate as in Griffin and Lim's algorithm. Both sets are linear, so that they
    find the nearest consistent spectra: there is no other minimum.
    """
    spectra = real + 0j
    for _ in range(iterations):
        spectra = real + 1j * stft.analyse(stft.synthesise(spectra, length)).imag
    return spectra


def spectral_convergence(magnitude: Array, x: Array, stft: STFT) -> Array:
    """Relative error of the spectrograms of series (n, ..., length) against `magnitude`: (n,)."""
    wrong = np.abs(stft.analyse(x)) - magnitude
    norms = [np.sqrt(np.square(a).reshape(len(a), -1).sum(axis=1)) for a in (wrong, magnitude)]
    return norms[0] / norms[1]
