"""A folder of recorded sounds."""

from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from rpgan.errors import UserError
from rpgan.sources import lengths, listing, parts
from rpgan.sources.extras import library
from rpgan.sources.gather import Advice, Recordings, gather
from rpgan.sources.recorded import Recorded
from rpgan.sources.riff import require_whole
from rpgan.sources.spectrogram import Square
from rpgan.sources.windows import Windows, require_overlap
from rpgan.spec import spec

Array = NDArray[np.float32]


@spec
class WavFolder:
    """Windows of the sound files in a folder and its subfolders, or an image of each file.

    Samples are in units of full scale: 16-bit integers are divided by 32768.

    Parameters
    ----------
    extensions : suffixes in small letters
        Other than .wav, what libsndfile knows: .flac, .ogg, .mp3, ...
    channels : 1 or 2
        1 averages all channels. 2 wants stereo; a file of one channel is doubled.
    sample_rate : int, optional
        In Hz; soxr resamples the files that have another. Without it, all files must agree.
    form : waveform, raw, abslog or reallog
        The last three are images, one of each file and not scaled: see `spectrogram.Square`.
        pggan-pytorch, from which they come, took the sign of the complex S in ``reallog``, and
        stretched each file to 0..255, so that neither its level nor its sign can be told.
    overlap : float in [0, 1)
        Of neighbouring windows.
    first_only, pad_end : bool
        Take one window from the beginning of each file only; fill up the last window with zeros.
        Otherwise what is left at the end, and what is too short, is dropped.
    normalise : none or peak
        Divide each recording by its largest absolute value, unless it is silent.
    n_fft, hop, crop : int
        Of images.
    split : recording or time
        Whole files belong to a part, equal ones to the same, or the last `test_share` of each file
        is the test part. Then each of the two pieces is resampled and normalised by itself, so that
        nothing passes from one to the other.
    """

    tells: ClassVar[tuple[str, ...]] = ("recording", "window", "label")

    path: str
    extensions: tuple[str, ...] = (".wav",)
    channels: Literal[1, 2] = 1
    sample_rate: int | None = None
    form: Literal["waveform", "raw", "abslog", "reallog"] = "waveform"
    overlap: float = 0.0
    first_only: bool = False
    pad_end: bool = False
    normalise: Literal["none", "peak"] = "none"
    n_fft: int = 1024
    hop: int = 128
    crop: int = 512
    split: Literal["recording", "time"] = "recording"
    test_share: float = 0.2
    name: Literal["wav_folder"] = "wav_folder"

    def __post_init__(self) -> None:
        listing.require_suffixes(self.extensions)
        parts.require_share(self.test_share)
        require_overlap(self.overlap)
        if self.sample_rate is not None and self.sample_rate < 1:
            raise ValueError(f"sample_rate must be at least 1 Hz, got {self.sample_rate}")
        if self.square and (self.overlap or self.split == "time"):
            raise ValueError(
                f"form: {self.form} makes one image of each file, so it takes overlap: 0 and"
                f" split: recording, got {self.overlap} and {self.split}"
            )

    @property
    def bounded(self) -> bool:
        """Whether all values lie in [-1, 1], unless resampling or a file of floats goes beyond."""
        return self.form in ("waveform", "raw")

    def files(self) -> list[Path]:
        """All sound files, sorted. Raises UserError if there is none."""
        return listing.files_under(Path(self.path), self.extensions)

    def classes(self) -> list[str]:
        """What the numbers in the column ``label`` mean: names of the subfolders."""
        return listing.classes(Path(self.path), self.files())

    def shape(self, length: int | None) -> tuple[int, ...]:
        """(length,), (2, length), or (channels, crop, crop); images take no length."""
        if self.square:
            return lengths.not_wanted(length, (self.channels, self.crop, self.crop))
        samples = lengths.wanted(length)
        return (samples,) if self.channels == 1 else (2, samples)

    def read(self, part: str, n: int, length: int | None, rng: np.random.Generator) -> Recorded:
        """`n` windows or images of `part` in random order; see `rpgan.sources`."""
        parts.require_part(part)
        shape, files, square = self.shape(length), self.files(), self.square
        rate = self.rate()
        samples = square.samples if square else lengths.wanted(length)
        windows = Windows(samples, self.overlap, self.pad_end, self.first_only or bool(square))
        recordings = Recordings(
            blocks=files,
            load=lambda path: [windows.fit(self._recording(path, part, rate))],
            items=windows.cut,
            finish=square.images if square else lambda cut: cut.reshape(-1, *shape),
            advice=self._advice(samples),
        )
        share = self.test_share if self.split == "recording" else None
        series, recording, window = gather(recordings, shape, part, n, share, rng)
        beside = {"recording": recording, "window": window}
        label = listing.labels(Path(self.path), files)
        return Recorded(series, beside if label is None else beside | {"label": label[recording]})

    def rate(self) -> int:
        """Samples a second of all items, from the settings or else from the files."""
        return self.sample_rate or _common_rate(self.files())

    @property
    def square(self) -> Square | None:
        """How items are images, if they are."""
        if self.form == "waveform":
            return None
        return Square(self.form, self.n_fft, self.hop, self.crop)

    def _recording(self, path: Path, part: str, rate: int) -> Array:
        """(channels, samples) of a file, or of the piece of it that is in `part`."""
        series, own_rate = _decoded(path)
        series = self._in_channels(path, series)
        if self.split == "time":
            series = parts.piece(series, part, self.test_share)
        if own_rate != rate:
            series = np.ascontiguousarray(library("soxr").resample(series.T, own_rate, rate).T)
        peak = np.abs(series).max(initial=0)
        return series / peak if self.normalise == "peak" and peak > 0 else series

    def _in_channels(self, path: Path, series: Array) -> Array:
        if self.channels == 1:
            return series.mean(axis=0, keepdims=True)
        if len(series) > 2:
            raise UserError(
                f"{path}: wanted 1 or 2 channels, found {len(series)}; use channels: 1, the average"
            )
        return np.broadcast_to(series, (2, series.shape[1]))

    def _advice(self, samples: int) -> Advice:
        kind = "window" if self.form == "waveform" else "image"
        longer = "length" if self.form == "waveform" else "crop"
        more = ", raise overlap" if self.form == "waveform" else ", add files"
        return Advice(
            where=self.path,
            items=f"{kind}s of {samples} samples",
            for_more=f" or {longer}{more}, use pad_end: true, or change test_share",
            if_alone="use split: time" if kind == "window" else "add files",
            if_short=f"lower {longer} or use pad_end: true",
        )


