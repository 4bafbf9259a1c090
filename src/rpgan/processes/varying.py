"""A process whose parameters differ from series to series."""

import dataclasses
import itertools
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rpgan.processes import blocks
from rpgan.processes.parameter_laws import ParameterLaw

Array = NDArray[np.float64]


class Varying:
    """Series of `process`, each with its own values of the parameters that `laws` names.

    The law of one series, given its values, is that of the process with them; over all series it is
    their mixture, which has no true value of such a parameter. Its estimates still tell a generator
    that makes all of them from one that makes a few.

    Parameters
    ----------
    process : settings of a process; its own values of the varying parameters matter only if its
        estimators use them
    laws : {name of a setting: its law}, see `rpgan.processes.parameter_laws`

    Raises
    ------
    ValueError
        If the process has no such setting, or refuses a value at an end of its law.
    """

    def __init__(self, process: Any, laws: Mapping[str, ParameterLaw]):
        settings = {field.name for field in dataclasses.fields(process)} - {"name"}
        for name in laws.keys() - settings:
            raise ValueError(
                f"{process.name} has no setting {name!r} that could vary; it has"
                f" {', '.join(sorted(settings))}"
            )
        self.process, self.laws = process, dict(laws)
        self.ends = list(self._ends())

    def _ends(self) -> Iterator[Any]:
        """The process at every corner of the varying parameters' supports."""
        for values in itertools.product(*(law.support() for law in self.laws.values())):
            yield self.at(dict(zip(self.laws, values, strict=True)))

    def at(self, values: Mapping[str, float]) -> Any:
        """The process with these values."""
        return dataclasses.replace(self.process, **values)

    def draw(
        self, n: int, length: int, rng: np.random.Generator
    ) -> tuple[Array, dict[str, NDArray[Any]]]:
        """`n` series, as from the process, and the values of each, shape (n,)."""
        sizes = [min(blocks.BLOCK, n - start) for start in range(0, n, blocks.BLOCK)]
        parts = [
            self._draw_block(size, length, child)
            for size, child in zip(sizes, rng.spawn(len(sizes)), strict=True)
        ]
        series = [one for of_block, _ in parts for one in of_block]
        values = {
            name: np.concatenate([of_block[name] for _, of_block in parts]) for name in self.laws
        }
        return np.concatenate(series), values

    def _draw_block(
        self, n: int, length: int, rng: np.random.Generator
    ) -> tuple[list[Array], dict[str, NDArray[Any]]]:
        # Whole blocks, so that a block's first series do not depend on how many follow.
        drawn = {name: law.draw(blocks.BLOCK, rng)[:n] for name, law in self.laws.items()}
        given = [{name: values[i].item() for name, values in drawn.items()} for i in range(n)]
        own = rng.spawn(n)
        return [
            self.at(values).sample(1, length, child)
            for values, child in zip(given, own, strict=True)
        ], drawn

    def sample(self, n: int, length: int, rng: np.random.Generator) -> Array:
        """`n` series, as from the process, without their values."""
        return self.draw(n, length, rng)[0]

    def estimate(self, series: Array) -> dict[str, Array]:
        """The process's estimates of each series."""
        return self.process.estimate(series)

    def truth(self) -> dict[str, float]:
        """The true values of the parameters that do not vary."""
        found = self.process.truth()
        return {
            name: value
            for name, value in found.items()
            if all(end.truth().get(name) == value for end in self.ends)
        }

    @property
    def quadrature(self) -> bool:
        """Whether two channels are the real and imaginary part of one complex series."""
        return getattr(self.process, "quadrature", False)

    @property
    def tail_index(self) -> float:
        """The supremum of q with E|x|^q finite: the least over the values."""
        return min(end.tail_index for end in self.ends)
