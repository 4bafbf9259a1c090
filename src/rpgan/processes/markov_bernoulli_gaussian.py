"""Impulsive noise whose impulses come in bursts."""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rpgan.processes import blocks, scale_mixture
from rpgan.processes.bernoulli_gaussian import BernoulliGaussian, expectation_maximization
from rpgan.processes.minimum import minimum
from rpgan.processes.scaling import to_unit_peak
from rpgan.spec import spec

Array = NDArray[np.float64]


@spec
class MarkovBernoulliGaussian:
    """Bernoulli-Gaussian noise whose impulses are the states of a Markov chain.

    From sample to sample the state is kept with chance `memory`, else drawn afresh. A burst
    lasts 1 / ((1 - memory) (1 - probability)) samples on average.

    Parameters
    ----------
    probability : float in (0, 1)
        Of an impulse, per sample.
    memory : float in [0, 1)
        Correlation of neighbouring states; at 0 the noise is Bernoulli-Gaussian.
    background, impulse : float
        Standard deviations. A sample that is struck has variance background^2 + impulse^2.

    References
    ----------
    .. [1] Fertonani, Colavolpe. "On reliable communications over channels impaired by bursty
       impulse noise." IEEE Trans. Communications 57 (2009), 2024-2030.
    """

    probability: float
    memory: float
    background: float = 0.1
    impulse: float = 1.0
    name: Literal["markov_bernoulli_gaussian"] = "markov_bernoulli_gaussian"

    def __post_init__(self) -> None:
        if not 0 <= self.memory < 1:
            raise ValueError(f"memory must lie in [0, 1), got {self.memory}")
        _ = self.marginal  # which refuses the others

    @property
    def marginal(self) -> BernoulliGaussian:
        """The noise that has the law of one sample, without memory."""
        return BernoulliGaussian(
            probability=self.probability, background=self.background, impulse=self.impulse
        )

    @property
    def tail_index(self) -> float:
        """The supremum of q with E|x|^q finite."""
        return np.inf

    def truth(self) -> dict[str, float]:
        """What `estimate` estimates."""
        return {**self.marginal.truth(), "memory": self.memory}

    def sample(self, n: int, length: int, rng: np.random.Generator) -> Array:
        """`n` independent series, shape (n, length), stationary from the first sample."""
        (_, quiet), (_, loud) = self.marginal.mixture

        def fill(rows: Array, rng: np.random.Generator) -> None:
            values, chances = rng.spawn(2)
            for tile in blocks.tiles(len(rows), 3 * length):
                part = rows[tile]
                struck = self.states(chances.random(part.shape))
                values.standard_normal(out=part)
                part *= np.where(struck, np.sqrt(loud), np.sqrt(quiet))

        return blocks.draw(fill, n, length, rng)

    def states(self, uniform: Array) -> NDArray[np.bool_]:
        """Which samples are struck, from numbers uniform in (0, 1), shape (n, length)."""
        fresh = uniform >= self.memory
        drawn = uniform < self.memory + (1 - self.memory) * self.probability
        drawn[:, 0] = uniform[:, 0] < self.probability
        latest = np.where(fresh, np.arange(uniform.shape[1]), 0)
        np.maximum.accumulate(latest, axis=1, out=latest)
        return np.take_along_axis(drawn, latest, axis=1)

    def estimate(self, series: Array) -> dict[str, Array]:
        """All four settings, each of shape (n,): the marginal law's by maximum likelihood.

        Then `memory`, by maximum likelihood given those. That ignores what bursts tell of the
        others, so their standard deviations are up to 1.5 times the bound; in [0, 1). NaN for a
        series that is not a mixture of two variances.
        """
        return blocks.estimate(estimate_block, series)

    def autocovariance(self, lag: ArrayLike) -> Array:
        """Covariance of samples `lag` apart: white."""
        return self.marginal.autocovariance(lag)

    def square_autocovariance(self, lag: ArrayLike) -> Array:
        """Covariance of squares of samples `lag` apart."""
        p, k = self.probability, np.abs(np.asarray(lag))
        moments = self.moments()
        at_zero = (moments["kurtosis"] - 1) * moments["variance"] ** 2
        return np.where(k == 0, at_zero, p * (1 - p) * self.impulse**4 * self.memory**k)

    def psd(self, frequency: ArrayLike) -> Array:
        """Spectral density: flat."""
        return self.marginal.psd(frequency)

    def moments(self) -> dict[str, float]:
        """Mean, variance, skewness and (not excess) kurtosis of a sample."""
        return self.marginal.moments()

    def pdf(self, x: ArrayLike) -> Array:
        """Marginal density."""
        return self.marginal.pdf(x)

    def cdf(self, x: ArrayLike) -> Array:
        """Marginal distribution function."""
        return self.marginal.cdf(x)

    def characteristic(self, t: ArrayLike) -> NDArray[np.complex128]:
        """Marginal characteristic function E exp(i t x)."""
        return self.marginal.characteristic(t)

    def predict(self, series: Array) -> Array:
        """The chance, given the past, that each sample is struck; shape (n, length)."""
        (_, quiet), (_, loud) = self.marginal.mixture
        against = odds(series, quiet, loud)  # (length, n): a step in time is a row
        chance = np.empty_like(against)
        latest = np.full(len(series), self.probability)
        redrawn = (1 - self.memory) * self.probability
        for row, ratio in zip(chance, against, strict=True):
            row[:] = latest
            latest = redrawn + self.memory * row / (row + (1 - row) * ratio)
        return chance.T

    def given_past(self, series: Array) -> tuple[tuple[Array, float], tuple[Array, float]]:
        """(weight, variance) of quiet and struck samples, given the samples before."""
        (_, quiet), (_, loud) = self.marginal.mixture
        chance = self.predict(series)
        return (1 - chance, quiet), (chance, loud)

    def loglik(self, series: Array) -> Array:
        """Log-likelihood of each series of shape (n, length), shape (n,), by the forward filter."""
        series = blocks.as_series(series)
        return scale_mixture.log_pdf(series, self.given_past(series)).sum(axis=1)

    def whiten(self, series: Array) -> Array:
        """Normal deviates of samples' ranks given their past: iid N(0, 1) under the law."""
        series = blocks.as_series(series)
        return scale_mixture.whiten(series, self.given_past(series))

    def crlb(self, length: int) -> dict[str, float]:
        """A bound below the least standard deviations: all states seen, from one series."""
        p, q = self.probability, 1 - self.probability
        (_, quiet), (_, loud) = self.marginal.mixture
        enter, leave = p * (1 - self.memory), q * (1 - self.memory)
        enters, leaves = enter * (1 - enter) / (length * q), leave * (1 - leave) / (length * p)
        total = enter + leave
        mean = (leave**2 * enters + enter**2 * leaves) / total**4
        spread = 2 * (loud**2 / p + quiet**2 / q) / length  # of impulse^2
        return {
            "probability": float(np.sqrt(mean)),
            "background": float(self.background / np.sqrt(2 * q * length)),
            "impulse": float(np.sqrt(spread) / (2 * self.impulse)),
            "memory": float(np.sqrt(enters + leaves)),
        }


