"""What is left of series when all that the law predicts is taken out of them."""

from functools import partial
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from rpgan.errors import UndefinedLaw
from rpgan.metrics.fitted import Fitted, Law
from rpgan.metrics.known import is_gaussian, known, one_channel
from rpgan.metrics.marginal import proportions
from rpgan.spec import spec

Array = NDArray[np.float64]


FAR = 4.0  # standard deviations
AT_ONCE = 1024  # series: a likelihood that is no Gaussian one has many arrays of their size
IDEAL = {
    "residual_energy": 1.0,
    "residual_energy_ks": 0.0,
    "residual_ks": 0.0,
    "residual_tail": 1.0,
    "residual_variance": 0.0,
}


@spec
class Residuals:
    """Series whitened by the law, which makes them iid N(0, 1) if they follow it.

    ``residual_energy``
        Mean square of all residuals; ideally 1. Of Gaussian laws it is the likelihood: the mean
        log-likelihood per sample is (1 - residual_energy) / 2 nats above its expectation.
    ``residual_energy_ks``
        Kolmogorov-Smirnov distance of the sums of squares, one per series, from their chi-square
        law: series that are too loud and too quiet in turn.
    ``residual_ks``
        Kolmogorov-Smirnov distance of all residuals from N(0, 1), at `quantiles` edges.
    ``residual_tail``
        Share of residuals beyond +-4, over that of N(0, 1), 6.3e-5; ideally 1: spikes, one by one.
    ``residual_variance``
        Largest distance over time of the residuals' mean square from 1: faults at the ends.
        (`BandNoise` is whitened in frequency; there it is over the frequencies of its pass band.)
    ``residual_loglik``
        Mean log-likelihood per sample less that of the real series, in nats; only of laws that are
        not known to be Gaussian, and have one.

    What a law never does, as shot noise never falls faster than its pulses, is a residual of -8.

    Parameters
    ----------
    quantiles : int >= 1
        Edges, at the probabilities i / (quantiles + 1) of N(0, 1).
    """

    blind: ClassVar[str] = (
        "dependence between residuals at different times, unless it changes sums of squares; "
        "constant first samples; what lies outside the pass band of band-limited noise"
    )

    quantiles: int = 255
    name: Literal["residuals"] = "residuals"

    def __post_init__(self) -> None:
        if not self.quantiles >= 1:
            raise ValueError(f"quantiles must be at least 1, got {self.quantiles}")

    def fit(self, real: Array, law: Law | None) -> Fitted:
        """See `rpgan.metrics`. Undefined where the law cannot whiten a series."""
        whiten = known(law, "whiten")
        one_channel(real)
        white = whiten(real[:2])  # raises the law's reason
        likely = None if is_gaussian(law) else likelihood(law, real[:2])
        expected = None if likely is None else float(likely(real).mean())
        statistic = partial(self.rows if likely is None else self.in_parts, whiten, likely)
        ideal = dict(IDEAL)
        if expected is not None:
            ideal["residual_loglik"] = 0.0
        compare = partial(self.compare, white.shape[1], expected)
        return Fitted(statistic, compare, ideal, partial(self.deleted, white.shape[1], expected))

    def in_parts(self, whiten: Any, likely: Any, series: Array) -> Array:
        """`rows`, of a part of the series at a time."""
        starts = range(0, len(series), AT_ONCE)
        return np.concatenate([self.rows(whiten, likely, series[i : i + AT_ONCE]) for i in starts])

    def rows(self, whiten: Any, likely: Any, series: Array) -> Array:
        """Log-likelihood per sample if any, share beyond `FAR`, shares between edges, squares."""
        from scipy.special import ndtri

        white = whiten(series)
        edges = ndtri(np.arange(1, self.quantiles + 1) / (self.quantiles + 1))
        shares = proportions(edges, white)
        first = [] if likely is None else [likely(series)[:, None]]
        beyond = np.mean(np.abs(white) > FAR, axis=1, keepdims=True)
        return np.concatenate([*first, beyond, shares, np.square(white, out=white)], axis=1)

    def compare(self, freedom: int, expected: float | None, rows: Array) -> dict[str, float]:
        """Values of `rows`, with `freedom` residuals per series."""
        return self.values(freedom, expected, rows.mean(axis=0), energies(freedom, rows))

    def deleted(
        self, freedom: int, expected: float | None, rows: Array, groups: int
    ) -> list[dict[str, float]]:
        """See `Fitted`."""
        energy, group = energies(freedom, rows), np.arange(len(rows)) % groups
        sums = np.array([rows[g::groups].sum(axis=0) for g in range(groups)])
        others = (1 - np.eye(groups)) @ sums
        return [
            self.values(freedom, expected, others[g] / (group != g).sum(), energy[group != g])
            for g in range(groups)
        ]

    def values(
        self, freedom: int, expected: float | None, mean: Array, energy: Array
    ) -> dict[str, float]:
        """Values of the mean row, and of the sums of squares of each series, (n,)."""
        from scipy.special import chdtr, ndtr

        squares, head = mean[-freedom:], mean[:-freedom]
        beyond, shares = head[-self.quantiles - 2], head[-self.quantiles - 1 :]
        below = np.arange(1, self.quantiles + 1) / (self.quantiles + 1)
        found = {
            "residual_energy": float(squares.mean()),
            "residual_energy_ks": kolmogorov(chdtr(freedom, np.sort(energy))),
            "residual_ks": float(np.abs(shares.cumsum()[:-1] - below).max()),
            "residual_tail": float(beyond / (2 * ndtr(-FAR))),
            "residual_variance": float(np.abs(squares - 1).max()),
        }
        return found if expected is None else found | {"residual_loglik": float(mean[0]) - expected}


def energies(freedom: int, rows: Array) -> Array:
    """Sums of the squared residuals of each series."""
    return rows[:, -freedom:].sum(axis=1)


def kolmogorov(uniform: Array) -> float:
    """Kolmogorov-Smirnov distance of sorted numbers from the uniform law on (0, 1)."""
    n = len(uniform)
    above = np.arange(1, n + 1) / n - uniform
    return float(max(above.max(), (uniform - np.arange(n) / n).max()))


def likelihood(law: Any, series: Array) -> Any:
    """Log-likelihood per sample of each series, or None where the law has none."""
    try:
        loglik = known(law, "loglik")
        loglik(series)
    except UndefinedLaw:
        return None
    return lambda series: loglik(series) / series.shape[-1]