def _decoded(path: Path) -> tuple[Array, int]:
    """(channels, samples) and the sample rate in Hz of a whole file of finite samples."""
    soundfile = library("soundfile")
    if path.suffix.lower() in (".wav", ".wave"):
        require_whole(path)
    try:
        with soundfile.SoundFile(path) as f:
            promised, rate = f.frames, f.samplerate
            series = f.read(dtype="float32", always_2d=True).T
    except (soundfile.SoundFileError, OSError) as error:
        raise _not_a_sound(path, error) from None
    if series.shape[1] != promised or not promised:
        raise UserError(
            f"{path}: wanted the {promised} samples that its header promises, and at least one,"
            f" found {series.shape[1]}; get it anew, or remove it"
        )
    if not np.isfinite(series).all():
        raise UserError(f"{path}: holds samples that are NaN or infinite; mend or remove it")
    return series, rate


def _common_rate(files: list[Path]) -> int:
    """The sample rate of all files, Hz, from their headers."""
    first = _rate(files[0])
    for path in files[1:]:
        if (rate := _rate(path)) != first:
            raise UserError(
                f"{path}: has {rate} samples a second, but {files[0]} has {first};"
                " say which is wanted with sample_rate"
            )
    return first


def _rate(path: Path) -> int:
    soundfile = library("soundfile")
    try:
        return soundfile.info(path).samplerate
    except (soundfile.SoundFileError, OSError) as error:
        raise _not_a_sound(path, error) from None


def _not_a_sound(path: Path, error: Any) -> UserError:
    return UserError(f"{path}: cannot be read as sound ({error}); get it anew, or remove it")
