"""The event rates of NoiseGAN as published, for comparison with published figures."""

from functools import partial
from typing import ClassVar, Literal

from rpgan.metrics.fitted import Array, Fitted, Law
from rpgan.metrics.legacy import event_rate
from rpgan.metrics.legacy_estimates import compared, of_kind
from rpgan.spec import spec


@spec
class LegacyEventRate:
    """Rates of shot noise by moments, real against generated. Use `Parameters`.

    ``legacy_event_rate_median``, ``_dispersion``, ``_wasserstein`` and ``_missing`` mean what they
    mean in `Parameters`, in arrivals per pulse width; the ideal median is that of the real
    estimates. See `rpgan.metrics.legacy.event_rate` for the estimate and its faults.
    """

    blind: ClassVar[str] = "order in time, and all of the marginal but two moments"

    name: Literal["legacy_event_rate"] = "legacy_event_rate"

    def fit(self, real: Array, law: Law | None) -> Fitted:
        """See `rpgan.metrics`. Defined for shot noise."""
        process = of_kind(law, ("shot_noise",))
        return compared(
            real, ("legacy_event_rate",), partial(column, process.pulse, process.amplitude)
        )


def column(pulse: str, amplitude: str, series: Array) -> Array:
    """The estimates as rows, shape (n, 1)."""
    return event_rate(series, pulse, amplitude)[:, None]
