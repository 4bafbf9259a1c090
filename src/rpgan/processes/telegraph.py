"""The random telegraph signal."""

from typing import Literal, NoReturn

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rpgan.errors import UndefinedLaw
from rpgan.processes import blocks
from rpgan.processes.scaling import to_unit_peak
from rpgan.spec import spec

Array = NDArray[np.float64]


@spec
class Telegraph:
    """A value of +1 or -1 that changes sign at the times of a Poisson process.

    Parameters
    ----------
    rate : float
        Changes of sign per unit of time.
    step : float
        Time between samples.

    References
    ----------
    .. [1] Papoulis. "Probability, Random Variables, and Stochastic Processes." 3rd ed. (1991),
       section 10-1.
    """

    rate: float
    step: float = 1.0
    name: Literal["telegraph"] = "telegraph"

    def __post_init__(self) -> None:
        for setting in ("rate", "step"):
            value = getattr(self, setting)
            if not 0 < value < np.inf:
                raise ValueError(f"{setting} must lie in (0, inf), got {value}")

    @property
    def flip(self) -> float:
        """The chance of an odd number of changes between samples: (1 - e^(-2 rate step)) / 2."""
        return float(-np.expm1(-2 * self.rate * self.step) / 2)

    @property
    def tail_index(self) -> float:
        """The supremum of q with E|x|^q finite."""
        return np.inf

    def truth(self) -> dict[str, float]:
        """What `estimate` estimates."""
        return {"rate": self.rate}

    def sample(self, n: int, length: int, rng: np.random.Generator) -> Array:
        """`n` independent series, shape (n, length), stationary from the first sample."""

        def fill(rows: Array, rng: np.random.Generator) -> None:
            chance = np.full(length, self.flip)
            chance[0] = 0.5
            for tile in blocks.tiles(len(rows), 2 * length):
                flipped = rng.random(rows[tile].shape) < chance
                rows[tile] = 1.0 - 2.0 * np.logical_xor.accumulate(flipped, axis=1)

        return blocks.draw(fill, n, length, rng)

    def estimate(self, series: Array) -> dict[str, Array]:
        """Maximum likelihood of `rate`, shape (n,), from changes of sign: for any two levels.

        NaN for a series that never changes sign, or between half of its samples or more.
        """
        return blocks.estimate(self.estimate_block, series)

    def estimate_block(self, series: Array) -> dict[str, Array]:
        """`estimate` of at most 64 series."""
        scaled, _ = to_unit_peak(series)
        above = scaled > 0
        share = np.mean(above[:, 1:] != above[:, :-1], axis=1)
        alive = (share > 0) & (share < 0.5)
        rate = -np.log1p(-2 * np.where(alive, share, 0.25)) / (2 * self.step)
        return {"rate": np.where(alive, rate, np.nan)}

    def autocovariance(self, lag: ArrayLike) -> Array:
        """Covariance of samples `lag` apart: e^(-2 rate step |lag|)."""
        return np.exp(-2 * self.rate * self.step * np.abs(np.asarray(lag, float)))

    def psd(self, frequency: ArrayLike) -> Array:
        """Spectral density at `frequency`, cycles per sample: a Lorentzian with its aliases."""
        rho = float(self.autocovariance(1))
        wave = np.cos(2 * np.pi * np.asarray(frequency, float))
        return -np.expm1(-4 * self.rate * self.step) / (1 - 2 * rho * wave + rho**2)

    def moments(self) -> dict[str, float]:
        """Mean, variance, skewness and (not excess) kurtosis of a sample."""
        return {"mean": 0.0, "variance": 1.0, "skewness": 0.0, "kurtosis": 1.0}

    def pdf(self, x: ArrayLike) -> NoReturn:
        """Undefined: two values have all the mass."""
        raise UndefinedLaw(f"{TWO_VALUES}, so no density: use cdf")

    def cdf(self, x: ArrayLike) -> Array:
        """Marginal distribution function."""
        x = np.asarray(x, float)
        return ((x >= -1).astype(float) + (x >= 1)) / 2

    def characteristic(self, t: ArrayLike) -> NDArray[np.complex128]:
        """Marginal characteristic function E exp(i t x): a cosine."""
        return np.cos(np.asarray(t, float)).astype(complex)

    def loglik(self, series: Array) -> NoReturn:
        """Undefined: two values have all the mass."""
        raise UndefinedLaw(f"{TWO_VALUES}, so no density, and no likelihood for other values")

    def whiten(self, series: Array) -> NoReturn:
        """Undefined: two values have all the mass."""
        raise UndefinedLaw(f"{TWO_VALUES}: no function of it is Gaussian")

    def crlb(self, length: int) -> dict[str, float]:
        """Least standard deviation of an unbiased `rate` from one series."""
        if 2 * self.rate * self.step > 700:
            raise UndefinedLaw(f"at {self.rate * self.step:g} changes a step no rate can be told")
        slope = self.step * np.exp(-2 * self.rate * self.step)  # of the chance of a flip
        spread = np.sqrt(self.flip * (1 - self.flip) / (length - 1))
        return {"rate": float(spread / slope)}


TWO_VALUES = "a telegraph signal takes the values +1 and -1 only"
