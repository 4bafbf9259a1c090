"""Metrics whose value is the mean score of several networks, each trained for the purpose."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rpgan.errors import UndefinedLaw
from rpgan.metrics.fitted import Fitted
from rpgan.metrics.intervals import student_t
from rpgan.metrics.memory import Memory, fingerprint

Array = NDArray[np.float64]

MEMORY = Memory(4)  # a value and its interval are of the same trainings
LEAST = {"runs": 2, "floor_draws": 2, "steps": 1, "batch": 1, "window": 2}


def check(metric: Any) -> None:
    """Refuse settings that are below what they must be; `hidden` may also be None."""
    limits = LEAST if metric.hidden is None else LEAST | {"hidden": 1}
    for name, least in limits.items():
        value = getattr(metric, name)
        if not value >= least:
            raise ValueError(f"{name} must be at least {least}, got {value}")


def check_series(real: Array, window: int) -> None:
    """Refuse series that cannot be cut into pieces of `window` samples."""
    if real.ndim > 3:
        raise UndefinedLaw(f"items of shape {real.shape[1:]} are images, not series in time")
    if real.shape[-1] < window:
        raise UndefinedLaw(
            f"series of {real.shape[-1]} samples are shorter than the pieces of window = {window} "
            "that its networks see"
        )


def mean_of_runs(
    name: str,
    ideal: float,
    scores: Callable[[Array, Array], Array],
    settings: object,
    real: Array,
    floor_draws: int,
) -> Fitted:
    """The mean of `scores(real, fake)`, one per training, and its interval over trainings.

    Groups of series are not left out, as for other metrics: networks trained anew without them
    would differ by chance more than by the series.
    """
    target = fingerprint(real)

    def of_set(rows: Array) -> Array:
        key = target, fingerprint(rows), settings
        return MEMORY.get(key, lambda: scores(real, rows.reshape(-1, *real.shape[1:])))

    def interval(rows: Array) -> dict[str, tuple[float, float]]:
        found = of_set(rows)
        reach = student_t(0.975, len(found) - 1) * found.std(ddof=1) / np.sqrt(len(found))
        return {name: (float(found.mean() - reach), float(found.mean() + reach))}

    return Fitted(
        statistic=lambda series: series.reshape(len(series), -1),
        compare=lambda rows: {name: float(of_set(rows).mean())},
        ideal={name: ideal},
        interval=interval,
        floor_draws=floor_draws,
    )
