"""Laws of a parameter that differs from series to series."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from rpgan.spec import spec

Array = NDArray[np.float64]


@spec
class Fixed:
    """The same value for every series."""

    value: float
    name: Literal["fixed"] = "fixed"

    def draw(self, n: int, rng: np.random.Generator) -> Array:
        """`n` values."""
        return np.full(n, self.value)

    def middle(self) -> float:
        """A value in the midst of the others."""
        return self.value

    def support(self) -> tuple[float, float]:
        """The least and the largest value."""
        return self.value, self.value


@spec
class Uniform:
    """Any value in [low, high) with equal density."""

    low: float
    high: float
    name: Literal["uniform"] = "uniform"

    def __post_init__(self) -> None:
        if not -np.inf < self.low < self.high < np.inf:
            raise ValueError(f"uniform needs low < high, got {self.low} and {self.high}")

    def draw(self, n: int, rng: np.random.Generator) -> Array:
        """`n` values."""
        return rng.uniform(self.low, self.high, n)

    def middle(self) -> float:
        """A value in the midst of the others."""
        return (self.low + self.high) / 2

    def support(self) -> tuple[float, float]:
        """The least and the largest value."""
        return self.low, self.high


@spec
class Multimodal:
    """Equally likely normal modes, at equal distances from `first` to `last`.

    A value beyond `lowest` or `highest` is set to that limit, as in NoiseGAN's data sets, whose
    Hurst exponents have 5 modes in .05-.45 (low), 5 in .55-.95 (high) or 10 in .05-.95 (all),
    each with a deviation of .025, within .01-.99.
    """

    first: float
    last: float
    modes: int
    deviation: float
    lowest: float
    highest: float
    name: Literal["multimodal"] = "multimodal"

    def __post_init__(self) -> None:
        if self.modes < 1 or not self.deviation > 0:
            raise ValueError(
                f"multimodal needs modes of at least 1 and a positive deviation,"
                f" got {self.modes} and {self.deviation}"
            )
        if not self.lowest <= self.first <= self.last <= self.highest:
            raise ValueError(
                "multimodal needs lowest <= first <= last <= highest, got"
                f" {self.lowest}, {self.first}, {self.last} and {self.highest}"
            )

    def means(self) -> Array:
        """Of the modes."""
        return np.linspace(self.first, self.last, self.modes)

    def draw(self, n: int, rng: np.random.Generator) -> Array:
        """`n` values."""
        values = rng.choice(self.means(), n) + self.deviation * rng.standard_normal(n)
        return values.clip(self.lowest, self.highest)

    def middle(self) -> float:
        """A value in the midst of the others."""
        return float(self.means()[self.modes // 2])

    def support(self) -> tuple[float, float]:
        """The least and the largest value."""
        return self.lowest, self.highest


@spec
class Choice:
    """One of `values`, each equally likely: band 0 to 7, for instance."""

    values: tuple[int | float, ...]
    name: Literal["choice"] = "choice"

    def __post_init__(self) -> None:
        if not self.values:
            raise ValueError("choice needs values, got none")

    def draw(self, n: int, rng: np.random.Generator) -> NDArray[np.float64 | np.int64]:
        """`n` values; integers if all of `values` are."""
        return rng.choice(np.array(self.values), n)

    def middle(self) -> float:
        """A value in the midst of the others."""
        return self.values[len(self.values) // 2]

    def support(self) -> tuple[float, float]:
        """The least and the largest value."""
        return min(self.values), max(self.values)


ParameterLaw = Fixed | Uniform | Multimodal | Choice
