"""Autoregressive moving averages."""

from functools import cached_property
from typing import Literal

import numpy as np
from numpy.polynomial.polynomial import polyval
from numpy.typing import ArrayLike, NDArray

from rpgan.errors import UndefinedLaw
from rpgan.processes import arma_fit, blocks, gaussian, innovations
from rpgan.spec import spec

Array = NDArray[np.float64]


@spec
class ARMA(gaussian.Marginal):
    """sum_i ar[i] x_{t-i} = scale sum_j ma[j] e_{t-j}, e white Gaussian noise of variance 1.

    `ar` and `ma` are polynomials in the delay, as `scipy.signal.lfilter` takes them, and begin with
    their 1: x_t = 1.2 x_{t-1} - 0.5 x_{t-2} + e_t is ``ar=(1, -1.2, 0.5)``.

    Parameters
    ----------
    ar : floats, the first of them 1
        Its roots ``z ** p + ar[1] z ** (p - 1) + ...`` lie inside the unit circle: stationary.
    ma : floats, the first of them 1
        Its roots lie inside the unit circle too: another `ma` with the same law has not.
    scale : float
        Standard deviation of what is new in a sample.

    References
    ----------
    .. [1] Brockwell, Davis. "Time Series: Theory and Methods." 2nd ed. (1991), chapter 3.
    """

    ar: tuple[float, ...] = (1.0,)
    ma: tuple[float, ...] = (1.0,)
    scale: float = 1.0
    name: Literal["arma"] = "arma"

    def __post_init__(self) -> None:
        for setting in ("ar", "ma"):
            given = tuple(float(value) for value in getattr(self, setting))
            object.__setattr__(self, setting, given)  # a list would make equal laws unequal
            if given[:1] != (1.0,) or not np.isfinite(given).all():
                raise ValueError(f"{setting} must be numbers that begin with 1, got {list(given)}")
            largest = np.abs(np.roots(given)).max(initial=0)
            if not largest < 1:
                raise ValueError(
                    f"{setting} must have its roots inside the unit circle, got {list(given)}"
                    f" with one at a distance of {largest:.6g}"
                )
        if len(self.ar) == len(self.ma) == 1:
            raise ValueError("give ar or ma more than their first 1, or there is nothing to learn")
        if not 0 < self.scale < np.inf:
            raise ValueError(f"scale must lie in (0, inf), got {self.scale}")

    def truth(self) -> dict[str, float]:
        """What `estimate` estimates: `ar_1` is ``ar[1]``, and so on."""
        ar = {f"ar_{i}": value for i, value in enumerate(self.ar) if i > 0}
        return ar | {f"ma_{i}": value for i, value in enumerate(self.ma) if i > 0}

    def sample(self, n: int, length: int, rng: np.random.Generator) -> Array:
        """`n` independent series, shape (n, length), from the exact law; stationary from t = 0."""
        from scipy.signal import lfilter

        root = self.state_root()
        states = len(root)

        def fill(rows: Array, rng: np.random.Generator) -> None:
            for tile in blocks.tiles(len(rows), length):
                white = rng.standard_normal((len(rows[tile]), states + length))
                state = np.sum(white[:, None, :states] * root, axis=2)  # whatever the tiles
                series, _ = lfilter(self.ma, self.ar, white[:, states:], axis=1, zi=state)
                rows[tile] = self.scale * series

        return blocks.draw(fill, n, length, rng)

    def state_root(self) -> Array:
        """A square root of the covariance of what a filter remembers, in `lfilter`'s order."""
        from scipy.linalg import solve_discrete_lyapunov

        states = max(len(self.ar), len(self.ma)) - 1
        ar = np.pad(self.ar, (0, states + 1 - len(self.ar)))
        ma = np.pad(self.ma, (0, states + 1 - len(self.ma)))
        step = np.eye(states, k=1)
        step[:, 0] = -ar[1:]
        news = ma[1:] - ar[1:]
        variances, axes = np.linalg.eigh(solve_discrete_lyapunov(step, np.outer(news, news)))
        return axes * np.sqrt(variances.clip(min=0))

    def estimate(self, series: Array) -> dict[str, Array]:
        """Estimates of the coefficients but the first, each of shape (n,), for any scale and mean.

        Least squares of the innovations, the likelihood given the first samples: at `crlb` for an
        autoregression, within a tenth of it with a moving average and 1000 samples. The bias is a
        few / length.
        """
        p, q = len(self.ar) - 1, len(self.ma) - 1
        names = list(self.truth())

        def estimate_block(rows: Array) -> dict[str, Array]:
            return dict(zip(names, arma_fit.estimate(rows, p, q).T, strict=True))

        return blocks.estimate(estimate_block, series)

    def autocovariance(self, lag: ArrayLike) -> Array:
        """Covariance of samples `lag` apart, a whole number [1]_."""
        k = np.abs(np.asarray(lag, int))
        return self.covariances(int(k.max(initial=0)))[k]

    def covariances(self, most: int) -> Array:
        """Covariances at lags 0 .. most: a linear system for the first, a recursion for others."""
        from scipy.signal import lfilter, lfiltic

        p, q = len(self.ar) - 1, len(self.ma) - 1
        response = lfilter(self.ma, self.ar, np.eye(1, q + 1)[0])
        forcing = np.zeros(max(p, q, most) + 1)  # covariance of the right-hand side with x_{t-k}
        forcing[: q + 1] = np.correlate(self.ma, response, "full")[q:]
        system = np.zeros((p + 1, p + 1))
        for k in range(p + 1):
            for i, weight in enumerate(self.ar):
                system[k, abs(k - i)] += weight
        first = np.linalg.solve(system, forcing[: p + 1])
        past = lfiltic([1.0], self.ar, first[:0:-1])
        later, _ = lfilter([1.0], self.ar, forcing[p + 1 :], zi=past)
        return self.scale**2 * np.concatenate([first, later], dtype=np.float64)

    def psd(self, frequency: ArrayLike) -> Array:
        """Spectral density at `frequency`, cycles per sample."""
        delay = np.exp(-2j * np.pi * np.asarray(frequency, float))
        gain = np.abs(polyval(delay, self.ma)) / np.abs(polyval(delay, self.ar))
        return (self.scale * gain) ** 2

    @cached_property
    def variance(self) -> float:
        """Variance of a sample."""
        return float(self.covariances(0)[0])

    def loglik(self, series: Array) -> Array:
        """Exact log-likelihood of each series, in nats, shape (n,)."""
        return innovations.loglik(series, self.covariances(np.shape(series)[-1]))

    def whiten(self, series: Array) -> Array:
        """Independent N(0, 1) under the law, shape (n, length): errors of the best prediction."""
        return innovations.whiten(series, self.covariances(np.shape(series)[-1]))

    def crlb(self, length: int) -> dict[str, float]:
        """Least standard deviations of unbiased estimates from one series, each unknown.

        Whittle's information: length / 2 times the mean product of slopes of the log spectrum.
        """
        truth = self.truth()
        powers = arma_fit.delays(np.arange(2**14) / 2**14, max(len(self.ar), len(self.ma)) - 1)
        slopes = arma_fit.slopes(powers, np.array([self.ar]), np.array([self.ma]))[0]
        information = length / 2 * slopes @ slopes.T / slopes.shape[1]
        if np.linalg.cond(information) > 1e10:
            raise UndefinedLaw("ar and ma share a root, so their coefficients cannot be told apart")
        bounds = np.sqrt(np.diag(np.linalg.inv(information)))
        return dict(zip(truth, map(float, bounds), strict=True))
