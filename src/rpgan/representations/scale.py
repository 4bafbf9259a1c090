"""Scaling to the range of a network's output."""

from collections.abc import Iterable
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from rpgan.spec import spec

Array = NDArray[np.floating[Any]]
NARROWEST = 1e-6  # width given to a constant feature, relative to the widest feature
SMALLEST = float(np.finfo(np.float32).tiny)


@spec
class Scale:
    """Shift and divide by constants of the training set, which also undo it.

    The first word of `kind` says what shares its constants: ``feature``, each element of the
    tensor has its own; ``frequency``, the last axis shares them (all frames of a bin, as in
    SpecGAN); ``global``, all of a channel, or of the tensor where `channels` go ``together``,
    which keeps the phase of an STFT. The rest of it says what is mapped onto [-1, 1]: the range
    (``min_max``), the range about zero (``max_abs``), or the mean plus and minus `deviations`
    standard deviations (``standard``), beyond which values are cut off if `clip`. ``none`` leaves
    everything as it is.

    A feature that is constant in the training set, such as the first sample of fractional
    Brownian motion, is given a width of a millionth of the widest one: whatever a network puts
    out there, the inverse is the constant, and other values still survive the round trip.
    """

    kind: Literal[
        "feature_min_max",
        "feature_max_abs",
        "feature_standard",
        "frequency_min_max",
        "frequency_max_abs",
        "frequency_standard",
        "global_min_max",
        "global_max_abs",
        "global_standard",
        "none",
    ] = "feature_min_max"
    channels: Literal["each", "together"] = "each"
    deviations: float = 1.0
    clip: bool = False
    name: Literal["scale"] = "scale"

    def __post_init__(self) -> None:
        if self.deviations <= 0:
            raise ValueError(f"deviations must be above 0, got {self.deviations}")
        if self.deviations != 1 and not self.kind.endswith("standard"):
            raise ValueError(
                f"deviations: {self.deviations} means nothing for kind: {self.kind};"
                " leave it out or choose a standard kind"
            )
        if self.channels == "together" and not self.kind.startswith("global"):
            raise ValueError(
                f"channels: together means nothing for kind: {self.kind};"
                " leave it out or choose a global kind"
            )

    @property
    def exact(self) -> bool:
        return not self.clip

    def shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        return shape

    def bounded(self, before: bool) -> bool:
        if self.clip or self.kind.endswith(("min_max", "max_abs")):
            return True
        return before and self.kind == "none"

    def fit(self, blocks: Iterable[Array]) -> dict[str, NDArray[Any]]:
        if self.kind == "none":
            return {}
        if self.kind.endswith("standard"):
            middle, half = self._moments(blocks)
        else:
            middle, half = self._range(blocks)
        smallest = max(NARROWEST * float(half.max()), SMALLEST)
        return {"middle": middle, "half_width": np.maximum(half, smallest)}

    def encode(self, x: Array, state: dict[str, NDArray[Any]]) -> Array:
        y = (x - state["middle"]) / state["half_width"] if state.keys() - {"item"} else x
        return y.clip(-1, 1) if self.clip else y

    def decode(self, y: Array, state: dict[str, NDArray[Any]]) -> Array:
        return y * state["half_width"] + state["middle"] if state.keys() - {"item"} else y

    def _range(self, blocks: Iterable[Array]) -> tuple[Array, Array]:
        """Middle and half width of the training set's range."""
        low, high = np.array(np.inf), np.array(-np.inf)
        for x in blocks:
            axes = self._shared(x.ndim)
            low = np.minimum(low, x.min(axis=axes, keepdims=True)[0])
            high = np.maximum(high, x.max(axis=axes, keepdims=True)[0])
        if self.kind.endswith("max_abs"):
            return np.zeros(low.shape), np.maximum(-low, high).astype(np.float64)
        low, high = low.astype(np.float64), high.astype(np.float64)
        return high / 2 + low / 2, high / 2 - low / 2

    def _moments(self, blocks: Iterable[Array]) -> tuple[Array, Array]:
        """Mean and deviations of the training set (Chan, Golub and LeVeque: merged by block)."""
        n, mean, squares = 0, np.array(0.0), np.array(0.0)
        for x in blocks:
            axes = self._shared(x.ndim)
            m = np.prod([x.shape[axis] for axis in axes])
            here = x.mean(axis=axes, keepdims=True, dtype=np.float64)
            gap = here[0] - mean
            squares = squares + np.square(x - here).sum(axis=axes, keepdims=True)[0]
            squares = squares + gap**2 * (n * m / (n + m))
            mean = mean + gap * (m / (n + m))
            n += m
        return mean, self.deviations * np.sqrt(squares / n)

    def _shared(self, ndim: int) -> tuple[int, ...]:
        """Axes of a batch over which constants are shared."""
        if self.kind.startswith("feature"):
            return (0,)
        if self.kind.startswith("frequency"):
            return (0, ndim - 1)
        first = 1 if self.channels == "together" else 2
        return (0, *range(first, ndim))
