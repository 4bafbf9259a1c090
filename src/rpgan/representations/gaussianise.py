"""The marginal law of a series made normal."""

from collections.abc import Iterable
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from rpgan.representations import marginal
from rpgan.spec import spec

Array = NDArray[np.floating[Any]]


@spec
class Gaussianise:
    """Normal scores Phi^-1(F(x)), F being the law of all values of a channel in the training set.

    F is interpolated between `n_quantiles` quantiles from probability `tail` to 1 - `tail`, and
    generalised-Pareto outside, so that the inverse goes on beyond the training set's extremes.
    An independent series of any law becomes white Gaussian noise.
    """

    n_quantiles: int = 1024
    tail: float = 0.01
    exact: ClassVar[bool] = True
    name: Literal["gaussianise"] = "gaussianise"

    def __post_init__(self) -> None:
        marginal.require_quantiles(self.n_quantiles, self.tail)

    def shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        return shape

    def bounded(self, before: bool) -> bool:
        return False

    def fit(self, blocks: Iterable[Array]) -> dict[str, NDArray[Any]]:
        rows = (marginal.by_channel(x) for x in blocks)
        return marginal.fit(rows, self.n_quantiles, self.tail)[0]

    def encode(self, x: Array, state: dict[str, NDArray[Any]]) -> Array:
        z = marginal.to_normal(marginal.by_channel(x), state)
        return marginal.from_channels(z, x.shape)

    def decode(self, y: Array, state: dict[str, NDArray[Any]]) -> Array:
        x = marginal.from_normal(marginal.by_channel(y), state)
        return marginal.from_channels(x, y.shape)
