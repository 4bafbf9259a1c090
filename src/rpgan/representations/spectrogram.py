"""Magnitudes of a short-time Fourier transform alone, whose inverse finds the phases."""

from collections.abc import Iterable
from functools import cached_property
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from rpgan.representations.griffin_lim import griffin_lim
from rpgan.representations.items import as_series, fitted_item
from rpgan.representations.magnitudes import Compression, compressed, expanded
from rpgan.representations.phase_gradient import phase_gradient
from rpgan.representations.polar import peak, require_floor, with_phase
from rpgan.representations.stft import STFT, Boundary
from rpgan.representations.windows import Name
from rpgan.spec import spec

Array = NDArray[np.floating[Any]]


@spec
class Spectrogram:
    """Magnitudes of the one-sided STFT: what SpecGAN, TiFGAN and PGGAN see of sound.

    Not exactly invertible. The inverse starts from phases that are all zero or follow from the
    magnitudes by their gradient (``gradient``, for windows near a Gaussian: Hann, Hamming,
    Blackman, and ``[gaussian, deviation]`` best of all), and improves them by `iterations` of
    Griffin and Lim's algorithm; nothing is random. The gradient does not see the sign of what lies
    about frequency zero: for series whose power does, such as random walks, ``zero`` is the better
    start. SpecGAN: ``zero`` and 16 without momentum; TiFGAN: ``gradient`` and 0; PGGAN: 100.

    `window`, `boundary`, `nperseg` and `hop` are those of `stft`, scaled by the window's sum.
    `magnitude` is ``linear``, ``log1p``, or ``log`` for log10 of what lies above `floor` times the
    largest of the training set's channel. Only the lowest `bins` and the first `frames` are kept,
    if given (networks make powers of two); the inverse repeats the last one kept.
    """

    nperseg: int
    hop: int
    window: Name = "hann"
    boundary: Boundary = "even"
    magnitude: Compression = "log"
    floor: float = 1e-6
    bins: int | None = None
    frames: int | None = None
    start: Literal["zero", "gradient"] = "gradient"
    iterations: int = 32
    momentum: float = 0.0
    exact: ClassVar[bool] = False
    name: Literal["spectrogram"] = "spectrogram"

    def __post_init__(self) -> None:
        require_floor(self.floor)
        if self.iterations < 0:
            raise ValueError(f"iterations must be at least 0, got {self.iterations}")
        if not 0 <= self.momentum <= 1:
            raise ValueError(f"momentum must lie in [0, 1], got {self.momentum}")
        for name in ("bins", "frames"):
            kept = getattr(self, name)
            if kept is not None and kept < 2:
                raise ValueError(f"{name} must be at least 2, got {kept}")
        _ = self.stft  # raises for a window or hop that no STFT has

    @cached_property
    def stft(self) -> STFT:
        return STFT(nperseg=self.nperseg, hop=self.hop, window=self.window, boundary=self.boundary)

    def shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        channels, _ = as_series(self.name, shape)
        _, *made = self.stft.shape(shape)
        kept = [self.bins or made[0], self.frames or made[1]]
        if kept[0] > made[0]:
            raise ValueError(f"cannot keep {kept[0]} bins of {made[0]}; take a longer nperseg")
        if kept[1] > made[1]:
            longer = shape[-1] + (kept[1] - made[1]) * self.hop
            raise ValueError(
                f"cannot keep {kept[1]} frames of {made[1]}; take series of {longer} samples or "
                "more, or a shorter hop"
            )
        return channels, *kept

    def bounded(self, before: bool) -> bool:
        return False

    def fit(self, blocks: Iterable[Array]) -> dict[str, NDArray[Any]]:
        return {"peak": peak(self._magnitude(x) for x in blocks)}

    def encode(self, x: Array, state: dict[str, NDArray[Any]]) -> Array:
        return compressed(self._magnitude(x), self.magnitude, self.floor * state["peak"])

    def decode(self, y: Array, state: dict[str, NDArray[Any]]) -> Array:
        item = fitted_item(state)
        magnitude = expanded(y, self.magnitude)
        _, *made = self.stft.shape(item)
        missing = [(0, has - kept) for has, kept in zip(made, y.shape[-2:], strict=True)]
        magnitude = np.pad(magnitude, [(0, 0), (0, 0), *missing], mode="edge").swapaxes(-1, -2)
        spectra = with_phase(magnitude, self._start(magnitude))
        spectra = griffin_lim(spectra, self.stft, item[-1], self.iterations, self.momentum)
        return self.stft.synthesise(spectra, item[-1])

    def _magnitude(self, x: Array) -> Array:
        return abs(self.stft.analyse(x)).swapaxes(-1, -2)[..., : self.bins, : self.frames]

    def _start(self, magnitude: Array) -> Array:
        if self.start == "gradient":
            return phase_gradient(magnitude, self.stft)
        return np.zeros(magnitude.shape)
