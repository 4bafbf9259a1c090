"""Tempered fractionally differenced white noise."""

from functools import lru_cache
from math import ceil
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rpgan.errors import UndefinedLaw
from rpgan.processes import blocks, circulant, gaussian, innovations, whittle
from rpgan.processes.minimum import minimum
from rpgan.processes.scaling import to_unit_range
from rpgan.spec import spec

Array = NDArray[np.float64]

LEAST = 1e-5  # tempering, from where on a spectrum is resolved by as many samples as memory holds


@spec
class ARTFIMA(gaussian.Marginal):
    """ARTFIMA(0, d, tempering, 0): (1 - e^-tempering B)^d x_t = e_t with e white of variance 1.

    Stationary, Gaussian, mean 0. Like ARFIMA up to lags of 1 / tempering, forgotten beyond.

    Parameters
    ----------
    d : float in (-1, 1)
        The spectrum runs as ``f ** (-2 * d)`` between tempering / (2 pi) and 1/2. At 0 the series
        is white; 5/6 is turbulence by Kolmogorov's law.
    tempering : float, at least 1e-5
        Per sample; without it the process is `ARFIMA`.

    References
    ----------
    .. [1] Meerschaert, Sabzikar, Phanikumar, Zeleke. "Tempered fractional time series model for
       turbulence in geophysical flows." J. Stat. Mech. (2014), P09023.
    .. [2] Sabzikar, McLeod, Meerschaert. "Parameter estimation for ARTFIMA time series."
       J. Statist. Plann. Inference 200 (2019), 129-145.
    """

    d: float
    tempering: float
    name: Literal["artfima"] = "artfima"

    def __post_init__(self) -> None:
        if not -1 < self.d < 1:
            raise ValueError(f"d must lie in (-1, 1), got {self.d}")
        if not LEAST <= self.tempering < np.inf:
            raise ValueError(f"tempering must lie in [1e-5, inf), got {self.tempering}")

    def truth(self) -> dict[str, float]:
        """What `estimate` estimates."""
        return {"d": self.d, "tempering": self.tempering}

    def sample(self, n: int, length: int, rng: np.random.Generator) -> Array:
        """`n` independent series, shape (n, length), from the exact law.

        The circulant embedding of this covariance is never negative.
        """
        half = circulant.fast_length(max(1, length - 1))
        embedding = circulant.from_autocovariance(self.autocovariance(np.arange(half + 1)))
        return embedding.sample(n, length, rng)

    def estimate(self, series: Array) -> dict[str, Array]:
        """Whittle estimates of both parameters, each of shape (n,), for any scale and mean.

        `tempering` is 0 for a series that remembers for longer than it lasts, NaN for one without
        a knee below 3; `d` is sought in [-0.98, 0.98]. Near white noise neither can be told.
        Half of the estimates lie within a fifth of where `crlb` would have them, if length *
        tempering is 20 or more; a few lie far from the rest.
        """
        series = np.asarray(series, float)
        family = grid(series.shape[-1])
        return blocks.estimate(lambda rows: on_grid(rows, family), series)

    def autocovariance(self, lag: ArrayLike) -> Array:
        """Covariance of samples `lag` apart, a whole number: the transform of the spectrum."""
        k = np.abs(np.asarray(lag, int))
        most = int(k.max(initial=0))
        size = 1 << (2 * most + ceil(40 / self.tempering)).bit_length()
        return autocovariances(self.d, self.tempering, size)[k]

    def psd(self, frequency: ArrayLike) -> Array:
        """Spectral density at `frequency`, cycles per sample."""
        return np.exp(-self.d * log_gain(np.asarray(frequency, float), self.tempering))

    @property
    def variance(self) -> float:
        """Variance of a sample, for innovations of variance 1."""
        return float(self.autocovariance(0))

    def loglik(self, series: Array) -> Array:
        """Exact log-likelihood of each series, in nats, shape (n,)."""
        lags = np.arange(np.shape(series)[-1])
        return innovations.loglik(series, self.autocovariance(lags))

    def whiten(self, series: Array) -> Array:
        """Independent N(0, 1) under the law, shape (n, length): errors of the best prediction."""
        lags = np.arange(np.shape(series)[-1])
        return innovations.whiten(series, self.autocovariance(lags))

    def crlb(self, length: int) -> dict[str, float]:
        """Least standard deviations of unbiased estimates from one series, both unknown.

        Whittle's information: length / 2 times the mean product of slopes of the log spectrum,
        whose mean is 0. For a series much longer than 1 / tempering.
        """
        if self.d == 0:
            raise UndefinedLaw("at d = 0 the series is white whatever its tempering: no bound")
        nodes, weights = np.polynomial.legendre.leggauss(400)
        t = np.arcsinh(0.5 / self.tempering) * (nodes + 1) / 2  # crowded at the knee
        f = self.tempering * np.sinh(t)
        weights = weights * np.arcsinh(0.5 / self.tempering) * self.tempering * np.cosh(t)
        gain = log_gain(f, self.tempering)
        keep, lose = np.exp(-self.tempering), -np.expm1(-self.tempering)
        by_tempering = 2 * keep * (lose - 2 * np.sin(np.pi * f) ** 2) / np.exp(gain)
        slopes = np.array([-gain, -self.d * by_tempering])
        bounds = np.sqrt(np.diag(np.linalg.inv(length / 2 * (slopes * weights) @ slopes.T)))
        return dict(zip(self.truth(), map(float, bounds), strict=True))


