"""What each sample of shot noise adds to what is left of the one before it.

Of exponential pulses, x_t - decay x_(t-1) is what the arrivals since then have left, independent of
the past: nothing if there were none, else, of exponential amplitudes, a sum of K exponential
variates of mean s. For arrivals at the times of samples K is Poisson's, and s = 1. At any time
the sum has the characteristic function ((1 - i decay t) / (1 - i t))^rate, as the marginal law is
Gamma's: K is negative binomial, and s = decay.

Series in single precision do not decay to the last digit. So all sums up to `nothing` count as one
event, and each becomes a number at random from the share of the law that lies below [1]_.

References
----------
.. [1] Brockwell. "Universal residuals: a multivariate transformation." Statistics and Probability
   Letters 77 (2007), 1473-1478.
"""

from dataclasses import dataclass
from functools import lru_cache
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from rpgan.errors import UndefinedLaw
from rpgan.processes import blocks

Array = NDArray[np.float64]

IMPOSSIBLE = 8.0  # standard deviations, for what the law never does
ROUNDING = 1e-5  # share of a mean amplitude and the series' mean that is above single precision's
RARE = 1e-20  # chance of a count that is left out
MOST = 3_000  # counts
KNOTS = 2**13


@dataclass(frozen=True)
class Innovations:
    """Sums of what arrives, `rate` per unit of time, from one sample to the next."""

    rate: float
    spacing: float
    continuous: bool

    @property
    def decay(self) -> float:
        """What a pulse keeps from one sample to the next."""
        return float(np.exp(-self.spacing))

    @property
    def nothing(self) -> float:
        """Sums, and samples, up to which rounding decides."""
        return ROUNDING * (1 + self.rate)

    def whiten(self, series: Array) -> Array:
        """Sums as normal deviates of the same rank: iid N(0, 1) under the law.

        Of the shape of `series`, (n, length), for arrivals at any time; else the first sample, of
        no known law, is left out. What never happens, as to fall faster than a pulse, becomes -8.
        Numbers at random go by the bytes of a series: the same series has the same ones, and so
        have all that hold nothing but silence.
        """
        white = np.empty_like(series if self.continuous else series[:, 1:])
        below = np.full(white.shape[1], self.shares(self.nothing)[0])
        if self.continuous:
            below[0] = self.shares_of_samples(self.nothing)[0]
        for rows in blocks.tiles(*series.shape):
            white[rows] = self.whiten_rows(series[rows], below)
        return white

    def whiten_rows(self, series: Array, below: Array) -> Array:
        """`whiten`, of a few series; `below` are the chances of `nothing`, by time."""
        sums = series[:, 1:] - self.decay * series[:, :-1]
        white = np.interp(np.sqrt(np.maximum(sums, 0)), *deviates(self))
        if self.continuous:
            first = series[:, :1]
            sums = np.concatenate([first, sums], axis=1)
            white = np.concatenate([normal(*self.shares_of_samples(first)), white], axis=1)
        white[sums < 0] = -IMPOSSIBLE
        quiet = np.abs(sums) <= self.nothing
        seeds = (crc32(row.tobytes()) for row in series)
        at_random = np.array([np.random.default_rng(seed).random(white.shape[1]) for seed in seeds])
        share = (below * (1 - at_random))[quiet]
        white[quiet] = normal(share, 1 - share)
        return white

    def shares(self, x: Array | float) -> tuple[Array, Array]:
        """Chances of sums of at most `x`, and of more."""
        from scipy.special import gammainc, gammaincc

        first, chances = self.counts()
        scale = self.decay if self.continuous else 1.0
        x = np.maximum(np.asarray(x, float), 0) / scale
        below, above = np.zeros_like(x), np.zeros_like(x)
        for count, chance in enumerate(chances, first):
            below += chance * (gammainc(count, x) if count else 1.0)
            above += chance * (gammaincc(count, x) if count else 0.0)
        return below, above

    def shares_of_samples(self, x: Array | float) -> tuple[Array, Array]:
        """Chances of a sample of at most `x`, and of more, for arrivals at any time."""
        from scipy.special import gammainc, gammaincc

        x = np.maximum(np.asarray(x, float), 0)
        return gammainc(self.rate, x), gammaincc(self.rate, x)

    def counts(self) -> tuple[int, Array]:
        """The least count K that is not `RARE`, and the chances of it and of those that follow."""
        from scipy.special import gammaln, xlogy

        k = np.arange(MOST + 1.0)
        if self.continuous:
            log_chance = gammaln(self.rate + k) - gammaln(self.rate) - gammaln(k + 1)
            log_chance += xlogy(k, -np.expm1(-self.spacing)) - self.rate * self.spacing
            rare = RARE * self.decay  # the chances of more fall by 1 - decay at a time
        else:
            log_chance = xlogy(k, self.rate * self.spacing) - gammaln(k + 1)
            log_chance -= self.rate * self.spacing
            rare = RARE
        common = np.flatnonzero(log_chance > np.log(rare))
        if not len(common) or common[-1] == MOST:
            raise UndefinedLaw(
                f"more than {MOST} exponential variates may add up from one sample to the next, "
                "too many to count; lower the rate or the spacing"
            )
        return int(common[0]), np.exp(log_chance[common[0] : common[-1] + 1])


@lru_cache(maxsize=4)
def deviates(of: Innovations) -> tuple[Array, Array]:
    """Roots of sums, and the normal deviates of their rank: straight lines are right to 1e-5."""
    most = 1.0 + of.rate * of.spacing
    while of.shares(most)[1] > 1e-16:
        most *= 1.2
    roots = np.linspace(0, np.sqrt(most), KNOTS)
    return roots, normal(*of.shares(roots**2))


def normal(below: Array, above: Array) -> Array:
    """Deviates that have these chances on either side, at most 8 from 0."""
    from scipy.special import ndtri

    found = np.where(below < 0.5, ndtri(below), -ndtri(above))
    return np.clip(found, -IMPOSSIBLE, IMPOSSIBLE)
