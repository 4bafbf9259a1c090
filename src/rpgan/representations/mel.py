"""Magnitudes in bands of equal width on the mel scale of pitch."""

import warnings
from collections.abc import Iterable
from functools import cache
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from rpgan.errors import UserError
from rpgan.representations.arrays import like
from rpgan.representations.items import as_frames, fitted_item
from rpgan.representations.magnitudes import Compression, compressed, expanded
from rpgan.representations.polar import peak, require_floor
from rpgan.representations.spectrogram import Spectrogram
from rpgan.spec import spec

Array = NDArray[np.floating[Any]]

ITERATIONS = 200  # of the inverse, after which bands agree to a thousandth of the loudest


@spec
class Mel:
    """Linear magnitudes of a `spectrogram` of the same `nperseg`, summed in `mels` triangles.

    The triangles are librosa's, between `low` and `high` Hz (the Nyquist frequency if not given)
    for series of `sample_rate` Hz: on Slaney's scale or that of the HTK, each of unit area in Hz
    (``slaney``) or unit height (``none``). `magnitude` and `floor` are those of `spectrogram`,
    which is to leave its own ``linear``.

    Not invertible: there are fewer bands than bins. The inverse is the non-negative least-squares
    solution nearest to the minimal one, by accelerated projected gradients (Beck and Teboulle
    2009) with every band counted alike; the `spectrogram` before then finds the phases.
    """

    mels: int
    nperseg: int
    sample_rate: float
    low: float = 0.0
    high: float | None = None
    scale: Literal["slaney", "htk"] = "slaney"
    norm: Literal["slaney", "none"] = "slaney"
    magnitude: Compression = "log"
    floor: float = 1e-6
    exact: ClassVar[bool] = False
    name: Literal["mel"] = "mel"

    def __post_init__(self) -> None:
        require_floor(self.floor)
        if self.mels < 2:
            raise ValueError(f"mels must be at least 2 bands, got {self.mels}")
        if self.nperseg < 2:
            raise ValueError(f"nperseg must be at least 2 samples, got {self.nperseg}")
        if self.sample_rate <= 0:
            raise ValueError(f"sample_rate must be above 0 Hz, got {self.sample_rate}")
        if not 0 <= self.low < self._high() <= self.sample_rate / 2:
            raise ValueError(
                f"low and high must satisfy 0 <= low < high <= {self.sample_rate / 2:g} Hz, half"
                f" the sample_rate, got {self.low:g} and {self._high():g}"
            )

    def require_after(self, before: Any) -> None:
        """Raise ValueError unless the step `before` makes what this one takes."""
        if not isinstance(before, Spectrogram) or before.magnitude != "linear":
            raise ValueError(
                "mel takes linear magnitudes; put a spectrogram with magnitude: linear before it"
            )
        if before.nperseg != self.nperseg:
            raise ValueError(
                f"mel and the spectrogram before it must have one nperseg, got {self.nperseg} and"
                f" {before.nperseg}"
            )

    def shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        channels, bins, frames = as_frames(self.name, shape)
        empty = int((self._bank(bins).max(axis=1) <= 0).sum())
        if empty:
            raise ValueError(
                f"{empty} of {self.mels} mel bands hold none of the {bins} frequency bins; lower"
                " mels, or raise nperseg"
            )
        return channels, self.mels, frames

    def bounded(self, before: bool) -> bool:
        return False

    def fit(self, blocks: Iterable[Array]) -> dict[str, NDArray[Any]]:
        return {"peak": peak(self._bank(x.shape[2]) @ x for x in blocks)}

    def encode(self, x: Array, state: dict[str, NDArray[Any]]) -> Array:
        bands = like(x, self._bank(x.shape[2])) @ x
        return compressed(bands, self.magnitude, self.floor * state["peak"])

    def decode(self, y: Array, state: dict[str, NDArray[Any]]) -> Array:
        bank = self._bank(fitted_item(state)[1])
        return nonnegative_solution(bank, expanded(y, self.magnitude))

    def _bank(self, bins: int) -> Array:
        """Weights (mels, bins) of the lowest `bins`."""
        norm = None if self.norm == "none" else self.norm
        settings = (self.sample_rate, self.nperseg, self.mels, self.low, self._high())
        return filter_bank(*settings, self.scale == "htk", norm)[:, :bins]

    def _high(self) -> float:
        return self.sample_rate / 2 if self.high is None else self.high


@cache
def filter_bank(
    sample_rate: float,
    nperseg: int,
    mels: int,
    low: float,
    high: float,
    htk: bool,
    norm: Literal["slaney"] | None,
) -> Array:
    """``librosa.filters.mel``, shape (mels, nperseg // 2 + 1)."""
    try:
        from librosa import filters
    except ImportError as error:
        raise UserError(f"mel needs librosa ({error}); pip install 'rpgan[mel]'") from None
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Empty filters")  # refused by `shape`, in one line
        return filters.mel(
            sr=sample_rate,
            n_fft=nperseg,
            n_mels=mels,
            fmin=low,
            fmax=high,
            htk=htk,
            norm=norm,
            dtype=np.float64,
        )


def nonnegative_solution(bank: Array, bands: Array) -> Array:
    """Magnitudes (..., bins, frames) >= 0 whose `bands` (..., mels, frames) are nearest."""
    size = np.linalg.norm(bank, axis=1)[:, np.newaxis]
    bank, bands = bank / size, bands / size
    step = 1 / np.linalg.norm(bank, 2) ** 2
    magnitude = np.maximum(np.linalg.pinv(bank) @ bands, 0)
    ahead, momentum = magnitude, 1.0
    for _ in range(ITERATIONS):
        before = magnitude
        magnitude = np.maximum(ahead - step * (bank.T @ (bank @ ahead - bands)), 0)
        after = (1 + np.sqrt(1 + 4 * momentum**2)) / 2
        ahead = magnitude + (momentum - 1) / after * (magnitude - before)
        momentum = after
    return magnitude
