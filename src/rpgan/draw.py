"""A set of series drawn from a process: what is in one file of `data/`."""

from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from rpgan import randomness
from rpgan.processes import Process
from rpgan.spec import spec


@spec
class Draw:
    """`n` series of `length` samples from `process`, from a random stream of their own.

    `dataset` and `part` (``train``, ``test``) name the stream: sets of other names are independent.
    """

    dataset: str
    part: str
    process: Annotated[Process, Field(discriminator="name")]
    length: int
    n: int
    seed: int

    def __post_init__(self) -> None:
        if self.length < 2:
            raise ValueError(f"length must be at least 2 samples, got {self.length}")
        if self.n < 1:
            raise ValueError(f"n must be at least 1 series, got {self.n}")

    def series(self) -> NDArray[np.float64]:
        """The set itself, shape (n, length), in the units of the process."""
        rng = randomness.generator(self.seed, "draw", self.dataset, self.part)
        return self.process.sample(self.n, self.length, rng)
