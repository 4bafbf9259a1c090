"""A Gaussian curve in the middle of white noise."""

from typing import Literal, NoReturn

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rpgan.errors import UndefinedLaw
from rpgan.processes import blocks, scoring
from rpgan.processes.scaling import to_unit_peak
from rpgan.spec import spec

Array = NDArray[np.float64]


@spec
class GaussianPulse:
    """The same pulse in every series, centred, plus white Gaussian noise.

    ``x_t = amplitude exp(-(t - (length - 1) / 2)^2 / (2 width^2)) + noise z_t``

    Parameters
    ----------
    amplitude : float
    width : float
        Samples from the centre to the curve's inflection.
    noise : float
        Standard deviation.
    """

    amplitude: float = 0.8
    width: float = 12.0
    noise: float = 0.02
    name: Literal["gaussian_pulse"] = "gaussian_pulse"

    def __post_init__(self) -> None:
        for setting in ("amplitude", "width", "noise"):
            value = getattr(self, setting)
            if not 0 < value < np.inf:
                raise ValueError(f"{setting} must lie in (0, inf), got {value}")

    @property
    def tail_index(self) -> float:
        """The supremum of q with E|x|^q finite."""
        return np.inf

    def truth(self) -> dict[str, float]:
        """What `estimate` estimates."""
        return {"amplitude": self.amplitude, "width": self.width, "noise": self.noise}

    def mean(self, length: int) -> Array:
        """The series without noise, shape (length,)."""
        return self.amplitude * np.exp(-(from_centre(length) ** 2) / (2 * self.width**2))

    def sample(self, n: int, length: int, rng: np.random.Generator) -> Array:
        """`n` independent series, shape (n, length)."""

        def fill(rows: Array, rng: np.random.Generator) -> None:
            rng.standard_normal(out=rows)
            rows *= self.noise
            rows += self.mean(length)

        return blocks.draw(fill, n, length, rng)

    def estimate(self, series: Array) -> dict[str, Array]:
        """Maximum likelihood of all three settings, each of shape (n,).

        `width` is sought between 1/3 of a sample and the length. NaN for a constant series and for
        one in which no pulse points up.
        """
        return blocks.estimate(maximum_likelihood, series)

    def loglik(self, series: Array) -> Array:
        """Log-likelihood of each series of shape (n, length), shape (n,)."""
        white = self.whiten(series)
        return -(np.log(2 * np.pi * self.noise**2) + white**2).sum(axis=1) / 2

    def whiten(self, series: Array) -> Array:
        """Noise in units of its deviation, shape (n, length): iid N(0, 1) under the law."""
        series = blocks.as_series(series)
        return (series - self.mean(series.shape[1])) / self.noise

    def crlb(self, length: int) -> dict[str, float]:
        """Least standard deviations of unbiased estimates from one series."""
        square = from_centre(length) ** 2
        curve = np.exp(-square / (2 * self.width**2))
        slope = np.stack([curve, self.amplitude * curve * square / self.width**3])
        amplitude, width = self.noise * np.sqrt(np.diag(np.linalg.inv(slope @ slope.T)))
        noise = self.noise / np.sqrt(2 * length)
        return {"amplitude": float(amplitude), "width": float(width), "noise": float(noise)}

    def autocovariance(self, lag: ArrayLike) -> NoReturn:
        """Undefined."""
        raise UndefinedLaw(f"{NOT_STATIONARY}: see mean, about which the noise is white")

    def psd(self, frequency: ArrayLike) -> NoReturn:
        """Undefined."""
        raise UndefinedLaw(f"{NOT_STATIONARY}: it has no power spectrum")

    def moments(self) -> NoReturn:
        """Undefined: they depend on time."""
        raise UndefinedLaw(f"{NOT_STATIONARY}: its mean depends on time")

    def pdf(self, x: ArrayLike) -> NoReturn:
        """Undefined: it depends on time."""
        raise UndefinedLaw(f"{NOT_STATIONARY}: its marginal density depends on time")

    def cdf(self, x: ArrayLike) -> NoReturn:
        """Undefined: it depends on time."""
        raise UndefinedLaw(f"{NOT_STATIONARY}: its marginal distribution depends on time")

    def characteristic(self, t: ArrayLike) -> NoReturn:
        """Undefined: it depends on time."""
        raise UndefinedLaw(f"{NOT_STATIONARY}: its characteristic function depends on time")


NOT_STATIONARY = "a pulse in noise is not stationary"


def from_centre(length: int) -> Array:
    """Samples between each sample and the middle, shape (length,)."""
    return np.arange(length, dtype=np.float64) - (length - 1) / 2


def maximum_likelihood(series: Array) -> dict[str, Array]:
    """Fit amplitude, width and noise to each row of `series`, shape (n, length)."""
    scaled, unit = to_unit_peak(series)
    n, length = series.shape
    square = from_centre(length) ** 2
    alive = np.ptp(scaled, axis=1) > 1e-12

    def evaluate(at: Array, rows: scoring.Rows) -> tuple[Array, Array, Array]:
        amplitude, log_width = at.T[:, :, None]
        curve = np.exp(-square / 2 * np.exp(-2 * log_width))
        slope = np.stack([curve, amplitude * curve * square * np.exp(-2 * log_width)])
        misfit = scaled[rows] - amplitude * curve
        score = np.einsum("pij,ij->ip", slope, misfit)
        information = np.einsum("pij,qij->ipq", slope, slope)
        return -np.einsum("ij,ij->i", misfit, misfit) / 2, score, information

    low, high = np.array([0.0, np.log(1 / 3)]), np.array([3.0, np.log(length)])
    best, value = np.zeros((n, 2)), np.full(n, -np.inf)
    for share in (0.03, 0.1, 0.3):
        start = np.tile([0.5, np.log(share * length)], (n, 1))
        found = scoring.maximise(evaluate, start, low, high)
        reached = evaluate(found, np.arange(n))[0]
        better = reached > value
        best[better], value[better] = found[better], reached[better]
    alive &= (best[:, 0] > 1e-6) & (best[:, 0] < high[0]) & (unit < 1e300)
    unit = np.where(alive, unit, 1)
    fitted = {
        "amplitude": unit * best[:, 0],
        "width": np.exp(best[:, 1]),
        "noise": unit * np.sqrt(-2 * value / length),
    }
    return {name: np.where(alive, values, np.nan) for name, values in fitted.items()}
