"""Increments of a series, from which its sum gives it back."""

from collections.abc import Iterable
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from rpgan.representations.arrays import namespace
from rpgan.representations.items import as_series
from rpgan.spec import spec

Array = NDArray[np.floating[Any]]


@spec
class Increments:
    """The first sample, then the differences from one sample to the next.

    For processes with stationary increments, such as fractional Brownian motion, whose own range
    grows with time. The inverse sums in double precision.
    """

    exact: ClassVar[bool] = True
    name: Literal["increments"] = "increments"

    def shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        return as_series(self.name, shape)

    def bounded(self, before: bool) -> bool:
        return False

    def fit(self, blocks: Iterable[Array]) -> dict[str, NDArray[Any]]:
        return {}

    def encode(self, x: Array, state: dict[str, NDArray[Any]]) -> Array:
        xp = namespace(x)
        return xp.diff(x, 1, -1, xp.zeros_like(x[..., :1]))

    def decode(self, y: Array, state: dict[str, NDArray[Any]]) -> Array:
        return np.cumsum(y, axis=-1, dtype=np.float64)
