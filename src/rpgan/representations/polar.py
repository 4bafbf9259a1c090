"""Magnitude and phase of a short-time Fourier transform."""

from collections.abc import Iterable
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from rpgan.representations.arrays import complex_of, namespace, stacked
from rpgan.representations.items import as_frames
from rpgan.representations.stft import Complex, as_channels, as_complex
from rpgan.spec import spec

Array = NDArray[np.floating[Any]]

PRECISION = float(np.finfo(np.float32).eps)  # relative, of what a network sees
SMALLEST = float(np.finfo(np.float32).tiny)
ROUNDING = 1e-13  # of a transform in double precision, relative to its largest number


@spec
class Polar:
    """Pairs of real and imaginary part, as `stft` makes them, as magnitude and phase.

    Magnitudes are given as such (``linear``) or as log10 (``log``); then those below `floor` times
    the largest of the training set's channel are raised to that, so that the inverse is exact
    above it. `phase` says what comes with them, and makes (2c, bins, frames) of (2c, bins, frames),
    or (3c, bins, frames) for ``iq``, channel by channel:

    - ``instantaneous_frequency``: the phase of the first frame, then its differences over time,
      unwrapped over time, in radians per frame;
    - ``group_delay``: the phase of the first bin, then its differences over frequency, unwrapped
      over frequency, in radians per bin;
    - ``iq``: real and imaginary part, whose angle the inverse takes, their magnitude ignored.
    """

    magnitude: Literal["log", "linear"] = "log"
    phase: Literal["instantaneous_frequency", "group_delay", "iq"] = "instantaneous_frequency"
    floor: float = 1e-8
    name: Literal["polar"] = "polar"

    def __post_init__(self) -> None:
        require_floor(self.floor)

    @property
    def exact(self) -> bool:
        return self.magnitude == "linear" or self.floor <= PRECISION

    def shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        channels, bins, frames = as_frames(self.name, shape)
        if channels % 2:
            raise ValueError(
                f"polar takes pairs of real and imaginary part, got {channels} channels;"
                " put it right after an stft"
            )
        return channels // 2 * (3 if self.phase == "iq" else 2), bins, frames

    def bounded(self, before: bool) -> bool:
        return False

    def fit(self, blocks: Iterable[Array]) -> dict[str, NDArray[Any]]:
        return {"peak": peak(np.abs(as_complex(x)) for x in blocks)}

    def encode(self, x: Array, state: dict[str, NDArray[Any]]) -> Array:
        xp, z = namespace(x), as_complex(x)
        size = magnitude = xp.abs(z)
        if self.magnitude == "log":
            magnitude = xp.log10(xp.maximum(size, self.floor * state["peak"]))
        if self.phase == "iq":
            parts = [magnitude, z.real, z.imag]
        else:
            parts = [magnitude, differences(angle(z, size), self._axis())]
        return stacked(parts).reshape(len(x), -1, *x.shape[2:])

    def decode(self, y: Array, state: dict[str, NDArray[Any]]) -> Array:
        each = 3 if self.phase == "iq" else 2
        parts = y.reshape(len(y), -1, each, *y.shape[2:])
        magnitude = parts[:, :, 0]
        if self.magnitude == "log":
            magnitude = 10.0**magnitude
        if self.phase == "iq":
            phase = np.arctan2(parts[:, :, 2], parts[:, :, 1])
        else:
            phase = np.cumsum(parts[:, :, 1], axis=self._axis())
        return as_channels(with_phase(magnitude, phase))

    def _axis(self) -> int:
        return -1 if self.phase == "instantaneous_frequency" else -2


def peak(magnitudes: Iterable[Array]) -> Array:
    """Largest magnitude of each channel, shape (channels, 1, 1): never zero."""
    largest = np.array(SMALLEST)
    for magnitude in magnitudes:
        largest = np.maximum(largest, magnitude.max(axis=(0, 2, 3))[:, np.newaxis, np.newaxis])
    return largest


def with_phase(magnitude: Array, phase: Array) -> Complex:
    """magnitude * exp(i * phase)."""
    return complex_of(magnitude * np.cos(phase), magnitude * np.sin(phase))


def angle(z: Complex, size: Array) -> Array:
    """Phases in (-pi, pi] of spectra (n, channels, bins, frames) of magnitudes `size`.

    pi for negative numbers, whatever the sign of what rounding makes of their imaginary part, next
    to the largest of its frame: that of a frame which is its own mirror image, as the first one of
    an `stft` with an even boundary, would be pi or -pi by chance.
    """
    xp = namespace(z)
    rounding = ROUNDING * xp.amax(size, -2, keepdims=True)
    return xp.arctan2(xp.where(xp.abs(z.imag) > rounding, z.imag, 0.0), z.real)


def differences(phase: Array, axis: int) -> Array:
    """The first phase along `axis`, then differences of the unwrapped phase: within pi of zero."""
    xp = namespace(phase)
    first = phase.swapaxes(axis, -1)[..., :1].swapaxes(axis, -1)
    steps = xp.diff(phase, 1, axis)
    steps -= 2 * np.pi * xp.round(steps / (2 * np.pi))
    return xp.concatenate([first, steps], axis)


def require_floor(floor: float) -> None:
    if not 0 < floor < 1:
        raise ValueError(
            f"floor must lie in (0, 1), a fraction of the largest magnitude, got {floor}"
        )
