"""The distribution of single samples."""

from functools import partial
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from rpgan.metrics.fitted import Fitted, Law
from rpgan.spec import spec

Array = NDArray[np.float64]


@spec
class Marginal:
    """Kolmogorov-Smirnov distance of the pooled samples, at quantiles of the real set.

    ``marginal_ks`` is the largest difference of the two distribution functions at the edges, in
    units of probability. It needs no moments, so exists for every law. It is blind to order, to
    which series a sample is in, and to all that happens beyond the outermost edges, the 1/256
    quantiles unless `quantiles` is changed: it cannot see tails. Neither could a Wasserstein
    distance from the same counts, so none is offered.

    Parameters
    ----------
    quantiles : int >= 1
        Edges, at the probabilities i / (quantiles + 1).
    """

    quantiles: int = 255
    name: Literal["marginal"] = "marginal"

    def __post_init__(self) -> None:
        if not self.quantiles >= 1:
            raise ValueError(f"quantiles must be at least 1, got {self.quantiles}")

    def fit(self, real: Array, law: Law | None) -> Fitted:
        """See `rpgan.metrics`. Defined for every law."""
        ordered = np.sort(real, axis=None)  # 5 x faster than np.quantile
        ranks = np.arange(1, self.quantiles + 1) * len(ordered) // (self.quantiles + 1)
        edges = np.unique(ordered[ranks])  # an atom of the law is an edge, and may be several
        return Fitted(
            statistic=partial(proportions, edges),
            compare=partial(compare, proportions(edges, real).mean(axis=0)),
            ideal={"marginal_ks": 0.0},
        )


def proportions(edges: Array, series: Array) -> Array:
    """Share of each series in the bins (-inf, e_1], (e_1, e_2], ..., (e_k, inf): (n, k + 1)."""
    ordered = np.sort(series, axis=1)  # then 255 searches per series, not one per sample
    below = np.array([row.searchsorted(edges, side="right") for row in ordered])
    return np.diff(below, axis=1, prepend=0, append=series.shape[1]) / series.shape[1]


def compare(real: Array, fake: Array) -> dict[str, float]:
    """Value of the proportions `fake`, (n, k + 1), against the pooled real ones, (k + 1,)."""
    difference = np.cumsum(fake.mean(axis=0) - real)
    return {"marginal_ks": float(np.abs(difference).max())}
