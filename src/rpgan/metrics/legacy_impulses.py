"""The impulse parameters of NoiseGAN as published, for comparison with published figures."""

from typing import ClassVar, Literal

import numpy as np

from rpgan.metrics.fitted import Array, Fitted, Law
from rpgan.metrics.legacy import impulses
from rpgan.metrics.legacy_estimates import compared, of_kind
from rpgan.spec import spec


@spec
class LegacyImpulses:
    """Impulse probabilities and amplitude ratios, real against generated. Use `Parameters`.

    ``legacy_probability_...`` and ``legacy_amplitude_ratio_...``, each with ``median``,
    ``dispersion``, ``wasserstein`` and ``missing`` as in `Parameters`; the ideal median is that of
    the real estimates. For Bernoulli-Gaussian noise, with bursts or without. See
    `rpgan.metrics.legacy.impulses` for the estimate and its faults.
    """

    blind: ClassVar[str] = "order in time, hence bursts"

    name: Literal["legacy_impulses"] = "legacy_impulses"

    def fit(self, real: Array, law: Law | None) -> Fitted:
        """See `rpgan.metrics`. Defined for Bernoulli-Gaussian noise."""
        of_kind(law, ("bernoulli_gaussian", "markov_bernoulli_gaussian"))
        return compared(real, ("legacy_probability", "legacy_amplitude_ratio"), columns)


def columns(series: Array) -> Array:
    """Probability and ratio of each series, shape (n, 2)."""
    return np.stack(impulses(series), axis=1)
