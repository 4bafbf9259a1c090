"""The quantile transform to normal scores, scaled to the range of a network's output."""

from collections.abc import Iterable
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from rpgan.representations import marginal
from rpgan.spec import spec

Array = NDArray[np.floating[Any]]

ROWS = {"channel": marginal.by_channel, "feature": marginal.by_feature}
ITEMS = {"channel": marginal.from_channels, "feature": marginal.from_features}


@spec
class Quantile:
    """Normal scores by channel or by feature (element of the tensor), divided by their largest.

    `tails` ``clip`` is NoiseGAN's (scikit-learn's QuantileTransformer): `n_quantiles` quantiles
    from the least to the largest value of the training set, which are also the least and largest
    that the inverse gives. ``extend`` has quantiles from probability `tail` to 1 - `tail` and
    generalised-Pareto tails, which go on beyond the training set. NoiseGAN's output activation,
    the largest score times tanh, is tanh followed by the inverse of this step.
    """

    by: Literal["channel", "feature"] = "channel"
    tails: Literal["extend", "clip"] = "extend"
    n_quantiles: int = 1024
    tail: float = 0.01
    name: Literal["quantile"] = "quantile"

    def __post_init__(self) -> None:
        marginal.require_quantiles(self.n_quantiles, self.tail)

    @property
    def exact(self) -> bool:
        return self.tails == "extend"

    def shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        return shape

    def bounded(self, before: bool) -> bool:
        return True

    def fit(self, blocks: Iterable[Array]) -> dict[str, NDArray[Any]]:
        rows = (ROWS[self.by](x) for x in blocks)
        tail = self.tail if self.tails == "extend" else None
        state, extremes = marginal.fit(rows, self.n_quantiles, tail)
        scores = marginal.to_normal(extremes, state)
        return state | {"largest_score": np.array(np.abs(scores).max() or 1.0)}

    def encode(self, x: Array, state: dict[str, NDArray[Any]]) -> Array:
        z = marginal.to_normal(ROWS[self.by](x), state)
        return ITEMS[self.by](z, x.shape) / state["largest_score"]

    def decode(self, y: Array, state: dict[str, NDArray[Any]]) -> Array:
        z = ROWS[self.by](y * state["largest_score"])
        return ITEMS[self.by](marginal.from_normal(z, state), y.shape)
