"""The tapers of multitaper spectra."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from rpgan.errors import UserError

Array = NDArray[np.float64]


@lru_cache(maxsize=8)
def slepian(length: int, time_bandwidth: float, tapers: int) -> tuple[Array, Array]:
    """Slepian tapers of unit energy, (tapers, length), and the share of it within the bandwidth.

    Eigenvectors of Slepian's tridiagonal matrix [1]_, as `scipy.signal.windows.dpss` has them to
    the last bit: symmetric ones have a positive sum, antisymmetric ones begin with a positive lobe.
    (All of `scipy.signal` would take half a second to import.)

    References
    ----------
    .. [1] Slepian. "Prolate spheroidal wave functions, Fourier analysis, and uncertainty V: the
       discrete case." Bell System Technical Journal 57 (1978), 1371-1430.
    """
    if length <= 2 * time_bandwidth:
        raise UserError(
            f"multitaper spectra need more than 2 * time_bandwidth = {2 * time_bandwidth:g} "
            f"samples per series, got {length}: take longer series or a smaller time_bandwidth"
        )
    from scipy.linalg import eigh_tridiagonal

    t, half_width = np.arange(length), time_bandwidth / length  # cycles per sample
    diagonal = ((length - 1 - 2 * t) / 2) ** 2 * np.cos(2 * np.pi * half_width)
    beside = t[1:] * (length - t[1:]) / 2
    largest = length - tapers, length - 1
    _, columns = eigh_tridiagonal(diagonal, beside, select="i", select_range=largest)
    windows = columns[:, ::-1].T.copy()
    for order, window in enumerate(windows):
        lead = window[window**2 > 1 / length][0] if order % 2 else window.sum()
        if lead < 0:
            window *= -1
    shares = within(windows, half_width)
    windows.setflags(write=False)
    shares.setflags(write=False)
    return windows, shares


def within(windows: Array, half_width: float) -> Array:
    """Share of the energy of each window within +- `half_width` cycles per sample, (tapers,)."""
    from scipy.fft import next_fast_len

    length = windows.shape[1]
    n_fft = next_fast_len(2 * length - 1, real=True)
    z = np.fft.rfft(windows, n_fft)
    products = np.fft.irfft(z * z.conj(), n_fft)[:, :length]  # summed over time, by lag
    weight = 4 * half_width * np.sinc(2 * half_width * np.arange(length))
    weight[0] = 2 * half_width
    return products @ weight
