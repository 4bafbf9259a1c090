"""A logarithm of the size that keeps the sign and passes through zero."""

from collections.abc import Iterable
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from rpgan.representations.arrays import namespace
from rpgan.representations.typical_size import typical_size
from rpgan.spec import spec

Array = NDArray[np.floating[Any]]


@spec
class SoftLog:
    """sign(x) log(1 + |x| / s) for heavy tails; s is the training set's median of |x| by channel.

    It turns a Pareto tail into an exponential one, as `asinh` does, with a bend at zero.
    """

    exact: ClassVar[bool] = True
    name: Literal["soft_log"] = "soft_log"

    def shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        return shape

    def bounded(self, before: bool) -> bool:
        return False

    def fit(self, blocks: Iterable[Array]) -> dict[str, NDArray[Any]]:
        return {"size": typical_size(blocks)}

    def encode(self, x: Array, state: dict[str, NDArray[Any]]) -> Array:
        xp = namespace(x)
        return xp.copysign(xp.log1p(xp.abs(x) / state["size"]), x)

    def decode(self, y: Array, state: dict[str, NDArray[Any]]) -> Array:
        return np.copysign(state["size"] * np.expm1(np.abs(y)), y)
