"""The short-time Fourier transform, with SciPy's conventions."""

from typing import Any, Literal

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from rpgan.spec import spec

Array = NDArray[np.floating[Any]]


@spec
class STFT:
    """One-sided STFT of real series as two channels, real and imaginary part.

    The convention is that of ``scipy.signal.stft``: periodic Hann window of `nperseg` samples every
    `hop` samples, even extension by half a window at both ends, zeros to complete the last frame,
    divided by the sum of the window. Shape (channels, length) becomes
    (2 * channels, nperseg // 2 + 1, frames); the inverse is exact least-squares overlap-add.
    """

    nperseg: int
    hop: int
    name: Literal["stft"] = "stft"

    def __post_init__(self) -> None:
        if self.nperseg < 2 or self.nperseg % 2:
            raise ValueError(f"nperseg must be even and at least 2, got {self.nperseg}")
        if not 0 < self.hop <= self.nperseg // 2:
            raise ValueError(
                f"hop must lie in 1..nperseg/2 = {self.nperseg // 2}, so that every sample is seen"
                f" with weight and can be given back, got {self.hop}"
            )

    def shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        channels, length = shape
        if length < self.nperseg // 2 + 1:
            raise ValueError(
                f"a window of {self.nperseg} samples needs a series of at least"
                f" {self.nperseg // 2 + 1}, got {length}"
            )
        return 2 * channels, self.nperseg // 2 + 1, self._frames(length)

    def fit(self, x: Array) -> dict[str, NDArray[Any]]:
        return {"length": np.array(x.shape[-1])}

    def encode(self, x: Array, state: dict[str, NDArray[Any]]) -> Array:
        half, length = self.nperseg // 2, x.shape[-1]
        extended = np.pad(x, [(0, 0), (0, 0), (half, half)], mode="reflect")
        missing = self._padded_length(length) - extended.shape[-1]
        extended = np.pad(extended, [(0, 0), (0, 0), (0, missing)])
        frames = sliding_window_view(extended, self.nperseg, axis=-1)[..., :: self.hop, :]
        window = hann(self.nperseg)
        spectra = np.fft.rfft(frames * (window / window.sum()), axis=-1)  # (n, c, frames, bins)
        return _as_channels(spectra.swapaxes(-1, -2))

    def decode(self, y: Array, state: dict[str, NDArray[Any]]) -> Array:
        length, half = int(state["length"]), self.nperseg // 2
        window = hann(self.nperseg)
        frames = np.fft.irfft(_as_complex(y).swapaxes(-1, -2), n=self.nperseg, axis=-1)
        frames *= window * window.sum()
        padded = self._padded_length(length)
        total = _overlap_add(frames, self.hop, padded)
        squares = np.broadcast_to(window**2, frames.shape[-2:])
        weight = _overlap_add(squares, self.hop, padded)
        return (total[..., half : half + length]) / weight[half : half + length]

    def _frames(self, length: int) -> int:
        return -(-length // self.hop) + 1  # ceil(length / hop) + 1

    def _padded_length(self, length: int) -> int:
        return self.nperseg + (self._frames(length) - 1) * self.hop


def hann(nperseg: int) -> NDArray[np.float64]:
    """Periodic Hann window."""
    return np.sin(np.pi * np.arange(nperseg) / nperseg) ** 2


def _overlap_add(frames: Array, hop: int, length: int) -> Array:
    """Sum of frames, shape (..., frames, nperseg), each `hop` after the one before."""
    total = np.zeros((*frames.shape[:-2], length))
    for i in range(frames.shape[-2]):
        total[..., i * hop : i * hop + frames.shape[-1]] += frames[..., i, :]
    return total


def _as_channels(z: NDArray[np.complexfloating[Any, Any]]) -> Array:
    """(n, c, ...) complex to (n, 2c, ...) real: real and imaginary part of each channel in turn."""
    pairs = np.stack([z.real, z.imag], axis=2)
    return pairs.reshape(len(z), -1, *z.shape[2:])


def _as_complex(x: Array) -> NDArray[np.complexfloating[Any, Any]]:
    pairs = x.reshape(len(x), -1, 2, *x.shape[2:])
    return pairs[:, :, 0] + 1j * pairs[:, :, 1]
