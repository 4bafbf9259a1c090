"""How often large samples occur, and how large the largest of each series is."""

from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from rpgan.errors import UndefinedLaw
from rpgan.metrics.channels import pools
from rpgan.metrics.features import thinned
from rpgan.metrics.fitted import Fitted, Law
from rpgan.metrics.known import known, stationary, unchanged
from rpgan.spec import spec

Array = NDArray[np.float64]

FEWEST = 10  # real samples beyond a threshold, for it to mean anything
TINY = 1e-300


@spec
class Tails:
    """Exceedance of known quantiles, and the maxima of series.

    ``tail_low_100``, ``tail_high_100``, and so on
        How often a generated sample is below (above) what one real sample in 100 is, over how
        often that should be: by the law where its distribution function is known, else by the real
        set. Ideally 1; below, the tail is too light. Levels are left out that fewer than 10 real
        samples reach. No moment enters, so it exists for every law.
    ``tail_maximum``
        Median over series of the largest distance from the real median, over that of real series;
        ideally 1. Bounded outputs show here.
    ``tail_maximum_ks``
        Kolmogorov-Smirnov distance of these maxima from those of the real series.

    Of a law with stationary increments these are compared. Of several channels the rates are pooled
    and the largest maximum counts, each channel in units of its own real median distance.

    Parameters
    ----------
    levels : tuple of int >= 2
        One sample in so many.
    """

    blind: ClassVar[str] = (
        "order in time, the bulk of the distribution, and, but for the maxima, how far beyond a "
        "quantile samples lie"
    )

    levels: tuple[int, ...] = (100, 1000, 10_000)
    name: Literal["tails"] = "tails"

    def __post_init__(self) -> None:
        if not self.levels or min(self.levels) < 2 or len(set(self.levels)) < len(self.levels):
            raise ValueError(f"levels must be different numbers of at least 2, got {self.levels}")

    def fit(self, real: Array, law: Law | None) -> Fitted:
        """See `rpgan.metrics`. Undefined for real series that are constant."""
        made = unchanged if law is None or real.ndim > 2 else stationary(law)[1]
        cdf = None if real.ndim > 2 else distribution(law)
        channels = [self.thresholds(pool, cdf) for pool in pools(made(real))]
        chance = np.mean([channel.chance for channel in channels], axis=0)
        beyond = [f"tail_{side}_{level}" for side in ("low", "high") for level in self.levels]
        enough = [FEWEST * level <= made(real[:1]).size * len(real) for level in self.levels] * 2
        kept = np.flatnonzero((chance > 0) & enough)
        rates = {beyond[i]: (int(i), float(chance[i])) for i in kept}
        statistic = partial(self.rows, channels, made)
        maxima = np.sort(statistic(real)[:, -1])
        names = [*rates, "tail_maximum", "tail_maximum_ks"]
        ideal = dict.fromkeys(names, 1.0) | {"tail_maximum_ks": 0.0}
        return Fitted(statistic, partial(compare, rates, maxima), ideal)

    def thresholds(self, pool: Array, cdf: Any) -> "Thresholds":
        """Quantiles of the samples of one channel, and the chance to lie beyond them."""
        flat = pool.ravel()
        ranks = [len(flat) // level for level in self.levels]
        ranks = np.array([*ranks, *(len(flat) - 1 - rank for rank in ranks), len(flat) // 2])
        *edges, centre = np.partition(flat, np.unique(ranks))[ranks]
        size = float(np.median(np.abs(thinned(flat) - centre))) or float(np.ptp(flat)) / 2
        if size == 0:
            raise UndefinedLaw("the real series are constant, so have no tails")
        low, high = np.split(np.array(edges), 2)
        if cdf is None:
            below = np.array([np.mean(flat < edge) for edge in low])
            above = np.array([np.mean(flat > edge) for edge in high])
        else:
            below, above = cdf(np.nextafter(low, -np.inf)), 1 - cdf(high)
        return Thresholds(low, high, np.concatenate([below, above]), float(centre), size)

    def rows(self, channels: list["Thresholds"], made: Any, series: Array) -> Array:
        """Share of samples beyond each threshold, and the log of the largest distance."""
        pooled = pools(made(series))
        parts = [channel.of(pool) for channel, pool in zip(channels, pooled, strict=True)]
        shares = np.mean([part[:, :-1] for part in parts], axis=0)
        return np.column_stack([shares, np.max([part[:, -1] for part in parts], axis=0)])


@dataclass(frozen=True)
class Thresholds:
    """Of one channel: low and high ones, the chance beyond each, the median, a typical distance."""

    low: Array
    high: Array
    chance: Array
    centre: float
    size: float

    def of(self, series: Array) -> Array:
        """Shares beyond, and log of the largest distance from the median: (n, levels * 2 + 1)."""
        below = [(series < edge).mean(axis=1) for edge in self.low]
        above = [(series > edge).mean(axis=1) for edge in self.high]
        farthest = np.maximum(series.max(axis=1) - self.centre, self.centre - series.min(axis=1))
        return np.column_stack([*below, *above, np.log(np.maximum(farthest / self.size, TINY))])


def compare(
    rates: dict[str, tuple[int, float]], real_maxima: Array, rows: Array
) -> dict[str, float]:
    """Values of the rows of a generated set; `rates` has the column and chance of each level."""
    shares, maxima = rows[:, :-1].mean(axis=0), np.sort(rows[:, -1])
    found = {name: float(shares[column] / chance) for name, (column, chance) in rates.items()}
    farther = np.median(maxima) - np.median(real_maxima)
    found["tail_maximum"] = float(np.exp(min(farther, 700.0)))
    found["tail_maximum_ks"] = two_sample_ks(real_maxima, maxima)
    return found


def two_sample_ks(a: Array, b: Array) -> float:
    """Kolmogorov-Smirnov distance of two sorted samples."""
    x = np.concatenate([a, b])
    below_a, below_b = (s.searchsorted(x, side="right") / len(s) for s in (a, b))
    return float(np.abs(below_a - below_b).max())


def distribution(law: Any) -> Any:
    """The distribution function of the law, or None where it is not known."""
    if law is None:
        return None
    try:
        cdf = known(stationary(law)[0], "cdf")
        cdf(np.zeros(1))
    except UndefinedLaw:
        return None
    return cdf
