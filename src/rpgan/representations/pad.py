"""Padding to a length that a network can make."""

from collections.abc import Iterable
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from rpgan.representations.arrays import padded
from rpgan.representations.items import as_series, fitted_item
from rpgan.spec import spec

Array = NDArray[np.floating[Any]]
MODES = {"zero": "constant", "wrap": "wrap", "reflect": "reflect"}


@spec
class Pad:
    """Extend each series to the next power of two, or to `length` samples.

    `mode` says with what: zeros, the series itself from its other end (``wrap``: NoiseGAN's
    padding, there named zero-padding) or its mirror image. `side` says where: all of it in front,
    or half on both sides (the odd sample behind). Series are padded where this step is listed and
    nowhere else.
    """

    length: int | None = None
    mode: Literal["zero", "wrap", "reflect"] = "zero"
    side: Literal["front", "both"] = "both"
    exact: ClassVar[bool] = True
    name: Literal["pad"] = "pad"

    def __post_init__(self) -> None:
        if self.length is not None and self.length < 1:
            raise ValueError(f"length must be at least 1 sample, got {self.length}")

    def shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        channels, length = as_series(self.name, shape)
        before, after = self._margins(length)
        return channels, before + length + after

    def bounded(self, before: bool) -> bool:
        return before

    def fit(self, blocks: Iterable[Array]) -> dict[str, NDArray[Any]]:
        return {}

    def encode(self, x: Array, state: dict[str, NDArray[Any]]) -> Array:
        return padded(x, *self._margins(x.shape[-1]), mode=MODES[self.mode])

    def decode(self, y: Array, state: dict[str, NDArray[Any]]) -> Array:
        length = fitted_item(state)[-1]
        before, _ = self._margins(length)
        return y[..., before : before + length]

    def _margins(self, length: int) -> tuple[int, int]:
        target = self.length or 1 << (length - 1).bit_length()
        missing = target - length
        if missing < 0:
            raise ValueError(f"cannot pad a series of {length} samples to {target}")
        if self.mode != "zero" and missing >= length:
            raise ValueError(
                f"padding {length} samples to {target} by {self.mode} needs more than it has;"
                " use mode: zero"
            )
        before = missing if self.side == "front" else missing // 2
        return before, missing - before
