"""Thomson's multitaper spectrum of many series at once."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rpgan.metrics.memory import Memory, fingerprint
from rpgan.metrics.slepian import slepian

Array = NDArray[np.float64]

CHUNK_SAMPLES = 2**16  # per pass: 0.5 MiB of float64, so that series, product and FFT stay in cache


def multitaper(
    series: NDArray[np.inexact], time_bandwidth: float = 4.0, tapers: int = 7
) -> tuple[Array, Array]:
    """Power spectral density of each series, by Thomson's method [1]_.

    The mean over Slepian tapers of |FFT(taper * series)|^2, weighted by the share of each
    taper's energy that lies within the bandwidth. With 7 tapers an estimate has about 13.8
    degrees of freedom at each frequency, against 2 for a periodogram. The mean of each series is
    removed first, or it would leak into the lowest `time_bandwidth` bins.

    Parameters
    ----------
    series : (n, length), real or complex
    time_bandwidth : float
        Half the bandwidth in bins of 1 / length: an estimate averages the spectrum over
        +- `time_bandwidth` / `length`.
    tapers : int
        At most 2 * `time_bandwidth` of them keep their energy within the bandwidth.

    Returns
    -------
    frequency : (m,)
        Cycles per sample, strictly between 0 and 1/2, where the estimates are alike in law; of
        complex series also between -1/2 and 0, in ascending order.
    spectra : (n, m)
        Two-sided: the integral over (-1/2, 1/2) is the variance, of complex series E|x - mean|^2.

    References
    ----------
    .. [1] Thomson. "Spectrum estimation and harmonic analysis."
       Proceedings of the IEEE 70 (1982), 1055-1096.
    """
    n, length = series.shape
    windows, shares = slepian(length, time_bandwidth, tapers)
    weighted = windows * np.sqrt(shares / shares.sum())[:, None]
    positive = np.arange(1, (length + 1) // 2)
    inside = np.r_[-positive[::-1], positive] if np.iscomplexobj(series) else positive
    spectra = np.zeros((n, len(inside)))
    for rows in chunks(n, length):
        x = np.asarray(series[rows], dtype=np.result_type(series, np.float64))
        x = x - x.mean(axis=1, keepdims=True)
        for window in weighted:
            spectra[rows] += power(x * window)[:, inside]
    return inside / length, spectra


MEMORY = Memory(4)


def spectra_of(series: NDArray[np.inexact], time_bandwidth: float = 4.0, tapers: int = 7) -> Array:
    """The spectra of `multitaper`, which several metrics ask for: not to be written to."""
    key = fingerprint(series), time_bandwidth, tapers
    return MEMORY.get(key, lambda: multitaper(series, time_bandwidth, tapers)[1])


def chunks(n: int, length: int) -> Iterator[slice]:
    """Rows 0 to n - 1 in slices of about `CHUNK_SAMPLES` samples."""
    step = max(1, CHUNK_SAMPLES // length)
    return (slice(start, start + step) for start in range(0, n, step))


def power(series: NDArray[Any], n_fft: int | None = None) -> Array:
    """|FFT|^2 of each series, zero-padded to `n_fft` samples.

    At frequencies 0 to 1/2, of complex series also from there, or -1/2, back to 0.
    """
    transform = np.fft.fft if np.iscomplexobj(series) else np.fft.rfft
    z = transform(series, n=n_fft)
    return z.real**2 + z.imag**2
