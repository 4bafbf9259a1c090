"""A set of series drawn from a process: what is in one file of `data/`."""

import sys
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from tqdm import tqdm

from rpgan import randomness
from rpgan.processes import Process
from rpgan.spec import spec

CHUNK = 1024  # series; any multiple of the processes' blocks gives the same set


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

    def series(self) -> NDArray[np.float32]:
        """The set itself, shape (n, length), in the units of the process.

        Memory is that of the result and of one chunk in double precision: processes spawn a stream
        for each of their blocks, so that a generator goes on where the chunk before ended.
        """
        rng = randomness.generator(self.seed, "draw", self.dataset, self.part)
        series = np.empty((self.n, self.length), np.float32)
        starts = range(0, self.n, CHUNK)
        for i in tqdm(starts, unit="chunk", file=sys.stderr, delay=3, leave=False):
            chunk = series[i : i + CHUNK]
            chunk[:] = self.process.sample(len(chunk), self.length, rng)
        return series
