"""Bernoulli-Gaussian impulsive noise."""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rpgan.processes import blocks, gaussian, scale_mixture
from rpgan.processes.scaling import to_unit_peak
from rpgan.spec import spec

Array = NDArray[np.float64]


@spec
class BernoulliGaussian(scale_mixture.Independent):
    """White Gaussian background; each sample is struck by a Gaussian impulse, or not, by itself.

    Parameters
    ----------
    probability : float in (0, 1)
        Of an impulse, per sample.
    background, impulse : float
        Standard deviations. A sample that is struck has variance background^2 + impulse^2.

    References
    ----------
    .. [1] Ghosh. "Analysis of the effect of impulse noise on multicarrier and single carrier QAM
       systems." IEEE Trans. Communications 44 (1996), 145-147.
    """

    probability: float
    background: float = 0.1
    impulse: float = 1.0
    name: Literal["bernoulli_gaussian"] = "bernoulli_gaussian"

    def __post_init__(self) -> None:
        if not 0 < self.probability < 1:
            raise ValueError(f"probability must lie in (0, 1), got {self.probability}")
        for setting in ("background", "impulse"):
            value = getattr(self, setting)
            if not 0 < value < np.inf:
                raise ValueError(f"{setting} must lie in (0, inf), got {value}")

    @property
    def mixture(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """(weight, variance) of samples that are not struck, and of those that are."""
        quiet = self.background**2
        return (1 - self.probability, quiet), (self.probability, quiet + self.impulse**2)

    def truth(self) -> dict[str, float]:
        """What `estimate` estimates."""
        return {
            "probability": self.probability,
            "background": self.background,
            "impulse": self.impulse,
        }

    def sample(self, n: int, length: int, rng: np.random.Generator) -> Array:
        """`n` independent series, shape (n, length)."""
        (_, quiet), (_, loud) = self.mixture

        def fill(rows: Array, rng: np.random.Generator) -> None:
            values, strikes = rng.spawn(2)
            for tile in blocks.tiles(len(rows), length):
                part = rows[tile]
                struck = strikes.random(part.shape) < self.probability
                values.standard_normal(out=part)
                part *= np.where(struck, np.sqrt(loud), np.sqrt(quiet))

        return blocks.draw(fill, n, length, rng)

    def estimate(self, series: Array) -> dict[str, Array]:
        """Maximum likelihood of all three settings, each of shape (n,).

        NaN for a series that is not a mixture of two variances.
        """
        return blocks.estimate(expectation_maximization, series)

    def autocovariance(self, lag: ArrayLike) -> Array:
        """Covariance of samples `lag` apart: white."""
        return np.where(np.asarray(lag) == 0, self.moments()["variance"], 0.0)

    def psd(self, frequency: ArrayLike) -> Array:
        """Spectral density: flat."""
        return np.full(np.shape(frequency), self.moments()["variance"])

    def moments(self) -> dict[str, float]:
        """Mean, variance, skewness and (not excess) kurtosis of a sample."""
        variance = sum(weight * v for weight, v in self.mixture)
        fourth = 3 * sum(weight * v**2 for weight, v in self.mixture)
        return {
            "mean": 0.0,
            "variance": variance,
            "skewness": 0.0,
            "kurtosis": fourth / variance**2,
        }

    def pdf(self, x: ArrayLike) -> Array:
        """Marginal density."""
        return np.sum([weight * gaussian.pdf(x, v) for weight, v in self.mixture], axis=0)

    def cdf(self, x: ArrayLike) -> Array:
        """Marginal distribution function."""
        return np.sum([weight * gaussian.cdf(x, v) for weight, v in self.mixture], axis=0)

    def crlb(self, length: int) -> dict[str, float]:
        """Least standard deviations of unbiased estimates from one series, by quadrature."""
        (q, v0), (p, v1) = self.mixture
        z, step = np.linspace(np.log(v0) / 2 - 30, np.log(v1) / 2 + 3.3, 8001, retstep=True)
        x2 = np.exp(2 * z)
        quiet, loud = gaussian.pdf(np.exp(z), v0), gaussian.pdf(np.exp(z), v1)
        slopes = np.array(
            [
                loud - quiet,
                self.background * (q * quiet * (x2 / v0 - 1) / v0 + p * loud * (x2 / v1 - 1) / v1),
                self.impulse * p * loud * (x2 / v1 - 1) / v1,
            ]
        )
        weight = 2 * step * np.exp(z) / (q * quiet + p * loud)  # both signs of x; dx = x dz
        bounds = np.sqrt(np.diag(np.linalg.inv(length * (slopes * weight) @ slopes.T)))
        return dict(zip(self.truth(), map(float, bounds), strict=True))


BINS, DEPTH = 640, 45.0  # of the log of squares, from a series' largest downwards: 0.07 nepers each


def expectation_maximization(series: Array) -> dict[str, Array]:
    """Fit two variances to each row of `series`, shape (n, length).

    The squares enter as counts and sums in logarithmic bins, within which responsibilities hardly
    change: an iteration costs the same for every length.
    """
    count, mass, unit = log_bins(series)
    going = np.flatnonzero(unit > 0)
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):  # degenerate: NaN below
        p, v0, v1 = first_guess(count, mass)
        for _ in range(2000):
            if not len(going):
                break
            new = update(count[going], mass[going], p[going], v0[going], v1[going])
            moved = np.abs(new[0] - p[going]) > 1e-8
            moved |= np.abs(np.log(new[1] / v0[going])) > 1e-7
            moved |= np.abs(np.log(new[2] / v1[going])) > 1e-7
            p[going], v0[going], v1[going] = new
            going = going[moved]
    length = series.shape[1]
    mixed = (p * length > 0.5) & ((1 - p) * length > 0.5) & (v1 > 1.001 * v0) & (v0 > 0)
    mixed &= unit > 0
    p, v0, v1 = (np.where(mixed, value, np.nan) for value in (p, v0, v1))
    return {
        "probability": p,
        "background": np.sqrt(v0) * unit,
        "impulse": np.sqrt(v1 - v0) * unit,
    }


