"""Symmetric alpha-stable noise."""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rpgan.errors import UndefinedLaw
from rpgan.processes import blocks, gaussian, scale_mixture, stable_density
from rpgan.processes.minimum import minimum
from rpgan.spec import spec

Array = NDArray[np.float64]

FEW = 2000  # points at which the density is integrated one by one


@spec
class AlphaStable:
    """White symmetric alpha-stable noise: characteristic function exp(-|scale t|^alpha).

    Parameters
    ----------
    alpha : float in (0, 2]
        Tails fall as ``|x| ** -(alpha + 1)``: below 2 there is no variance. 1 is Cauchy's law, 2
        is Gauss's with variance 2 scale^2.
    scale : float

    References
    ----------
    .. [1] Chambers, Mallows, Stuck. "A method for simulating stable random variables."
       J. Amer. Statist. Assoc. 71 (1976), 340-344.
    """

    alpha: float
    scale: float = 1.0
    name: Literal["alpha_stable"] = "alpha_stable"

    def __post_init__(self) -> None:
        if not 0 < self.alpha <= 2:
            raise ValueError(f"alpha must lie in (0, 2], got {self.alpha}")
        if not 0 < self.scale < np.inf:
            raise ValueError(f"scale must lie in (0, inf), got {self.scale}")

    @property
    def tail_index(self) -> float:
        """The supremum of q with E|x|^q finite."""
        return self.alpha if self.alpha < 2 else np.inf

    def truth(self) -> dict[str, float]:
        """What `estimate` estimates."""
        return {"alpha": self.alpha, "scale": self.scale}

    def sample(self, n: int, length: int, rng: np.random.Generator) -> Array:
        """`n` independent series, shape (n, length) [1]_."""

        def fill(rows: Array, rng: np.random.Generator) -> None:
            angles, times = rng.spawn(2)
            flat = rows.reshape(-1)
            for tile in blocks.tiles(flat.size, 10):
                part = flat[tile]
                angles.random(out=part)
                part -= 0.5
                part *= np.pi
                part[:] = self.from_angle_and_time(part, times.standard_exponential(part.size))
                part *= self.scale

        return blocks.draw(fill, n, length, rng)

    def from_angle_and_time(self, angle: Array, time: Array) -> Array:
        """The standard law from a uniform angle in (-pi/2, pi/2) and a unit exponential time.

        In tangents, as NumPy has vector instructions for them but not for sines and cosines:
        cos^-2 x is 1 + tan^2 x, and sin x is 2 t / (1 + t^2) with t = tan(x / 2).
        """
        if self.alpha == 1:
            return np.tan(angle)
        if self.alpha == 2:
            return 2 * np.sqrt(time) * sine(angle)
        exponent = (1 - self.alpha) / self.alpha
        log_size = log_secant((1 - self.alpha) * angle)
        log_size += np.log(time)
        log_size *= -exponent
        log_size += log_secant(angle) / self.alpha
        size = np.exp(log_size, out=log_size)
        size *= sine(self.alpha * angle)
        return size

    def estimate(self, series: Array) -> dict[str, Array]:
        """Maximum likelihood of `alpha` and `scale`, each of shape (n,), for any alpha.

        From counts of log|x| in bins. NaN for a series whose samples all have one size, or of
        which half are 0; alpha is sought in [0.26, 2].
        """
        return blocks.estimate(binned_maximum_likelihood, series)

    def autocovariance(self, lag: ArrayLike) -> Array:
        """Covariance of samples `lag` apart; undefined for alpha < 2."""
        return np.where(np.asarray(lag) == 0, self.variance("autocovariance"), 0.0)

    def psd(self, frequency: ArrayLike) -> Array:
        """Spectral density; undefined for alpha < 2."""
        return np.full(np.shape(frequency), self.variance("power spectrum"))

    def moments(self) -> dict[str, float]:
        """Mean, variance, skewness and kurtosis; undefined for alpha < 2."""
        return gaussian.moments(self.variance("kurtosis"))

    def variance(self, quantity: str = "second moment") -> float:
        """The variance, or why there is neither it nor `quantity`."""
        if self.alpha < 2:
            raise UndefinedLaw(
                f"an alpha-stable series with alpha < 2 has no variance, so no {quantity}"
            )
        return 2 * self.scale**2

    def pdf(self, x: ArrayLike) -> Array:
        """Marginal density; that of many points is interpolated, to a relative error of 1e-8."""
        log_x = self.log_size(x)
        if log_x.size > FEW and self.alpha < 2:
            return np.exp(stable_density.interpolants(self.alpha)[0](log_x)) / self.scale
        density = np.exp(stable_density.log_pdf(self.alpha, log_x.ravel())) / self.scale
        return density.reshape(log_x.shape)

    def cdf(self, x: ArrayLike) -> Array:
        """Marginal distribution function; that of many points is interpolated like the density."""
        log_x = self.log_size(x)
        if log_x.size > FEW and self.alpha < 2:
            above = np.exp(stable_density.interpolants(self.alpha)[1](log_x))
        else:
            above = stable_density.survival(self.alpha, log_x.ravel()).reshape(log_x.shape)
        return np.where(np.asarray(x) < 0, above, 1 - above)

    def characteristic(self, t: ArrayLike) -> NDArray[np.complex128]:
        """Marginal characteristic function E exp(i t x) = exp(-|scale t|^alpha)."""
        return np.exp(-(np.abs(self.scale * np.asarray(t, float)) ** self.alpha)).astype(complex)

    def loglik(self, series: Array) -> Array:
        """Log-likelihood of each series of shape (n, length), shape (n,).

        To a relative error of 1e-8 per density where it is interpolated, as in `pdf`.
        """
        series = blocks.as_series(series)
        log_x = self.log_size(series)
        if log_x.size > FEW and self.alpha < 2:
            log_f = stable_density.interpolants(self.alpha)[0](log_x)
        else:
            log_f = stable_density.log_pdf(self.alpha, log_x.ravel()).reshape(log_x.shape)
        return (log_f - np.log(self.scale)).sum(axis=1)

    def whiten(self, series: Array) -> Array:
        """Samples as normal deviates of the same rank, (n, length): iid N(0, 1) under the law."""
        series = blocks.as_series(series)
        if self.alpha == 2:
            return series / (np.sqrt(2) * self.scale)
        log_x = self.log_size(series)
        if log_x.size > FEW:
            log_beyond = stable_density.interpolants(self.alpha)[1](log_x)
        else:
            log_beyond = np.log(stable_density.survival(self.alpha, log_x.ravel()))
        return scale_mixture.with_sign(series, log_beyond.reshape(log_x.shape))

    def log_size(self, x: ArrayLike) -> Array:
        """log|x / scale|; below exp(-200) density and distribution function are those at 0."""
        return np.log(np.maximum(np.abs(np.asarray(x, float)) / self.scale, np.exp(-200.0)))

    def crlb(self, length: int) -> dict[str, float]:
        """Least standard deviations of unbiased estimates, each unknown, from one series."""
        if self.alpha == 2:
            raise UndefinedLaw("at alpha = 2 the information on alpha is infinite, so no bound")
        z, step = np.linspace(-40, 80, 6001, retstep=True)
        h = 1e-3 * min(self.alpha, 2 - self.alpha)
        log_f = stable_density.log_pdf(self.alpha, z)
        above, below = (stable_density.log_pdf(self.alpha + d, z) for d in (h, -h))
        slopes = np.array([(above - below) / (2 * h), -1 - np.gradient(log_f, step)])
        slopes[1] /= self.scale
        weight = 2 * step * np.exp(log_f + z)
        bounds = np.sqrt(np.diag(np.linalg.inv(length * (slopes * weight) @ slopes.T)))
        return dict(zip(self.truth(), map(float, bounds), strict=True))


