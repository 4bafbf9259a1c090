"""The tail indices of NoiseGAN as published, for comparison with published figures."""

from typing import ClassVar, Literal

import numpy as np

from rpgan.errors import UndefinedLaw
from rpgan.metrics.fitted import Array, Fitted, Law
from rpgan.metrics.legacy import SEGMENTS, alpha, scale
from rpgan.metrics.legacy_estimates import compared, of_kind
from rpgan.spec import spec


@spec
class LegacyAlpha:
    """Tail indices and dispersions by extremes of segments, real against generated.

    ``legacy_alpha_...`` and ``legacy_scale_...``, each with ``median``, ``dispersion``,
    ``wasserstein`` and ``missing`` as in `Parameters`, which is what to use; the ideal median is
    that of the real estimates, as these are biased. For alpha-stable series of a multiple of 128
    samples. At less than 1024 samples nearly all estimates are missing. See
    `rpgan.metrics.legacy.alpha` and `scale` for the estimates and their faults.
    """

    blind: ClassVar[str] = "order in time, beyond 1/128 of the length, and all but extremes"

    name: Literal["legacy_alpha"] = "legacy_alpha"

    def fit(self, real: Array, law: Law | None) -> Fitted:
        """See `rpgan.metrics`. Defined for alpha-stable noise, if 128 divides its length."""
        of_kind(law, ("alpha_stable",))
        if real.shape[1] % SEGMENTS:
            raise UndefinedLaw(
                f"published for {SEGMENTS} segments, which do not divide {real.shape[1]} samples"
            )
        return compared(real, ("legacy_alpha", "legacy_scale"), columns)


def columns(series: Array) -> Array:
    """Tail index and dispersion of each series, shape (n, 2)."""
    index = alpha(series)
    return np.stack([index, scale(series, index)], axis=1)
