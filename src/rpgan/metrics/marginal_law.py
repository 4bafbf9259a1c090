"""The distribution of single samples against the distribution function of the law."""

from functools import partial
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from rpgan.metrics.fitted import Fitted, Law, of_means
from rpgan.metrics.known import known, one_channel, stationary
from rpgan.metrics.marginal import Marginal, proportions
from rpgan.spec import spec

Array = NDArray[np.float64]


@spec
class MarginalLaw:
    """Distances of the pooled samples' distribution function from the exact one.

    Both at quantiles of the real set, where the law's own function is known:

    ``marginal_law_ks``
        Kolmogorov-Smirnov: the largest difference, in units of probability.
    ``marginal_law_w1``
        Wasserstein-1: the area between them, in units of a sample. All that lies beyond an
        outermost edge counts as if at that edge, so it is finite for heavy tails as well.

    Of a law with stationary increments these are compared. Samples of one series depend on each
    other, so the floor of strongly dependent ones is far above 1 / sqrt(samples).

    Parameters
    ----------
    quantiles : int >= 2
        Edges, at the probabilities i / (quantiles + 1).
    """

    blind: ClassVar[str] = (
        "order in time, which series a sample is in, and what lies beyond the outermost quantiles"
    )

    quantiles: int = 511
    name: Literal["marginal_law"] = "marginal_law"

    def __post_init__(self) -> None:
        if not self.quantiles >= 2:
            raise ValueError(f"quantiles must be at least 2, got {self.quantiles}")

    def fit(self, real: Array, law: Law | None) -> Fitted:
        """See `rpgan.metrics`. Undefined where the distribution function is not known."""
        cdf = known(stationary(law)[0], "cdf")
        one_channel(real)
        made = stationary(law)[1]
        edges = Marginal(quantiles=self.quantiles).edges(made(real))
        return of_means(
            lambda series: proportions(edges, made(series)),
            partial(values, edges, np.asarray(cdf(edges), np.float64)),
            {"marginal_law_ks": 0.0, "marginal_law_w1": 0.0},
        )


def values(edges: Array, wanted: Array, shares: Array) -> dict[str, float]:
    """Values of the pooled `shares` between edges, (k + 1,), against the law's cdf there, (k,)."""
    off = np.abs(shares.cumsum()[:-1] - wanted)
    area = float(((off[1:] + off[:-1]) / 2) @ np.diff(edges))
    return {"marginal_law_ks": float(off.max()), "marginal_law_w1": area}
