"""The spectral distances of OFDM-GAN as published, for comparison with published tables."""

from functools import partial
from typing import ClassVar, Literal

import numpy as np

from rpgan.metrics.channels import by_channel, is_quadrature
from rpgan.metrics.fitted import Array, Fitted, Law
from rpgan.metrics.legacy_psd_distance import median, periodograms
from rpgan.metrics.psd_distance import geodesic_distance
from rpgan.spec import spec


@spec
class LegacyPSDPercentiles:
    """Distances of all percentile curves of spectra, and of the median ones in dB [1]_.

    ``legacy_psd_percentiles_mean``, ``_max``
        Of the geodesic distances between the curves of one percentile over frequency, at 30
        equally spaced percentiles from 0, the least, to 100, the largest. See `PSDDistance`.
    ``legacy_psd_l2``
        Norm of the difference of the median spectra in dB, over that of the real one. Defective:
        it depends on what 0 dB is.
    ``legacy_psd_l2_linear``
        The same of the spectra themselves: the peaks alone.

    The spectra are those of `LegacyPSDDistance`, with the same defects.

    References
    ----------
    .. [1] Sklar, Wunderlich. "Feasibility of modeling orthogonal frequency-division multiplexing
       communication signals with unsupervised generative adversarial networks." J. Res. NIST 126
       (2021), 126046.
    """

    blind: ClassVar[str] = "phase, and of the geodesic distances gain"

    percentiles: int = 30
    name: Literal["legacy_psd_percentiles"] = "legacy_psd_percentiles"

    def __post_init__(self) -> None:
        if not self.percentiles >= 2:
            raise ValueError(f"percentiles must be at least 2, got {self.percentiles}")

    def fit(self, real: Array, law: Law | None) -> Fitted:
        """See `rpgan.metrics`. Defined for every law."""
        estimates = partial(by_channel, periodograms, is_quadrature(law))
        spectra = estimates(real)
        compare = partial(self.compare, self.curves(spectra), median(spectra))
        names = "percentiles_mean", "percentiles_max", "l2", "l2_linear"
        return Fitted(estimates, compare, {f"legacy_psd_{name}": 0.0 for name in names})

    def curves(self, spectra: Array) -> Array:
        """The curve of each percentile, shape (percentiles, m)."""
        ordered = np.sort(np.ascontiguousarray(spectra.T), axis=1)
        place = np.linspace(0, len(spectra) - 1, self.percentiles)
        low = np.minimum(place.astype(np.intp), max(0, len(spectra) - 2))
        share = place - low
        return ((1 - share) * ordered[:, low] + share * ordered[:, low + 1]).T

    def compare(self, real_curves: Array, real_median: Array, fake: Array) -> dict[str, float]:
        """Values of the spectra `fake`, (n, m)."""
        pairs = zip(real_curves, self.curves(fake), strict=True)
        distances = np.array([geodesic_distance(*pair) for pair in pairs])
        middle = median(fake)
        with np.errstate(divide="ignore", invalid="ignore"):
            in_db = relative_l2(10 * np.log10(real_median), 10 * np.log10(middle))
        return {
            "legacy_psd_percentiles_mean": float(distances.mean()),
            "legacy_psd_percentiles_max": float(distances.max()),
            "legacy_psd_l2": in_db if np.isfinite(in_db) else np.nan,
            "legacy_psd_l2_linear": relative_l2(real_median, middle),
        }


def relative_l2(real: Array, fake: Array) -> float:
    """Norm of the difference over that of `real`."""
    norm = float(np.linalg.norm(real))
    return float(np.linalg.norm(fake - real)) / norm if norm > 0 else np.nan