def log_bins(series: Array) -> tuple[Array, Array, Array]:
    """Counts and sums of squares per bin, shape (n, BINS), of rows scaled to a peak of 1; peaks."""
    scaled, unit = to_unit_peak(series)
    square = scaled * scaled
    index = np.log(np.maximum(square, np.exp(-DEPTH)))
    index *= -BINS / DEPTH
    cell = np.minimum(index, BINS - 1).astype(np.intp)
    cell += BINS * np.arange(len(series))[:, None]
    shape = (len(series), BINS)
    count = np.bincount(cell.ravel(), minlength=len(series) * BINS).astype(float)
    mass = np.bincount(cell.ravel(), square.ravel(), len(series) * BINS).astype(float)
    return count.reshape(shape), mass.reshape(shape), unit


def first_guess(count: Array, mass: Array) -> tuple[Array, Array, Array]:
    """The likeliest, after a few steps, of rare, even and frequent impulses."""
    best, starts = np.full(len(count), -np.inf), [start(count, mass, p) for p in (0.05, 0.4, 0.85)]
    p, v0, v1 = starts[0]
    for guess in starts:
        for _ in range(10):
            guess = update(count, mass, *guess)
        likelihood = log_likelihood(count, mass, *guess)
        better = likelihood > best
        best = np.where(better, likelihood, best)
        p, v0, v1 = (np.where(better, *pair) for pair in zip(guess, (p, v0, v1), strict=True))
    return p, v0, v1


def start(count: Array, mass: Array, p: float) -> tuple[Array, Array, Array]:
    """Variances for a given probability: impulses hardly move the median of the background."""
    length = count.sum(axis=1)
    rank = np.cumsum(count[:, ::-1], axis=1)
    below = (rank < (1 - p) / 2 * length[:, None]).sum(axis=1)
    v0 = np.exp(-DEPTH / BINS * (BINS - below - 0.5)) / 0.455  # median of a squared normal
    v1 = (mass.sum(axis=1) / length - (1 - p) * v0) / p
    return np.full(len(count), p), v0, np.maximum(v1, 2 * v0)


def log_likelihood(count: Array, mass: Array, p: Array, v0: Array, v1: Array) -> Array:
    """Of each row, up to a constant."""
    square = mass / np.maximum(count, 1)
    p, v0, v1 = p[:, None], v0[:, None], v1[:, None]
    quiet = np.log((1 - p) / np.sqrt(v0)) - square / v0 / 2
    loud = np.log(p / np.sqrt(v1)) - square / v1 / 2
    return np.einsum("ij,ij->i", count, np.logaddexp(quiet, loud))


def update(count: Array, mass: Array, p: Array, v0: Array, v1: Array) -> tuple[Array, Array, Array]:
    """One step of expectation-maximization; arguments of shape (n, BINS) and (n,)."""
    centre = mass / np.maximum(count, 1)
    odds = np.log((1 - p) / p * np.sqrt(v1 / v0))
    strength = (1 / v0 - 1 / v1) / 2
    loud = 1 / (1 + np.exp(odds[:, None] - strength[:, None] * centre))
    n1, m1 = np.einsum("ij,ij->i", count, loud), np.einsum("ij,ij->i", mass, loud)
    length, power = count.sum(axis=1), mass.sum(axis=1)
    return n1 / length, (power - m1) / (length - n1), m1 / n1
