"""The Hurst exponents of NoiseGAN as published, for comparison with published figures."""

from functools import partial
from typing import ClassVar, Literal

from rpgan.errors import UndefinedLaw
from rpgan.metrics.fitted import Array, Fitted, Law
from rpgan.metrics.legacy import DILATIONS, hurst
from rpgan.metrics.legacy_estimates import compared, of_kind
from rpgan.spec import spec


@spec
class LegacyHurst:
    """Hurst exponents by second differences, real against generated. Use `Parameters`.

    ``legacy_hurst_median``, ``_dispersion``, ``_wasserstein`` and ``_missing`` mean what they mean
    in `Parameters`; the ideal median is that of the real estimates. For fractional Gaussian noise
    and Brownian motion. See `rpgan.metrics.legacy.hurst` for the estimate and its faults: its
    variance is 2.3 times that of Whittle's.
    """

    blind: ClassVar[str] = "scale, marginal, and memory longer than 10 samples"

    name: Literal["legacy_hurst"] = "legacy_hurst"

    def fit(self, real: Array, law: Law | None) -> Fitted:
        """See `rpgan.metrics`. Defined for FGN and FBM."""
        process = of_kind(law, ("fgn", "fbm")).name
        least = 3 * DILATIONS + (process == "fbm")
        if real.shape[1] < least:
            raise UndefinedLaw(f"the estimate needs {least} samples, got {real.shape[1]}")
        return compared(real, ("legacy_hurst",), partial(column, process))


def column(process: str, series: Array) -> Array:
    """The estimates as rows, shape (n, 1)."""
    return hurst(series, process)[:, None]
