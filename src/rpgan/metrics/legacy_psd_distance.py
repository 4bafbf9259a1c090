"""The PSD distance of NoiseGAN as published, for comparison with published tables."""

from functools import lru_cache, partial
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from rpgan.metrics.channels import by_channel, is_quadrature
from rpgan.metrics.fitted import Fitted, Law
from rpgan.metrics.multitaper import chunks, power
from rpgan.metrics.psd_distance import geodesic_distance
from rpgan.metrics.slepian import slepian
from rpgan.spec import spec

Array = NDArray[np.float64]

TIME_BANDWIDTH, TAPERS = 4.0, 7


@spec
class LegacyPSDDistance:
    """Geodesic distance of median spectra exactly as NoiseGAN [1]_ computed it. Use `PSDDistance`.

    The published code averages the *complex* spectra of its seven tapers and squares afterwards.
    By linearity that is one periodogram, whose taper is the weighted sum of the seven: two degrees
    of freedom in place of fourteen, a lopsided window, and a floor of sqrt(2 / n) / ln 2, which is
    3.8 times that of the mean multitaper spectrum. Frequency 0 is included, where a series with
    a mean leaks; nothing is floored, so stop bands count as much as pass bands. Medians exist
    for every law, also where the spectrum does not.

    References
    ----------
    .. [1] Wunderlich, Sklar. "Data-driven modeling of noise time series with convolutional
       generative adversarial networks." Machine Learning: Science and Technology 4 (2023), 035023.
    """

    blind: ClassVar[str] = "gain, phase, and what less than half of the series do"

    name: Literal["legacy_psd_distance"] = "legacy_psd_distance"

    def fit(self, real: Array, law: Law | None) -> Fitted:
        """See `rpgan.metrics`. Defined for every law."""
        estimates = partial(by_channel, periodograms, is_quadrature(law))
        return Fitted(
            statistic=estimates,
            compare=partial(compare, median(estimates(real))),
            ideal={"legacy_psd_distance": 0.0},
        )


def compare(real_median: Array, fake: Array) -> dict[str, float]:
    """Value of the periodograms `fake`, (n, m), against the median of the real ones, (m,)."""
    return {"legacy_psd_distance": geodesic_distance(real_median, median(fake))}


def periodograms(series: NDArray[np.inexact]) -> Array:
    """The estimate of each series, shape (n, n_fft / 2), at frequencies from 0 up to below 1/2.

    `n_fft` is the next power of two, at least 256. Complex series have `n_fft` frequencies, as
    OFDM-GAN has it.
    """
    n, length = series.shape
    n_fft = max(256, 1 << (length - 1).bit_length())
    taper = legacy_taper(length)
    kept = n_fft if np.iscomplexobj(series) else n_fft // 2
    estimates = np.empty((n, kept))
    for rows in chunks(n, n_fft):
        estimates[rows] = power(series[rows] * taper, n_fft)[:, :kept]
    return estimates


@lru_cache(maxsize=8)
def legacy_taper(length: int) -> Array:
    """The single taper that the published estimate amounts to, shape (length,)."""
    windows, shares = slepian(length, TIME_BANDWIDTH, TAPERS)
    taper = shares / np.arange(1, TAPERS + 1) @ windows / TAPERS
    taper.setflags(write=False)
    return taper


def median(estimates: Array) -> Array:
    """Median over series, shape (m,): rows that lie together in memory sort 3 x faster."""
    ordered = np.sort(np.ascontiguousarray(estimates.T), axis=1)
    n = len(estimates)
    return (ordered[:, (n - 1) // 2] + ordered[:, n // 2]) / 2
