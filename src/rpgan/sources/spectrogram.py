"""Square images of the beginning of a recording, with the numbers of a spectrogram or none."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Square:
    """An image of `crop` x `crop` numbers of each channel.

    raw     the first crop**2 samples, row by row
    abslog  log(1 + abs S), S[frequency, frame] as librosa has it: frames of `n_fft` samples, one
            every `hop`, under a periodic Hann window, unscaled; the first centred on sample 0, the
            recording extended by reflection; the lowest `crop` frequencies, the first `crop` frames
    reallog log(1 + abs Re S) with the sign of Re S
    """

    form: Literal["raw", "abslog", "reallog"]
    n_fft: int
    hop: int
    crop: int

    def __post_init__(self) -> None:
        if self.crop < 2 or self.hop < 1 or self.n_fft < 2 or self.n_fft % 2:
            raise ValueError(
                "wanted crop of at least 2, hop of at least 1, and n_fft even and at least 2,"
                f" got {self.crop}, {self.hop} and {self.n_fft}"
            )
        if self.form != "raw" and self.crop > self.n_fft // 2 + 1:
            raise ValueError(
                f"crop must be at most n_fft // 2 + 1 = {self.n_fft // 2 + 1}, the number of"
                f" frequencies, got {self.crop}"
            )

    @property
    def samples(self) -> int:
        """How many samples an image is made of."""
        if self.form == "raw":
            return self.crop**2
        return (self.crop - 1) * self.hop + self.n_fft // 2

    def images(self, series: Array) -> Array:
        """Shape (n, channels, crop, crop) of `series`, (n, channels, samples)."""
        if self.form == "raw":
            return series.reshape(*series.shape[:-1], self.crop, self.crop)
        spectra = self._spectra(series)
        if self.form == "abslog":
            return np.log1p(np.abs(spectra))
        return np.sign(spectra.real) * np.log1p(np.abs(spectra.real))

    def _spectra(self, series: Array) -> NDArray[np.complexfloating[Any, Any]]:
        half = self.n_fft // 2
        extended = np.pad(series, [(0, 0), (0, 0), (half, 0)], mode="reflect")
        frames = sliding_window_view(extended, self.n_fft, axis=-1)[..., :: self.hop, :]
        window = np.sin(np.pi * np.arange(self.n_fft) / self.n_fft) ** 2
        spectra = np.fft.rfft(frames * window, axis=-1)[..., : self.crop]
        return spectra.swapaxes(-1, -2)
