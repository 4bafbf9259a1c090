"""Middleton's class A noise."""

from math import ceil, sqrt
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rpgan.processes import blocks, scale_mixture, scoring
from rpgan.processes.bernoulli_gaussian import log_bins
from rpgan.spec import spec

Array = NDArray[np.float64]


@spec
class MiddletonA(scale_mixture.Independent):
    """White noise of a Gaussian background and Poisson many Gaussian impulses in each sample.

    With m impulses a sample has variance scale^2 (m / overlap + ratio) / (1 + ratio).

    Parameters
    ----------
    overlap : float in (0, 10]
        Mean number of impulses in a sample, A. The smaller, the more impulsive; at 10 the law is
        all but Gaussian.
    gaussian_ratio : float
        Power of the background over the power of all impulses, Gamma.
    scale : float
        Standard deviation.

    References
    ----------
    .. [1] Middleton. "Statistical-physical models of electromagnetic interference."
       IEEE Trans. Electromagnetic Compatibility 19 (1977), 106-127.
    """

    overlap: float
    gaussian_ratio: float
    scale: float = 1.0
    name: Literal["middleton_a"] = "middleton_a"

    def __post_init__(self) -> None:
        if not 0 < self.overlap <= MOST:
            raise ValueError(f"overlap must lie in (0, {MOST:g}], got {self.overlap}")
        for setting in ("gaussian_ratio", "scale"):
            value = getattr(self, setting)
            if not 0 < value < np.inf:
                raise ValueError(f"{setting} must lie in (0, inf), got {value}")

    @property
    def background(self) -> float:
        """Variance of a sample without impulses."""
        return self.scale**2 * self.gaussian_ratio / (1 + self.gaussian_ratio)

    @property
    def impulse(self) -> float:
        """Variance that each impulse adds."""
        return self.scale**2 / (self.overlap * (1 + self.gaussian_ratio))

    @property
    def mixture(self) -> list[tuple[float, float]]:
        """(weight, variance) of samples with 0, 1, 2, ... impulses; none below 1e-22."""
        count = np.arange(terms(self.overlap))
        weight = np.exp(log_poisson(count, self.overlap))
        variance = self.background + count * self.impulse
        return [(float(w), float(v)) for w, v in zip(weight, variance, strict=True)]

    def truth(self) -> dict[str, float]:
        """What `estimate` estimates."""
        return {
            "overlap": self.overlap,
            "gaussian_ratio": self.gaussian_ratio,
            "scale": self.scale,
        }

    def sample(self, n: int, length: int, rng: np.random.Generator) -> Array:
        """`n` independent series, shape (n, length)."""

        def fill(rows: Array, rng: np.random.Generator) -> None:
            values, counts = rng.spawn(2)
            for tile in blocks.tiles(len(rows), 2 * length):
                part = rows[tile]
                variance = self.background + self.impulse * counts.poisson(self.overlap, part.shape)
                values.standard_normal(out=part)
                part *= np.sqrt(variance)

        return blocks.draw(fill, n, length, rng)

    def estimate(self, series: Array) -> dict[str, Array]:
        """Maximum likelihood of all three settings, each of shape (n,), from logarithmic bins.

        NaN for a series whose likelihood has its maximum at an end: 0 or more than 10 impulses per
        sample, no background, or background alone.
        """
        return blocks.estimate(maximum_likelihood, series)

    def autocovariance(self, lag: ArrayLike) -> Array:
        """Covariance of samples `lag` apart: white."""
        return np.where(np.asarray(lag) == 0, self.scale**2, 0.0)

    def psd(self, frequency: ArrayLike) -> Array:
        """Spectral density: flat."""
        return np.full(np.shape(frequency), self.scale**2)

    def moments(self) -> dict[str, float]:
        """Mean, variance, skewness and (not excess) kurtosis of a sample."""
        excess = 1 / (self.overlap * (1 + self.gaussian_ratio) ** 2)
        return {
            "mean": 0.0,
            "variance": self.scale**2,
            "skewness": 0.0,
            "kurtosis": 3 * (1 + excess),
        }

    def pdf(self, x: ArrayLike) -> Array:
        """Marginal density."""
        return np.exp(scale_mixture.log_pdf(x, self.mixture))

    def cdf(self, x: ArrayLike) -> Array:
        """Marginal distribution function."""
        return scale_mixture.cdf(x, self.mixture)

    def crlb(self, length: int) -> dict[str, float]:
        """Least standard deviations of unbiased estimates from one series, by quadrature."""
        at = np.log([[self.overlap, self.background, self.impulse]])
        low = np.log(self.background) / 2 - 30
        high = np.log(self.background + terms(self.overlap) * self.impulse) / 2 + 2.3
        z, step = np.linspace(low, high, 8001, retstep=True)
        log_f, score = scores(np.exp(2 * z)[None], at)
        weight = 2 * step * np.exp(log_f[0] + z)  # both signs of x; dx = x dz
        covariance = np.linalg.inv(length * (score[:, 0] * weight) @ score[:, 0].T)
        a, share = self.overlap, 1 / (1 + self.gaussian_ratio)
        slope = np.array(
            [
                [a, 0, 0],
                self.gaussian_ratio * np.array([-1, 1, -1]),
                self.scale / 2 * np.array([share, 1 - share, share]),
            ]
        )
        bounds = np.sqrt(np.diag(slope @ covariance @ slope.T))
        return dict(zip(self.truth(), map(float, bounds), strict=True))


