import sys
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from rpgan.errors import UserError
from rpgan.representations import Mel, Pad, Scale, Spectrogram, chain, mel
from rpgan.stages import at_load

pytest.importorskip("librosa")

RATE, N, HOP = 16000, 256, 64
BINS = N // 2 + 1
SPECTRUM = Spectrogram(nperseg=N, hop=HOP, magnitude="linear")
TIME = np.arange(4096) / RATE


def bands(**settings: Any) -> Mel:
    given: dict[str, Any] = {"mels": 40, "nperseg": N, "sample_rate": RATE} | settings
    return Mel(**given)


def bank(step):
    """The weights, by encoding the unit vectors of frequency."""
    unit = np.eye(BINS)[:, np.newaxis, :, np.newaxis]
    step = replace(step, magnitude="linear")
    return step.encode(unit, step.fit([unit]))[:, 0, :, 0].T


def tones():
    """One pure tone for each series."""
    frequency = np.array([[300.0], [1000], [2500], [6000]])
    return np.cos(2 * np.pi * frequency * TIME)


def pitch(hertz, scale):
    """In mels: as the HTK has it, or Slaney's, linear up to 1 kHz and logarithmic from there."""
    if scale == "htk":
        return 2595 * np.log10(1 + hertz / 700)
    linear = 3 * hertz / 200
    return np.where(
        hertz < 1000, linear, 15 + 27 * np.log(np.maximum(hertz, 1) / 1000) / np.log(6.4)
    )


@pytest.mark.parametrize("scale", ["slaney", "htk"])
def test_triangles_are_a_partition_of_unity(scale):
    """Of unit height they add up to 1 between the first and the last peak, two at most in each bin.

    The peaks are evenly spaced in pitch, to the next bin.
    """
    weights = bank(bands(norm="none", scale=scale))
    hertz = np.arange(BINS) * RATE / N
    edges = np.linspace(0, pitch(np.array(RATE / 2), scale), 42)
    inside = (pitch(hertz, scale) > edges[1]) & (pitch(hertz, scale) < edges[-2])
    assert inside.sum() > 100
    assert_allclose(weights[:, inside].sum(axis=0), 1, atol=1e-6)
    assert ((weights > 0).sum(axis=0) <= 2).all()
    wide = weights.max(axis=1) > 0.9
    middle = pitch(hertz[weights.argmax(axis=1)], scale)
    a_bin = pitch(hertz[weights.argmax(axis=1)] + RATE / N, scale) - middle
    assert (np.abs(middle - edges[1:-1]) <= a_bin)[wide].all()


def test_triangles_of_unit_area():
    """In Hz; the sum over bins is within a part in ten for those of ten bins or more."""
    weights = bank(bands())
    broad = (weights > 0).sum(axis=1) >= 10
    assert broad.sum() > 3
    assert_allclose(weights[broad].sum(axis=1) * RATE / N, 1, rtol=0.1)


def test_nothing_outside_of_the_band():
    weights = bank(bands(low=500, high=4000, mels=12))
    hertz = np.arange(BINS) * RATE / N
    assert (weights[:, (hertz <= 500) | (hertz >= 4000)] == 0).all()
    assert (weights.max(axis=1) > 0).all()


@pytest.mark.parametrize("magnitude", ["log", "log1p", "linear"])
def test_inverse_has_the_same_bands(magnitude):
    """Of noise and of tones: to a hundredth of the largest, whatever the compression was."""
    x = np.concatenate([tones(), np.random.default_rng(0).standard_normal((4, 4096))])
    step = bands(magnitude=magnitude)
    spectrum = np.abs(SPECTRUM.stft.analyse(x[:, np.newaxis])).swapaxes(-1, -2)
    state = step.fit([spectrum]) | {"item": np.array(spectrum.shape[1:])}
    got = step.decode(step.encode(spectrum, state), state)
    assert got.shape == spectrum.shape
    assert (got >= 0).all()
    want = bank(step) @ spectrum
    assert_allclose(bank(step) @ got, want, atol=0.01 * want.max())


def test_tones_come_back_as_tones():
    """The peak is within the width of a band, and half of the power at least within two bands."""
    x = tones()
    steps = (SPECTRUM, bands(), Scale())
    state = chain.fit(steps, x)
    back = chain.decode(steps, state, chain.encode(steps, state, x))
    assert back.shape == x.shape
    power = np.abs(np.fft.rfft(back[:, 512:-512] * np.hanning(3072))) ** 2
    hertz = np.fft.rfftfreq(3072, 1 / RATE)
    for row, wanted in zip(power, (300, 1000, 2500, 6000), strict=True):
        width = 2 * max(RATE / N, 0.07 * wanted)  # half a triangle's base: a bin, or log-spaced
        assert abs(hertz[row.argmax()] - wanted) < width
        assert row[np.abs(hertz - wanted) < 2 * width].sum() > 0.5 * row.sum()
    assert_allclose(back[:, 512:-512].std(axis=1), np.sqrt(0.5), rtol=0.3)


def test_on_the_device():
    x = np.random.default_rng(0).standard_normal((6, 4096)).astype(np.float32)
    steps = (SPECTRUM, bands(), Scale())
    state = chain.fit(steps, x)
    want = chain.encode(steps, state, x)
    got = at_load.encode(steps, state, x, torch.device("cpu")).numpy()
    assert_allclose(got, want, atol=3e-7 * np.abs(want).max())


def test_cropped_spectrograms_keep_their_frequencies():
    """The lowest 100 bins see the same triangles, not narrower ones."""
    low = bands(high=5000)
    x = np.random.default_rng(0).standard_normal((2, 1, BINS, 5)) ** 2
    kept = x[:, :, :100]
    assert_allclose(low.encode(kept, low.fit([kept])), low.encode(x, low.fit([x])))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"mels": 1}, "mels must be at least 2 bands, got 1"),
        ({"sample_rate": 0}, "sample_rate must be above 0 Hz"),
        ({"high": 9000}, "low < high <= 8000 Hz, half the sample_rate, got 0 and 9000"),
        ({"low": 4000, "high": 4000}, "got 4000 and 4000"),
        ({"low": -1}, "got -1 and 8000"),
        ({"floor": 0}, r"floor must lie in \(0, 1\)"),
        ({"nperseg": 1}, "nperseg must be at least 2"),
    ],
)
def test_bad_settings(settings, message):
    with pytest.raises(ValueError, match=message):
        bands(**settings)


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        ((bands(),), "put a spectrogram with magnitude: linear before it"),
        ((Spectrogram(nperseg=N, hop=HOP), bands()), "put a spectrogram with magnitude: linear"),
        ((SPECTRUM, Scale(), bands()), "put a spectrogram with magnitude: linear"),
        ((SPECTRUM, bands(nperseg=512)), "must have one nperseg, got 512 and 256"),
        (
            (Pad(), SPECTRUM, bands(mels=120)),
            r"of 120 mel bands hold none of the 129 frequency bins",
        ),
    ],
)
def test_what_it_cannot_follow(steps, message):
    with pytest.raises(ValueError, match=message):
        chain.shape(steps, (4096,))


def test_without_the_library_one_line_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "librosa", None)
    mel.filter_bank.cache_clear()
    with pytest.raises(UserError, match=r"mel needs librosa .*; pip install 'rpgan\[mel\]'"):
        chain.shape((SPECTRUM, bands()), (4096,))
