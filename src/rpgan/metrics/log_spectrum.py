"""The mean spectrum against the exact expectation of what a finite series shows of it."""

from functools import lru_cache, partial
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from rpgan.metrics.fitted import Fitted, Law, of_means
from rpgan.metrics.known import known, one_channel, stationary
from rpgan.metrics.multitaper import spectra_of
from rpgan.metrics.psd_distance import PSDDistance, geodesic_distance, log_gain, positive
from rpgan.metrics.slepian import slepian
from rpgan.spec import spec

Array = NDArray[np.float64]


@spec
class LogSpectrum:
    """Mean multitaper spectrum against its expectation under the law, in nepers of power.

    With l = ln(mean of the generated spectra / expectation) at each frequency:

    ``log_spectrum_rms``
        Root mean square of l: shape and gain together.
    ``log_spectrum_distance``
        Its standard deviation: the geodesic distance, blind to gain.
    ``log_spectrum_gain``
        Its mean: how much too loud, 1 neper is 4.34 dB.

    The expectation is that of the estimate, leakage and removed mean included, so no other bias
    than that of a logarithm, -1 / (2 n tapers), is left; and as it is exact, the floor is
    sqrt(1 / (n * tapers)), 1 / sqrt(2) of that of `PSDDistance`. Of a law with stationary
    increments these are compared. The settings are those of `PSDDistance`.
    """

    blind: ClassVar[str] = (
        "phase and marginal: anything with the same mean spectrum; how series differ among "
        "themselves; slow trends below time_bandwidth / length, and the mean"
    )

    time_bandwidth: float = 4.0
    tapers: int = 7
    floor_db: float = -60.0
    name: Literal["log_spectrum"] = "log_spectrum"

    def __post_init__(self) -> None:
        _ = self.estimate  # refuses impossible settings

    @property
    def estimate(self) -> PSDDistance:
        """How spectra are estimated."""
        return PSDDistance(
            time_bandwidth=self.time_bandwidth, tapers=self.tapers, floor_db=self.floor_db
        )

    def fit(self, real: Array, law: Law | None) -> Fitted:
        """See `rpgan.metrics`. Undefined without an autocovariance."""
        autocovariance = known(stationary(law)[0], "autocovariance")
        one_channel(real)
        made = stationary(law)[1]
        r = np.asarray(autocovariance(np.arange(made(real[:1]).shape[1])), np.float64)
        expected = expected_multitaper(tuple(r), self.time_bandwidth, self.tapers)

        def spectra(series: Array) -> Array:
            return spectra_of(made(series), self.time_bandwidth, self.tapers)

        names = ("log_spectrum_rms", "log_spectrum_distance", "log_spectrum_gain")
        values = partial(self.values, self.estimate.above_floor(expected))
        return of_means(spectra, values, dict.fromkeys(names, 0.0))

    def values(self, expected: Array, fake: Array) -> dict[str, float]:
        """Values of the mean spectrum `fake`, (m,), against what was expected, (m,)."""
        fake = self.estimate.above_floor(fake)
        return {
            "log_spectrum_rms": rms_log_ratio(expected, fake),
            "log_spectrum_distance": geodesic_distance(expected, fake),
            "log_spectrum_gain": log_gain(expected, fake),
        }


def rms_log_ratio(expected: Array, fake: Array) -> float:
    """Root mean square over frequency of ln(fake / expected); NaN if a spectrum vanishes."""
    if not positive(expected, fake):
        return np.nan
    return float(np.sqrt(np.mean(np.log(fake / expected) ** 2)))


@lru_cache(maxsize=4)
def expected_multitaper(r: tuple[float, ...], time_bandwidth: float, tapers: int) -> Array:
    """What `multitaper` is on average for series of autocovariance `r`, (length,): shape (m,).

    Of one taper v it is sum_k r(k) (v * v)(k) e^(-iwk), with * a correlation, before the mean of
    the series is removed. That subtracts V(w) times the mean from the transform, with V that of v,
    hence 2 Re(V* U) / length - |V|^2 var(mean) from the square, where U is the transform of v times
    length * cov(x_t, mean).
    """
    covariance, length = np.array(r), len(r)
    windows, shares = slepian(length, time_bandwidth, tapers)
    weighted = windows * np.sqrt(shares / shares.sum())[:, None]
    spectrum = np.fft.rfft(weighted, 2 * length)
    overlap = np.fft.irfft((spectrum.real**2 + spectrum.imag**2).sum(axis=0))[:length]
    folded = overlap * covariance
    before = 2 * np.fft.rfft(folded).real - folded[0]
    sums = np.cumsum(covariance)
    with_mean = sums + sums[::-1] - covariance[0]
    v, u = np.fft.rfft(weighted), np.fft.rfft(weighted * with_mean)
    removed = (2 * (v.conj() * u).real - np.abs(v) ** 2 * with_mean.mean()).sum(axis=0) / length
    return (before - removed)[1 : (length + 1) // 2]