LEAST, MOST = 1e-4, 10.0  # impulses per sample


def terms(overlap: float) -> int:
    """How many numbers of impulses are worth a term."""
    return ceil(overlap + 8 * sqrt(overlap) + 12)


def log_poisson(count: NDArray[np.int_], mean: Array | float) -> Array:
    """Log chance of `count` events when `mean` are expected."""
    from scipy.special import gammaln

    return count * np.log(mean) - mean - gammaln(count + 1.0)


def scores(square: Array, parameters: Array) -> tuple[Array, Array]:
    """Log density (n, bins) at squares (n, bins), and its derivatives (3, n, bins).

    `parameters`, shape (n, 3), are the logs of overlap and of the variances of the background and
    of one impulse.
    """
    overlap, background, impulse = np.exp(parameters.T[:, :, None])
    weighted = []
    peak = np.full(square.shape, -np.inf)
    for m in range(terms(float(overlap.max()))):
        v = background + m * impulse
        log_weight = log_poisson(np.asarray(m), overlap)
        log_term = log_weight - (np.log(2 * np.pi * v) + square / v) / 2
        weighted.append((m, v, log_term))
        np.maximum(peak, log_term, out=peak)
    total, slope = np.zeros(square.shape), np.zeros((3, *square.shape))
    for m, v, log_term in weighted:
        term = np.exp(log_term - peak)
        misfit = term * (square / v - 1) / (2 * v)
        total += term
        slope[0] += m * term
        slope[1] += misfit
        slope[2] += m * misfit
    slope /= total
    slope[0] -= overlap
    slope[1] *= background
    slope[2] *= impulse
    return np.log(total) + peak, slope


def maximum_likelihood(series: Array) -> dict[str, Array]:
    """Fit overlap, ratio and scale to each row of `series`, shape (n, length)."""
    count, mass, unit = log_bins(series)
    used = count.any(axis=0)
    count, mass = count[:, used], mass[:, used]
    square = mass / np.maximum(count, 1)
    power = np.where(unit > 0, mass.sum(axis=1), 1) / series.shape[1]
    # From the largest down: in nothing but zeros, or in one value, there is no mixture.
    alive = (unit > 0) & (np.ptp(np.abs(series), axis=1) > 1e-6 * unit)

    def evaluate(at: Array, rows: scoring.Rows) -> tuple[Array, Array, Array]:
        log_f, slope = scores(square[rows], at)
        weight = count[rows]
        score = np.einsum("pij,ij->ip", slope, weight)
        information = np.einsum("pij,qij,ij->ipq", slope, slope, weight)
        return np.einsum("ij,ij->i", log_f, weight), score, information

    low, high = np.log([LEAST, 1e-12, 1e-12]), np.log([MOST, 1.0, 1e3])
    best, value = np.zeros((len(series), 3)), np.full(len(series), -np.inf)
    for overlap, ratio in STARTS:
        background = power * ratio / (1 + ratio)
        start = np.stack([np.full_like(power, overlap), background, power / overlap], axis=1)
        found = scoring.maximise(evaluate, np.log(start), low, high)
        reached = evaluate(found, np.arange(len(series)))[0]
        better = reached > value
        best[better], value[better] = found[better], reached[better]
    inside = alive & ((best > low + 1e-6) & (best < high - 1e-6)).all(axis=1)
    overlap, background, impulse = np.exp(np.where(inside[:, None], best, 0)).T
    fitted = {
        "overlap": overlap,
        "gaussian_ratio": background / (overlap * impulse),
        "scale": np.where(inside, unit, 1) * np.sqrt(background + overlap * impulse),
    }
    return {name: np.where(inside, values, np.nan) for name, values in fitted.items()}


STARTS = ((0.03, 0.01), (0.3, 0.1), (1.5, 0.3))  # (overlap, ratio)