def log_gain(frequency: Array, tempering: float) -> Array:
    """Log of |1 - e^-tempering e^{-2 pi i frequency}|^2: the log spectrum of d = -1."""
    keep, lose = np.exp(-tempering), -np.expm1(-tempering)
    return np.log(lose**2 + 4 * keep * np.sin(np.pi * frequency) ** 2)


@lru_cache(maxsize=4)
def autocovariances(d: float, tempering: float, size: int) -> Array:
    """At lags 0 .. size / 2; the trapezoidal rule, exact but for what wraps around at `size`."""
    gain = log_gain(np.arange(size // 2 + 1) / size, tempering)
    return np.fft.irfft(np.exp(-d * gain))[: size // 2 + 1]


class Grid(NamedTuple):
    """Expected periodograms of the family; see `whittle.Table`."""

    log_tempering: Array  # (T,) equally spaced
    d: Array  # (J,) equally spaced
    inverse: Array  # (bins, T J)
    log: Array  # (T J,)


@lru_cache(maxsize=2)
def grid(length: int) -> Grid:
    """The family of all ARTFIMA(0, d, tempering, 0) at this length."""
    if length < 8:
        raise ValueError(f"estimates of ARTFIMA need a length of at least 8, got {length}")
    log_tempering = np.linspace(np.log(0.5 / length), np.log(3), 12 + int(4 * np.log(length)))
    nodes = np.linspace(-0.98, 0.98, 50)
    tables = []
    for tempering in np.exp(log_tempering):
        size = 1 << (2 * length + ceil(14 / tempering)).bit_length()
        gain = log_gain(np.arange(size // 2 + 1) / size, tempering)

        def autocovariance(d: float, gain: Array = gain) -> Array:
            return np.fft.irfft(np.exp(-d * gain))[:length]

        tables.append(whittle.table(nodes, autocovariance, length))
    inverse = np.concatenate([table.inverse for table in tables], axis=1)
    return Grid(log_tempering, nodes, inverse, np.concatenate([table.log for table in tables]))


def on_grid(series: Array, grid: Grid) -> dict[str, Array]:
    """Both parameters of each row of `series`, shape (n, length).

    Whittle's likelihood at its best d for every tempering; then its best tempering, and d there.
    """
    scaled, alive = to_unit_range(series)
    power = whittle.periodogram(scaled)
    power[~alive] = 1
    loss = (np.log(power @ grid.inverse) + grid.log).reshape(-1, len(grid.d))
    best = minimum(loss, grid.d, (grid.d[0], grid.d[-1]))
    least = value(loss, grid.d, best)
    best, least = (part.reshape(len(series), len(grid.log_tempering)) for part in (best, least))
    log_tempering = minimum(least, grid.log_tempering, (-np.inf, np.nan))
    d = value(best, grid.log_tempering, log_tempering)
    return {
        "d": np.where(alive, d, np.nan),
        "tempering": np.where(alive, np.exp(log_tempering), np.nan),
    }


def value(rows: Array, nodes: Array, x: Array) -> Array:
    """Each row, known at equally spaced `nodes`, at its own `x`: the parabola through three."""
    position = (x - nodes[0]) / (nodes[1] - nodes[0])
    position = np.nan_to_num(position, nan=len(nodes) - 1.0).clip(0, len(nodes) - 1)
    centre = np.rint(position).astype(np.intp).clip(1, len(nodes) - 2)
    a, b, c = np.take_along_axis(rows, centre[:, None] + np.arange(-1, 2), axis=1).T
    t = position - centre
    return b + t * (c - a) / 2 + t**2 * (a - 2 * b + c) / 2
