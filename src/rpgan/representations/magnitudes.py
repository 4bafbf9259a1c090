"""Magnitudes as a network sees them: linear, or one of two logarithms."""

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from rpgan.representations.arrays import namespace

Array = NDArray[np.floating[Any]]
Compression = Literal["log", "log1p", "linear"]


def compressed(magnitude: Array, how: Compression, floor: Any) -> Array:
    """As they are, log(1 + magnitude), or log10 of what lies above `floor`."""
    xp = namespace(magnitude)
    if how == "log":
        return xp.log10(xp.maximum(magnitude, floor))
    return xp.log1p(magnitude) if how == "log1p" else magnitude


def expanded(y: Array, how: Compression) -> Array:
    """The inverse of `compressed`: what would be negative is 0."""
    if how == "log":
        y = 10.0**y
    return np.maximum(np.expm1(y) if how == "log1p" else y, 0)
