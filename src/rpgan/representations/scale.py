"""Scaling to the range of a network's output."""

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from rpgan.spec import spec

Array = NDArray[np.floating[Any]]
NARROWEST = 1e-6  # width given to a constant feature, relative to the widest feature


@spec
class Scale:
    """Map the training set's range of every feature (element of the tensor) onto [-1, 1].

    A feature that is constant in the training set, such as the first sample of fractional
    Brownian motion, is given a width of a millionth of the widest one: whatever a network puts
    out there, the inverse is the constant, and other values still survive the round trip.
    """

    kind: Literal["feature_min_max"] = "feature_min_max"
    name: Literal["scale"] = "scale"

    def shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        return shape

    def fit(self, x: Array) -> dict[str, NDArray[Any]]:
        low, high = x.min(axis=0).astype(np.float64), x.max(axis=0).astype(np.float64)
        half = high / 2 - low / 2
        smallest = max(NARROWEST * float(half.max()), float(np.finfo(np.float32).tiny))
        return {"middle": high / 2 + low / 2, "half_width": np.maximum(half, smallest)}

    def encode(self, x: Array, state: dict[str, NDArray[Any]]) -> Array:
        return (x - state["middle"]) / state["half_width"]

    def decode(self, y: Array, state: dict[str, NDArray[Any]]) -> Array:
        return y * state["half_width"] + state["middle"]