def estimate_block(series: Array) -> dict[str, Array]:
    """`estimate` of at most 64 series."""
    found = expectation_maximization(series)
    alive = np.isfinite(found["probability"])
    scaled, unit = to_unit_peak(series)
    unit = np.where(alive, unit, 1)
    p, quiet, extra = (
        np.where(alive, value, 0.5)
        for value in (
            found["probability"],
            (found["background"] / unit) ** 2,
            (found["impulse"] / unit) ** 2,
        )
    )
    against = odds(scaled, quiet, quiet + extra)
    minus_log = np.zeros(len(series))
    for nodes in (COARSE, FINE):
        at = np.maximum(minus_log[:, None] + nodes, 0)
        loss = -log_likelihoods(against, p, -np.expm1(-at))
        shift = minimum(loss, nodes, (float(nodes[0]), float(nodes[-1])))
        minus_log = np.maximum(minus_log + shift, 0)
    return {**found, "memory": np.where(alive, -np.expm1(-minus_log), np.nan)}


COARSE, FINE = np.linspace(0, 8, 33), np.linspace(-0.25, 0.25, 9)  # of -log(1 - memory)


def odds(series: Array, quiet: Array | float, loud: Array | float) -> Array:
    """Density of a quiet sample over that of a struck one, shape (length, n), for (n, length)."""
    strength = (1 / quiet - 1 / loud) / 2
    return np.sqrt(loud / quiet) * np.exp(-np.square(series.T) * strength)


def log_likelihoods(against: Array, p: Array, memory: Array) -> Array:
    """Of each series at each of its memories, (n, nodes), up to what does not depend on memory."""
    redrawn, total = (1 - memory) * p[:, None], np.zeros(memory.shape)
    chance = np.broadcast_to(p[:, None], memory.shape)
    for ratio in against[:, :, None]:
        evidence = chance + (1 - chance) * ratio
        total += np.log(evidence)
        chance = redrawn + memory * chance / evidence
    return total
