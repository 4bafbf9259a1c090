"""Series as sound: what is in the file is what was in the series."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.testing import assert_allclose

from rpgan import series
from rpgan.draw import Draw
from rpgan.errors import UserError
from rpgan.processes import FGN, OFDM
from rpgan.sources import WavFolder
from rpgan.sources.spectrogram import Square
from rpgan.spec import plain
from rpgan.stages.sound import LOUDEST, from_images, sound

RATE = 8000
LEVEL = 2**-15  # of 16-bit sound


def tone(hertz: float, samples: int = 4000, rate: int = RATE) -> np.ndarray:
    return np.cos(2 * np.pi * hertz * np.arange(samples) / rate)


def heard(folder: Path, values: np.ndarray, **settings) -> tuple[np.ndarray, int]:
    """What is in the .wav of `values`, (samples, channels), and its rate."""
    np.save(folder / "x.npy", values)
    sound(folder / "x.npy", folder / "x.wav", **settings)
    return soundfile.read(folder / "x.wav", always_2d=True)


def test_tones_have_their_pitch_and_their_turn(tmp_path):
    """One after the other with a quarter of a second between, all with the same peak."""
    hertz = (440, 1000, 2500)
    x = np.stack([5 * tone(440), 0.01 * tone(1000), tone(2500)])
    got, rate = heard(tmp_path, x, rate=RATE)
    assert rate == RATE
    assert got.shape == (3 * 4000 + 2 * 2000, 1)
    for i, wanted in enumerate(hertz):
        part = got[i * 6000 : i * 6000 + 4000, 0]
        assert np.abs(np.fft.rfft(part)).argmax() * RATE / 4000 == pytest.approx(wanted, abs=1)
        assert_allclose(part, LOUDEST * x[i] / np.abs(x[i]).max(), atol=LEVEL)
    assert not got[4000:6000].any()


def test_only_the_first(tmp_path):
    assert len(heard(tmp_path, np.tile(tone(440), (20, 1)), n=2, rate=RATE)[0]) == 10000
    got, rate = heard(tmp_path, np.tile(tone(440), (20, 1)))
    assert rate == 16000
    assert len(got) == 8 * 4000 + 7 * 4000


def test_two_channels_stay_two(tmp_path):
    x = np.stack([tone(440), 0.5 * tone(1000)])[np.newaxis]
    got, _ = heard(tmp_path, x, rate=RATE)
    assert_allclose(got.T, LOUDEST * x[0], atol=LEVEL)


def test_silence_is_silent(tmp_path):
    assert not heard(tmp_path, np.zeros((2, 50)))[0].any()


def test_equal_series_give_equal_bytes(tmp_path):
    heard(tmp_path, tone(440)[np.newaxis])
    first = (tmp_path / "x.wav").read_bytes()
    heard(tmp_path, tone(440)[np.newaxis])
    assert (tmp_path / "x.wav").read_bytes() == first


# Spectrograms of recordings


def test_log1p_is_undone():
    """Magnitudes come back, to 5 % of the largest: a tone of this size is far from its logarithm."""
    square = Square("abslog", n_fft=256, hop=32, crop=128)
    x = 100 * tone(1000, square.samples)[np.newaxis, np.newaxis]
    images = square.images(x)
    back = from_images(images, square)
    assert back.shape == (1, 1, 127 * 32)
    middle = slice(512, -512)
    assert_allclose(np.abs(back[..., middle]).max(), 100, rtol=0.05)
    again = square.images(np.pad(back, [(0, 0), (0, 0), (0, square.samples - back.shape[-1])]))
    inside = (..., slice(16, -16))
    want = np.expm1(images)[inside]
    assert_allclose(np.expm1(again)[inside], want, atol=0.05 * want.max())


@pytest.mark.parametrize("level", [0.01, 100])
def test_the_sign_of_the_real_part_is_used(level):
    """The series itself comes back, not one of another sign or phase: the search is linear.

    A gated tone, so that nothing is lost at the ends; its frames are neither even nor odd.
    """
    square = Square("reallog", n_fft=256, hop=64, crop=128)
    x = level * (tone(1013, square.samples) * np.hanning(square.samples))
    back = from_images(square.images(x[np.newaxis, np.newaxis]), square)[0, 0]
    assert_allclose(back, x[: len(back)], atol=0.02 * level)


def test_raw_images_are_the_samples_themselves():
    x = np.random.default_rng(0).uniform(-1, 1, (2, 1, 64))
    square = Square("raw", n_fft=256, hop=64, crop=8)
    assert_allclose(from_images(square.images(x), square), x)


def recordings(folder: Path, form: str) -> Draw:
    (folder / "sounds").mkdir()
    for i, hertz in enumerate((440, 1000)):
        x = 0.5 * tone(hertz, 20000, 22050)
        soundfile.write(folder / "sounds" / f"{i}.wav", x, 22050)
    source = WavFolder(path=str(folder / "sounds"), form=form, n_fft=256, hop=64, crop=64)  # type: ignore[arg-type]
    return Draw(dataset="bells", part="train", source=source, n=1, seed=0)


def test_a_generator_of_spectrograms_is_heard_like_its_recordings(tmp_path):
    """The file of its samples says what they are like, and at which rate that was recorded."""
    draw = recordings(tmp_path, "abslog")
    run = {"label": "pggan", "replicate": 0, "data": {"draw": plain(draw), "steps": []}}
    made_from = {"run": run, "n": 1, "trained": True}
    series.write(tmp_path / "samples.arrow", draw.series(), made_from)
    sound(tmp_path / "samples.arrow", tmp_path / "samples.wav")
    got, rate = soundfile.read(tmp_path / "samples.wav")
    assert rate == 22050
    assert len(got) == 63 * 64
    peak = np.abs(np.fft.rfft(got)).argmax() * rate / len(got)
    assert min(abs(peak - 440), abs(peak - 1000)) < rate / 256


def test_processes_are_heard_at_16_khz(tmp_path):
    for process, channels in ((FGN(hurst=0.8), 1), (OFDM(fft_size=128, subcarriers=18), 2)):
        draw = Draw(dataset="x", part="test", process=process, length=960, n=3, seed=0)
        series.write(tmp_path / "x.arrow", draw.series(), plain(draw))
        sound(tmp_path / "x.arrow", tmp_path / "x.wav")
        got, rate = soundfile.read(tmp_path / "x.wav", always_2d=True)
        assert rate == 16000
        assert got.shape == (3 * 960 + 2 * 4000, channels)


@pytest.mark.parametrize(
    ("values", "name", "settings", "message"),
    [
        (np.zeros((2, 1, 8, 8)), "x.wav", {}, "images make no sound; rpgan pictures shows them"),
        (np.zeros((2, 8)), "x.mp3", {}, "sounds are written as .wav, not as '.mp3'"),
        (np.full((2, 8), np.nan), "x.wav", {}, "NaN or infinity among its first 2 items"),
        (np.zeros(8), "x.wav", {}, r"wanted series or images, of shape \(n, ...\), found \(8,\)"),
        (np.zeros((2, 8)), "x.wav", {"n": 0}, "--n must be at least 1, got 0"),
        (np.zeros((2, 8)), "x.wav", {"rate": 0}, "--rate must be at least 1 Hz, got 0"),
    ],
)
def test_what_cannot_be_heard(tmp_path, values, name, settings, message):
    np.save(tmp_path / "x.npy", values)
    with pytest.raises(UserError, match=message):
        sound(tmp_path / "x.npy", tmp_path / name, **settings)
    assert not (tmp_path / name).exists()


def test_tensors_are_no_series(tmp_path):
    draw = Draw(dataset="x", part="train", process=FGN(hurst=0.8), length=16, n=2, seed=0)
    series.write(tmp_path / "x.arrow", np.zeros((2, 1, 16)), {"draw": plain(draw), "steps": []})
    with pytest.raises(UserError, match="holds tensors that a network sees; name a file of series"):
        sound(tmp_path / "x.arrow", tmp_path / "x.wav")
