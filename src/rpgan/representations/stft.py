"""The short-time Fourier transform, with SciPy's conventions."""

from collections.abc import Iterable
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from rpgan.representations.arrays import complex_of, like, namespace, padded, sliding, stacked
from rpgan.representations.items import as_series, fitted_item
from rpgan.representations.windows import Name, window
from rpgan.spec import spec

Array = NDArray[np.floating[Any]]
Complex = NDArray[np.complexfloating[Any, Any]]

Boundary = Literal["even", "odd", "constant", "zeros", "none"]
EXTENSIONS: dict[str, dict[str, Any]] = {
    "even": {"mode": "reflect"},
    "odd": {"mode": "reflect", "reflect_type": "odd"},
    "constant": {"mode": "edge"},
    "zeros": {"mode": "constant"},
}
LEAST_WEIGHT = 1e-10  # of a sample in the overlapping squared windows, as scipy.signal.check_NOLA


@spec
class STFT:
    """STFT as two real channels, real and imaginary part, for each series that is transformed.

    The convention is that of ``scipy.signal.stft`` at unit sampling frequency: a periodic `window`
    of `nperseg` samples every `hop` samples (noverlap = nperseg - hop), extension by half a window
    at both ends as `boundary` says, zeros to complete the last frame, division by the sum of the
    window (`scaling` ``spectrum``) or by the root of the sum of its squares (``psd``).

    One-sided, each channel is a real series: (channels, length) becomes
    (2 * channels, nperseg // 2 + 1, frames). Two-sided, channels are pairs of in-phase and
    quadrature, each pair one complex series: (channels, nperseg, frames), with frequency zero in
    the middle if `shift`. The inverse is least-squares overlap-add, which is exact.
    """

    nperseg: int
    hop: int
    window: Name = "hann"
    boundary: Boundary = "even"
    scaling: Literal["spectrum", "psd", "none"] = "spectrum"
    sides: Literal["one", "two"] = "one"
    shift: bool = False
    exact: ClassVar[bool] = True
    name: Literal["stft"] = "stft"

    def __post_init__(self) -> None:
        if self.nperseg < 2:
            raise ValueError(f"nperseg must be at least 2 samples, got {self.nperseg}")
        if not 1 <= self.hop <= self.nperseg:
            raise ValueError(
                f"hop must lie in 1..nperseg = {self.nperseg}, got {self.hop}: windows must move on"
                " and leave no sample out"
            )
        if self.shift and self.sides == "one":
            raise ValueError(
                "shift: true means nothing for one-sided spectra, which start at frequency 0;"
                " leave it out or set sides: two"
            )
        missing = -self.nperseg % self.hop
        squares = np.pad(self._window() ** 2, (0, missing)).reshape(-1, self.hop).sum(axis=0)
        if squares.min() < LEAST_WEIGHT:
            raise ValueError(
                f"windows of {self.nperseg} samples every {self.hop} leave samples without weight,"
                " which cannot be given back; make hop smaller"
            )

    def shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        channels, length = as_series(self.name, shape)
        if length < self.nperseg:
            raise ValueError(
                f"a window of {self.nperseg} samples is longer than the series of {length};"
                " make nperseg smaller or pad the series"
            )
        if self._weight(length).min() < LEAST_WEIGHT:
            raise ValueError(
                f"boundary: {self.boundary} leaves the ends of the series without weight, which"
                " cannot be given back; use boundary: even"
            )
        if self.sides == "one":
            return 2 * channels, self.nperseg // 2 + 1, self._frames(length)
        if channels % 2:
            raise ValueError(
                "sides: two takes pairs of channels, in-phase and quadrature, got"
                f" {channels}; real series need sides: one"
            )
        return channels, self.nperseg, self._frames(length)

    def bounded(self, before: bool) -> bool:
        return False

    def fit(self, blocks: Iterable[Array]) -> dict[str, NDArray[Any]]:
        return {}

    def encode(self, x: Array, state: dict[str, NDArray[Any]]) -> Array:
        spectra = self.analyse(x if self.sides == "one" else as_complex(x))
        if self.shift:
            spectra = namespace(x).roll(spectra, self.nperseg // 2, -1)
        return as_channels(spectra.swapaxes(-1, -2))

    def decode(self, y: Array, state: dict[str, NDArray[Any]]) -> Array:
        spectra = as_complex(y).swapaxes(-1, -2)
        if self.shift:
            spectra = np.fft.ifftshift(spectra, axes=-1)
        x = self.synthesise(spectra, fitted_item(state)[-1])
        return x.real if self.sides == "one" else as_channels(x)

    def analyse(self, x: Any) -> Complex:
        """Spectra (..., frames, bins) of series (..., length), complex if two-sided."""
        half, length, fft = self._half(), x.shape[-1], namespace(x).fft
        if half:
            x = padded(x, half, half, **EXTENSIONS[self.boundary])
        missing = self._padded_length(length) - x.shape[-1]
        if missing:
            x = padded(x, 0, missing, mode="constant")
        windowed = sliding(x, self.nperseg, self.hop) * like(x, self._window() / self._divisor())
        return fft.rfft(windowed) if self.sides == "one" else fft.fft(windowed)

    def synthesise(self, spectra: Complex, length: int) -> Any:
        """The series (..., length) whose spectra are nearest to (..., frames, bins)."""
        half, n = self._half(), self.nperseg
        frames = np.fft.irfft(spectra, n=n) if self.sides == "one" else np.fft.ifft(spectra)
        frames *= self._window() * self._divisor()
        return self._overlap_add(frames)[..., half : half + length] / self._weight(length)

    def _window(self) -> NDArray[np.float64]:
        return window(self.window, self.nperseg)

    def _divisor(self) -> float:
        values = self._window()
        if self.scaling == "psd":
            return float(np.sqrt(np.sum(values**2)))
        return float(values.sum()) if self.scaling == "spectrum" else 1.0

    def _half(self) -> int:
        """Samples by which a series is extended at either end."""
        return 0 if self.boundary == "none" else self.nperseg // 2

    def _frames(self, length: int) -> int:
        return -(-(length + 2 * self._half() - self.nperseg) // self.hop) + 1

    def _padded_length(self, length: int) -> int:
        return self.nperseg + (self._frames(length) - 1) * self.hop

    def _weight(self, length: int) -> Array:
        """Sum of squared windows over each sample of a series."""
        squares = np.broadcast_to(self._window() ** 2, (self._frames(length), self.nperseg))
        return self._overlap_add(squares)[self._half() :][:length]

    def _overlap_add(self, frames: Any) -> Any:
        """Sum of frames, shape (..., frames, nperseg), each `hop` after the one before."""
        *batch, n, nperseg = frames.shape
        parts = -(-nperseg // self.hop)  # that a frame is cut into; the last may be short
        total = np.zeros((*batch, n + parts - 1, self.hop), frames.dtype)
        for i in reversed(range(parts)):  # earliest frame first
            part = frames[..., i * self.hop : (i + 1) * self.hop]
            total[..., i : i + n, : part.shape[-1]] += part
        return total.reshape(*batch, -1)[..., : nperseg + (n - 1) * self.hop]


def as_channels(z: Complex) -> Array:
    """(n, c, ...) complex to (n, 2c, ...) real: real and imaginary part of each channel in turn."""
    return stacked([z.real, z.imag]).reshape(len(z), -1, *z.shape[2:])


def as_complex(x: Array) -> Complex:
    """(n, 2c, ...) real to (n, c, ...) complex: the inverse of `as_channels`."""
    pairs = x.reshape(len(x), -1, 2, *x.shape[2:])
    return complex_of(pairs[:, :, 0], pairs[:, :, 1])
