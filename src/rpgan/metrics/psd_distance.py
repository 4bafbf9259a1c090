"""Distance between mean spectra, and the gain between them."""

from functools import partial
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from rpgan.errors import UndefinedLaw
from rpgan.metrics.channels import by_channel, is_quadrature
from rpgan.metrics.fitted import Fitted, Law, of_means
from rpgan.metrics.multitaper import spectra_of
from rpgan.spec import spec

Array = NDArray[np.float64]


@spec
class PSDDistance:
    """Geodesic distance [1]_ of the mean multitaper spectra, and the gain between them.

    ``psd_distance`` is the standard deviation over frequency of ln(fake / real), ``psd_log_gain``
    its mean, both in nepers of power (1 neper is 4.34 dB). The distance is blind to gain and
    offset and, as any spectrum, to phase: a Gaussian series and any other with its spectrum are
    the same. For n real and as many generated series of one law it is about
    sqrt(2 / (n * tapers)), not 0; that is the floor. Several channels count as one long spectrum,
    in-phase and quadrature as the two-sided one of a complex series.

    Parameters
    ----------
    time_bandwidth : float > 0
        Half the bandwidth of an estimate, in bins of 1 / length.
    tapers : int in [1, 2 * time_bandwidth]
    floor_db : float < 0
        Each mean spectrum is raised to this level below its own peak. What lies lower is leakage
        of the estimate, and its logarithm would swamp the distance of band-limited series. Seven
        tapers leak more than that: the stop band of a `BandNoise` is estimated at -46 dB (length
        1024) to -57 dB (4096), and the distance varies from draw to draw by a third or more of
        its value. With 4 tapers, or 11 of time_bandwidth 8, it lies below -74 dB and does not.

    References
    ----------
    .. [1] Georgiou. "Distances and Riemannian metrics for spectral density functions."
       IEEE Transactions on Signal Processing 55 (2007), 3995-4003.
    """

    blind: ClassVar[str] = (
        "phase and marginal: anything with the same mean spectrum; how series differ among "
        "themselves; slow trends below time_bandwidth / length, and the mean"
    )

    time_bandwidth: float = 4.0
    tapers: int = 7
    floor_db: float = -60.0
    name: Literal["psd_distance"] = "psd_distance"

    def __post_init__(self) -> None:
        if not self.time_bandwidth > 0:
            raise ValueError(f"time_bandwidth must be positive, got {self.time_bandwidth}")
        if not 1 <= self.tapers <= 2 * self.time_bandwidth:
            raise ValueError(
                f"tapers must lie in [1, 2 * time_bandwidth = {2 * self.time_bandwidth:g}], "
                f"got {self.tapers}"
            )
        if not self.floor_db < 0:
            raise ValueError(f"floor_db must be negative, got {self.floor_db}")

    def fit(self, real: Array, law: Law | None) -> Fitted:
        """See `rpgan.metrics`. Undefined for a law without variance."""
        if law is not None and law.tail_index <= 2:
            raise UndefinedLaw(
                f"a law with tail index {law.tail_index:g} has no variance, hence no spectrum"
            )
        spectra = partial(by_channel, self.spectra, is_quadrature(law))
        real_mean = self.above_floor(spectra(real).mean(axis=0))
        return of_means(
            spectra, partial(self.values, real_mean), {"psd_distance": 0.0, "psd_log_gain": 0.0}
        )

    def spectra(self, series: Array) -> Array:
        """Multitaper spectrum of each series, (n, length), at frequencies where it is smooth."""
        return spectra_of(series, self.time_bandwidth, self.tapers)

    def mean_spectrum(self, spectra: Array) -> Array:
        """Mean over series, no lower than `floor_db` below its peak."""
        return self.above_floor(spectra.mean(axis=0))

    def above_floor(self, mean: Array) -> Array:
        """A mean spectrum, (m,), no lower than `floor_db` below its peak."""
        return np.maximum(mean, mean.max() * 10 ** (self.floor_db / 10))

    def compare(self, real_mean: Array, fake: Array) -> dict[str, float]:
        """Values of the spectra `fake`, (n, m), against the mean spectrum of the real set, (m,)."""
        return self.values(real_mean, fake.mean(axis=0))

    def values(self, real_mean: Array, fake_mean: Array) -> dict[str, float]:
        """Values of a mean spectrum against the real one, which is above the floor already."""
        fake_mean = self.above_floor(fake_mean)
        return {
            "psd_distance": geodesic_distance(real_mean, fake_mean),
            "psd_log_gain": log_gain(real_mean, fake_mean),
        }


def geodesic_distance(real: Array, fake: Array) -> float:
    """Standard deviation over frequency of ln(fake / real); NaN if a spectrum vanishes somewhere.

    0 exactly when one spectrum is a multiple of the other.
    """
    return float(np.std(np.log(fake / real))) if positive(real, fake) else np.nan


def log_gain(real: Array, fake: Array) -> float:
    """Mean over frequency of ln(fake / real), nepers; NaN if a spectrum vanishes somewhere."""
    return float(np.mean(np.log(fake / real))) if positive(real, fake) else np.nan


def positive(real: Array, fake: Array) -> bool:
    """Whether the logarithm of the ratio exists: silent series have no spectrum to compare."""
    return bool((real > 0).all() and (fake > 0).all())