def sine(angle: Array) -> Array:
    """Sine of angles in [-pi, pi]."""
    half = np.tan(angle / 2)
    return half / (0.5 + half * half / 2)


def log_secant(angle: Array) -> Array:
    """-log(cos(angle)) of angles in [-pi/2, pi/2]."""
    tangent = np.tan(angle)
    tangent *= tangent
    tangent += 1
    np.log(tangent, out=tangent)
    tangent /= 2
    return tangent


def binned_maximum_likelihood(series: Array) -> dict[str, Array]:
    """Fit alpha and scale to each row of `series`, shape (n, length).

    At every alpha of the table one Newton step in log scale gives the likelihood's maximum over
    scale; three rounds bring the scale to where that step is nothing.
    """
    table = stable_density.table()
    with np.errstate(divide="ignore"):
        log_size = np.log(np.abs(series))
    log_scale = np.median(log_size, axis=1)
    alive = np.isfinite(log_scale) & (np.ptp(np.abs(series), axis=1) > 0)
    log_scale = np.where(alive, log_scale, 0)
    logit = np.zeros(len(series))
    for _ in range(4):
        count = bin_counts(log_size - log_scale[:, None], table.log_x)
        likelihood, first, second = np.split(count @ table.columns, 3, axis=1)
        first = -first - series.shape[1]  # derivatives in log scale, at every alpha
        step = np.where(second < 0, -first / np.minimum(second, -1e-3), first).clip(-0.7, 0.7)
        profile = likelihood + first * step + second * step**2 / 2
        logit = minimum(-profile, table.logit, (table.logit[0], np.inf))
        log_scale = log_scale + between(step, table.logit, logit)
    alpha = 2 / (1 + np.exp(-logit))
    return {
        "alpha": np.where(alive, alpha, np.nan),
        "scale": np.where(alive, np.exp(log_scale), np.nan),
    }


def bin_counts(values: Array, centres: Array) -> Array:
    """How many of each row of `values` are nearest to each of equally spaced `centres`."""
    width, bins = centres[1] - centres[0], len(centres)
    index = (values - (centres[0] - width / 2)) * (1 / width)
    cell = index.clip(0, bins - 1).astype(np.intp)
    cell += bins * np.arange(len(values))[:, None]
    count = np.bincount(cell.ravel(), minlength=bins * len(values))
    return count.reshape(len(values), bins).astype(float)


def between(values: Array, nodes: Array, x: Array) -> Array:
    """Each row of `values`, known at equally spaced `nodes`, at its own `x`, linearly."""
    position = ((x - nodes[0]) / (nodes[1] - nodes[0])).clip(0, len(nodes) - 1)
    left = np.minimum(position.astype(np.intp), len(nodes) - 2)
    row, share = np.arange(len(values)), position - left
    return (1 - share) * values[row, left] + share * values[row, left + 1]
