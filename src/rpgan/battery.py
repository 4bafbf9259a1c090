"""What generated series are measured by: a real set, metrics, and fresh draws from the law."""

from collections.abc import Callable
from functools import partial
from typing import Annotated

import numpy as np
from pydantic import Field

from rpgan import randomness
from rpgan.draw import Draw
from rpgan.metrics import Metric
from rpgan.spec import spec


@spec
class Battery:
    """`metrics` against the set `real`, with floors of `floor_draws` fresh sets.

    `training` is what generators were trained on, if one of the metrics looks at it.
    """

    real: Draw
    metrics: tuple[Annotated[Metric, Field(discriminator="name")], ...]
    floor_draws: int = 39
    training: Draw | None = None

    def __post_init__(self) -> None:
        if self.floor_draws < 1:
            raise ValueError(f"floor_draws must be at least 1, got {self.floor_draws}")

    def stream(self) -> Callable[[int], np.random.Generator]:
        """Random numbers of fresh set b = 0, 1, ..., which no other set shares."""
        return partial(randomness.generator, self.real.seed, "draw", self.real.dataset, "floor")
