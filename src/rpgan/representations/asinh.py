"""A map that is linear for small values and logarithmic for large ones."""

from collections.abc import Iterable
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from rpgan.representations.arrays import namespace
from rpgan.representations.typical_size import typical_size
from rpgan.spec import spec

Array = NDArray[np.floating[Any]]


@spec
class Asinh:
    """asinh(x / s) for heavy tails; s is the training set's median of |x|, channel by channel."""

    exact: ClassVar[bool] = True
    name: Literal["asinh"] = "asinh"

    def shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        return shape

    def bounded(self, before: bool) -> bool:
        return False

    def fit(self, blocks: Iterable[Array]) -> dict[str, NDArray[Any]]:
        return {"size": typical_size(blocks)}

    def encode(self, x: Array, state: dict[str, NDArray[Any]]) -> Array:
        return namespace(x).arcsinh(x / state["size"])

    def decode(self, y: Array, state: dict[str, NDArray[Any]]) -> Array:
        return state["size"] * np.sinh(y)
