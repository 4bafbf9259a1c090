"""Series as a sound to listen to."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rpgan.draw import Draw
from rpgan.errors import UserError
from rpgan.files import replacing
from rpgan.representations.griffin_lim import griffin_lim, with_real_part
from rpgan.representations.stft import STFT
from rpgan.sources.spectrogram import Square
from rpgan.stages.items import Items, read

Array = NDArray[np.floating[Any]]

RATE = 16000  # Hz, of series that were never a sound
SHOWN = 8  # series of one file
PAUSE = 0.25  # seconds between them
LOUDEST = 0.95  # of full scale
ITERATIONS = 100  # of the search for phases, as in pggan-pytorch


def sound(source: Path, target: Path, n: int | None = None, rate: int | None = None) -> None:
    """Write the first `n` series of `source` to the 16-bit .wav file `target`, `rate` Hz.

    They come one after the other, each as loud as its peak allows. Spectrograms are turned into
    what they may have been the spectrograms of. Unless given, `rate` is that of the recordings
    which the series were made from or after, and 16 kHz for others.
    """
    import soundfile

    if target.suffix.lower() != ".wav":
        raise UserError(f"{target}: sounds are written as .wav, not as {target.suffix!r}")
    if rate is not None and rate < 1:
        raise UserError(f"--rate must be at least 1 Hz, got {rate}")
    items = read(source, SHOWN if n is None else n)
    try:
        series = audible(items)
    except ValueError as error:
        raise UserError(f"{source}: {error}") from None
    rate = rate or rate_of(items.draw)
    samples = one_after_another(series, rate).T
    with replacing(target) as temporary:
        soundfile.write(temporary, samples, rate, subtype="PCM_16", format="WAV")


def audible(items: Items) -> Array:
    """The series of `items`, shape (n, channels, samples). Raises ValueError if they have none."""
    square = items.draw.square if items.draw else None
    if square is not None:
        return from_images(items.values, square)
    if items.values.ndim > 3:
        raise ValueError("images make no sound; rpgan pictures shows them instead")
    return items.values if items.values.ndim == 3 else items.values[:, np.newaxis]


def from_images(images: Array, square: Square) -> Array:
    """Series (n, channels, samples) of `images` that a `Square` makes, as far as they tell.

    Logarithms are undone by expm1. Phases are found by Griffin and Lim's algorithm, imaginary parts
    by its likeness; frequencies that were cut off stay silent, and the last frame ends the series.
    """
    if square.form == "raw":
        return images.reshape(*images.shape[:2], -1)
    stft = STFT(nperseg=square.n_fft, hop=square.hop, scaling="none")
    length = (square.crop - 1) * square.hop
    known = np.sign(images) * np.expm1(np.abs(images.astype(np.float64)))
    cut_off = square.n_fft // 2 + 1 - square.crop
    known = np.pad(known, [(0, 0), (0, 0), (0, cut_off), (0, 0)]).swapaxes(-1, -2)
    if square.form == "abslog":
        spectra = griffin_lim(np.maximum(known, 0) + 0j, stft, length, ITERATIONS, momentum=0)
    else:
        spectra = with_real_part(known, stft, length, ITERATIONS)
    return stft.synthesise(spectra, length)


def one_after_another(series: Array, rate: int) -> Array:
    """Shape (channels, samples), of series (n, channels, samples) and the pauses between them."""
    peak = np.abs(series).max(axis=(1, 2), keepdims=True)
    level = series * (LOUDEST / np.where(peak > 0, peak, 1))
    pause = round(PAUSE * rate)
    apart = np.pad(level, [(0, 0), (0, 0), (0, pause)]).swapaxes(0, 1)
    return apart.reshape(len(apart), -1)[:, : apart[0].size - pause]


def rate_of(draw: Draw | None) -> int:
    """Of the recordings that `draw` is from, if they have one."""
    own = getattr(draw.source, "rate", None) if draw else None
    return own() if own else RATE
