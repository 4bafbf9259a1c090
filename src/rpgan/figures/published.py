"""Axes of the figures in NoiseGAN's paper [1]_, for laying ours beside them.

With ``figures: {axes: published}`` in params.yaml a panel has the limits of the published one,
members stand at equal distances, and estimates are the published ones wherever the battery has
them (``legacy_hurst`` and so on). Where a panel was published twice, for series scaled and
quantile-transformed, the wider pair of limits is taken. Panels that were not published stay as they
are, and so do colours.

.. [1] Wunderlich, Sklar. "Data-driven modeling of noise time series with convolutional generative
   adversarial networks." Machine Learning: Science and Technology 4 (2023), 035023.
"""

from dataclasses import replace
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from rpgan.figures.family import Family

Range = tuple[float, float]

# By process (and pulse), then panel; a second range continues the axis beyond a break.
LIMITS: dict[str, dict[str, tuple[Range, ...]]] = {
    "fgn": {
        "distance": ((0, 0.5),),
        "hurst": ((0, 1.02),),
        "density": ((-0.02, 2.25),),
        "coverage": ((-0.01, 1.02),),
    },
    "fbm": {
        "distance": ((0, 1.75),),
        "hurst": ((-0.3, 2),),
        "density": ((-0.02, 2.25),),
        "coverage": ((0.48, 1.02),),
        "spectrum": ((-20, 60),),
    },
    "shot_noise one_sided_exponential": {
        "distance": ((0, 0.14),),
        "rate": ((0, 5),),
        "density": ((0, 1.75),),
        "coverage": ((0.39, 1.02),),
        "process spectrum": ((-80, 20),),
    },
    "shot_noise gaussian": {
        "distance": ((0, 2.2),),
        "rate": ((0, 5),),
        "density": ((0, 4.1),),
        "coverage": ((0.965, 1.002),),
        "process spectrum": ((-80, 20),),
    },
    "band_noise": {
        "distance": ((0, 3.2),),
        "density": ((0, 2),),
        "process spectrum": ((-80, 5),),
    },
    "bernoulli_gaussian": {
        "distance": ((0, 0.5),),
        "probability": ((-0.05, 1),),
        "amplitude_ratio": ((0, 20),),
        "density": ((-0.1, 2), (8, 42)),
        "marginal": ((-3.5, 3.5),),
    },
    "alpha_stable": {
        "distance": ((0, 1.25),),
        "alpha": ((0, 3.1),),
        "density": ((-0.1, 2.4),),
        "coverage": ((-0.02, 1.02),),
        "marginal": ((-15, 15),),
    },
}
ESTIMATES = {  # the parameter that each published estimate is of
    "legacy_hurst": "hurst",
    "legacy_event_rate": "rate",
    "legacy_probability": "probability",
    "legacy_amplitude_ratio": "amplitude_ratio",
    "legacy_alpha": "alpha",
    "legacy_scale": "scale",
}
MEMBERS: dict[str, dict[str, tuple[float, ...]]] = {  # shown where only some were
    "fgn": {"process": (0.2, 0.8)},
    "fbm": {"waveforms": (0.5,), "process": (0.2, 0.5, 0.8)},
    "shot_noise one_sided_exponential": {"waveforms": (0.25,), "process": (0.25, 0.5, 1, 2)},
    "shot_noise gaussian": {"process": (0.25, 0.5, 1, 2)},
    "bernoulli_gaussian": {"waveforms": (0.05,), "process": (0.01, 0.05, 0.1)},
    "alpha_stable": {"waveforms": (1.0,), "process": (0.5, 1.0, 1.5)},
}
# The published spectrum averages its seven tapers before squaring, weighted by eigenvalue over
# rank: one taper of energy sum (1 / (49 k^2)), k = 1..7, whose median is ln 2 of its mean.
TAPER = sum(1 / (49 * k**2) for k in range(1, 8))
LAW_LEVEL = float(
    10 * np.log10(TAPER * np.log(2))
)  # dB of a published median over the true density
MEDIAN_OF_SEVEN = 0.9528  # of chi-squared of 14 degrees of freedom, over its mean: ours
LEVEL = LAW_LEVEL - float(10 * np.log10(MEDIAN_OF_SEVEN))  # dB of a published median over ours


def key(settings: dict[str, Any]) -> str:
    """What `LIMITS` and `MEMBERS` call a process."""
    return " ".join(filter(None, (settings["name"], settings.get("pulse"))))


def ranges(family: Family, settings: dict[str, Any], panel: str) -> tuple[Range, ...]:
    """The published limits of a panel, from the lowest up; none if it has its own."""
    if not family.published:
        return ()
    return LIMITS.get(key(settings), {}).get(ESTIMATES.get(panel, panel), ())


def limit(ax: Axes, family: Family, settings: dict[str, Any], panel: str) -> None:
    """Give a panel's y axis the published limits, if it is to have them."""
    for low, high in ranges(family, settings, panel)[:1]:
        ax.set_yscale("linear")
        ax.set_ylim(low, high)


def narrowed(family: Family, settings: dict[str, Any], figure: str) -> Family:
    """`family` with those members alone that were published in `figure`, if it has any of them."""
    shown = MEMBERS.get(key(settings), {}).get(figure, ()) if family.published else ()
    found = {d: value for d, value in family.members.items() if value in shown}
    return replace(family, members=found) if found else family


def parameters(family: Family, found: list[str]) -> list[str]:
    """Which of the estimates `found` are shown: the law's own, or the published ones.

    If there are none of these, all are.
    """
    shown = [name for name in found if (name in ESTIMATES) == family.published]
    return shown or found


def beyond(values: NDArray[np.floating], limits: Range) -> int:
    """How many values lie outside of the limits."""
    finite = values[np.isfinite(values)]
    return int(np.count_nonzero((finite < limits[0]) | (finite > limits[1])))
