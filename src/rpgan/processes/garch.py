"""Generalised autoregressive conditional heteroscedasticity."""

from math import ceil, inf, log
from typing import Literal, NoReturn

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rpgan.errors import UndefinedLaw
from rpgan.processes import blocks, scoring
from rpgan.processes.scaling import to_unit_peak
from rpgan.spec import spec

Array = NDArray[np.float64]

FORGOTTEN = 1e-12  # of a difference of variances at the start of a run-in
ROWS = 256  # series that go through time together: every step is two additions or products of rows
STEPS = 1024  # in time, of which the innovations are held at once


@spec
class GARCH:
    """Gaussian, white, of a variance that follows the squares: GARCH(1, 1).

    ``x_t = sqrt(h_t) z_t`` and ``h_t = omega + alpha x_{t-1}^2 + beta h_{t-1}``, with z white of
    variance 1.

    Parameters
    ----------
    omega : float
        Variance that is always there.
    alpha : float in (0, 1)
        What a square adds to the next variance.
    beta : float in [0, 1)
        What a variance keeps; alpha + beta < 1.

    References
    ----------
    .. [1] Bollerslev. "Generalized autoregressive conditional heteroskedasticity."
       J. Econometrics 31 (1986), 307-327.
    .. [2] Mikosch, Starica. "Limit theory for the sample autocorrelations and extremes of a
       GARCH(1, 1) process." Ann. Statist. 28 (2000), 1427-1451.
    """

    omega: float
    alpha: float
    beta: float
    name: Literal["garch"] = "garch"

    def __post_init__(self) -> None:
        if not 0 < self.omega < np.inf:
            raise ValueError(f"omega must lie in (0, inf), got {self.omega}")
        if not 0 < self.alpha < 1:
            raise ValueError(f"alpha must lie in (0, 1), got {self.alpha}")
        if not 0 <= self.beta < 1:
            raise ValueError(f"beta must lie in [0, 1), got {self.beta}")
        if not self.persistence < 1:
            raise ValueError(f"alpha + beta must be less than 1, got {self.persistence}")

    @property
    def persistence(self) -> float:
        """What the variance's distance from its mean keeps in a step, on average."""
        return self.alpha + self.beta

    @property
    def variance(self) -> float:
        """Of a sample."""
        return self.omega / (1 - self.persistence)

    @property
    def tail_index(self) -> float:
        """The supremum of q with E|x|^q finite: where E (alpha z^2 + beta)^(q / 2) is 1 [2]_."""
        z, step = np.linspace(0, 60, 20001, retstep=True)
        log_growth = np.log(self.alpha * z**2 + self.beta + 1e-300)

        def growth(q: float) -> float:
            power = q / 2 * log_growth - z**2 / 2
            weight = np.exp(power - power.max())
            total = (weight.sum() - weight[0] / 2) * step * np.sqrt(2 / np.pi)
            return float(np.log(total) + power.max())

        low, high = 2.0, 4.0
        while growth(high) < 0:
            low, high = high, 2 * high
            if high > 1000:  # where the quadrature would end
                return inf
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (middle, high) if growth(middle) < 0 else (low, middle)
        return low

    def truth(self) -> dict[str, float]:
        """What `estimate` estimates."""
        return {"omega": self.omega, "alpha": self.alpha, "beta": self.beta}

    def sample(self, n: int, length: int, rng: np.random.Generator) -> Array:
        """`n` independent series, shape (n, length).

        A run-in from the mean variance brings the law to within 1e-12 of the stationary one.
        """
        if n < 0 or length < 1:
            raise ValueError(f"n must be at least 0 and length at least 1, got {n} and {length}")
        series = np.empty((n, length))
        generators = rng.spawn(-(-n // blocks.BLOCK))
        rows = [series[start : start + ROWS] for start in range(0, n, ROWS)]
        each = ROWS // blocks.BLOCK
        own = [generators[i * each : (i + 1) * each] for i in range(len(rows))]
        blocks.in_threads(self.fill, rows, own)
        return series

    def fill(self, rows: Array, generators: list[np.random.Generator]) -> None:
        """Write series in place, a generator for each block of them, a while at a time."""
        past = ceil(log(FORGOTTEN) / log(self.persistence))
        length, h = rows.shape[1], np.full(len(rows), self.variance)
        for start in range(-past, length, STEPS):
            shape = min(STEPS, length - start), blocks.BLOCK
            white = np.concatenate([rng.standard_normal(shape) for rng in generators], axis=1)
            drawn, h = self.follow(white[:, : len(rows)], h)
            if start + shape[0] > 0:
                rows[:, max(start, 0) : start + shape[0]] = drawn[max(-start, 0) :].T

    def modulate(self, white: Array) -> Array:
        """The series that innovations `white`, shape (n, length), make from the mean variance."""
        return self.follow(white.T, np.full(len(white), self.variance))[0].T

    def follow(self, white: Array, h: Array) -> tuple[Array, Array]:
        """Samples that innovations `white`, shape (length, n), make from variances `h`, (n,).

        A step in time is a row. With them come the variances of the samples after the last.
        """
        growth = white**2
        growth *= self.alpha
        growth += self.beta
        for row in growth:
            following = row * h
            following += self.omega
            row[:] = h
            h = following
        return white * np.sqrt(growth), h

    def variances(self, series: Array) -> Array:
        """h_t given the past, shape (n, length), from the mean variance at the first sample.

        What the first sample's own variance was fades as beta^t.
        """
        from scipy.signal import lfilter

        drive = np.empty_like(series)
        drive[:, 0] = self.variance
        drive[:, 1:] = self.omega + self.alpha * series[:, :-1] ** 2
        return np.asarray(lfilter([1.0], [1.0, -self.beta], drive, axis=1))

    def loglik(self, series: Array) -> Array:
        """Log-likelihood of each series of shape (n, length), shape (n,).

        Given that the first sample's variance is the mean one.
        """
        series = blocks.as_series(series)
        h = self.variances(series)
        return -(np.log(2 * np.pi * h) + series**2 / h).sum(axis=1) / 2

    def whiten(self, series: Array) -> Array:
        """Innovations x_t / sqrt(h_t), shape (n, length): iid N(0, 1) under the law.

        But for the first samples, 1 / (1 - beta) or so, whose variance is taken for the mean one.
        """
        series = blocks.as_series(series)
        return series / np.sqrt(self.variances(series))

    def estimate(self, series: Array) -> dict[str, Array]:
        """Gaussian maximum likelihood of all three settings, each of shape (n,).

        NaN for a series whose samples all have one size. `omega` has the unit of squares.
        """
        return blocks.estimate(maximum_likelihood, series)

    def autocovariance(self, lag: ArrayLike) -> Array:
        """Covariance of samples `lag` apart: white."""
        return np.where(np.asarray(lag) == 0, self.variance, 0.0)

    def square_autocovariance(self, lag: ArrayLike) -> Array:
        """Covariance of squares of samples `lag` apart; undefined without a fourth moment."""
        kurtosis = self.moments()["kurtosis"]
        if kurtosis == np.inf:
            raise UndefinedLaw("squares of a series without a fourth moment have no covariance")
        a, b = self.alpha, self.beta
        first = a * (1 - a * b - b**2) / (1 - 2 * a * b - b**2)
        k = np.abs(np.asarray(lag))
        correlation = np.where(k == 0, 1, first * self.persistence ** np.maximum(k - 1, 0))
        return (kurtosis - 1) * self.variance**2 * correlation

    def psd(self, frequency: ArrayLike) -> Array:
        """Spectral density: flat."""
        return np.full(np.shape(frequency), self.variance)

    def moments(self) -> dict[str, float]:
        """Mean, variance, skewness and (not excess) kurtosis of a sample; the last may be inf."""
        room = 1 - self.persistence**2 - 2 * self.alpha**2
        kurtosis = 3 * (1 - self.persistence**2) / room if room > 0 else np.inf
        return {"mean": 0.0, "variance": self.variance, "skewness": 0.0, "kurtosis": kurtosis}

    def pdf(self, x: ArrayLike) -> NoReturn:
        """Undefined."""
        raise UndefinedLaw(f"{NO_MARGINAL}: no density, but that of a sample given its past")

    def cdf(self, x: ArrayLike) -> NoReturn:
        """Undefined."""
        raise UndefinedLaw(f"{NO_MARGINAL}: no distribution function")

    def characteristic(self, t: ArrayLike) -> NoReturn:
        """Undefined."""
        raise UndefinedLaw(f"{NO_MARGINAL}: no characteristic function")

    def crlb(self, length: int) -> NoReturn:
        """Undefined."""
        raise UndefinedLaw(f"{NO_MARGINAL}, so neither has the information of a sample")


NO_MARGINAL = "the stationary law of a GARCH series has no closed form"


def maximum_likelihood(series: Array) -> dict[str, Array]:
    """Fit omega, alpha and beta to each row of `series`, shape (n, length)."""
    scaled, unit = to_unit_peak(series)
    alive = np.ptp(np.abs(scaled), axis=1) > 1e-6
    square = scaled**2
    power = np.where(alive, square.mean(axis=1), 1)
    square /= power[:, None]

    def evaluate(at: Array, rows: scoring.Rows) -> tuple[Array, Array, Array]:
        return likelihood(square[rows], at)

    best = np.tile([0.1, 0.1, 0.8], (len(series), 1))
    value = np.full(len(series), -np.inf)
    for start in STARTS:
        found = scoring.maximise(evaluate, np.tile(start, (len(series), 1)), LOW, HIGH)
        reached = evaluate(found, np.arange(len(series)))[0]
        better = reached > value
        best[better], value[better] = found[better], reached[better]
    omega, alpha, beta = np.where(alive[:, None], best, np.nan).T
    return {"omega": omega * power * unit * unit, "alpha": alpha, "beta": beta}


STARTS = np.array([[0.1, 0.1, 0.8], [0.6, 0.2, 0.2]])
LOW, HIGH = np.array([1e-6, 0.0, 0.0]), np.array([10.0, 0.9999, 0.9999])


def likelihood(square: Array, parameters: Array) -> tuple[Array, Array, Array]:
    """Log-likelihood, its gradient and Fisher's information of squares (n, length) of mean 1."""
    from scipy.signal import lfilter

    omega, alpha, beta = parameters.T[:, :, None]
    t = np.arange(square.shape[1])
    kept = beta**t
    slope = np.empty((3, *square.shape))  # of h in each parameter
    slope[0] = (1 - kept) / (1 - beta)
    slope[1:, :, 0] = 0
    echo = slope[1]
    for row, past, b in zip(echo, square, beta[:, 0], strict=True):
        row[1:] = lfilter([1.0], [1.0, -b], past[:-1])
    h = kept + omega * slope[0] + alpha * echo
    for row, past, b in zip(slope[2], h, beta[:, 0], strict=True):
        row[1:] = lfilter([1.0], [1.0, -b], past[:-1])
    slope /= h
    misfit = square / h - 1
    score = np.einsum("pij,ij->ip", slope, misfit) / 2
    information = np.einsum("pij,qij->ipq", slope, slope) / 2
    return -(np.log(h) + misfit).sum(axis=1) / 2, score, information
