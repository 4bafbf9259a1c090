import numpy as np
import pytest
from numpy.testing import assert_array_equal

from rpgan.representations import STFT, Pad, Scale, chain


@pytest.mark.parametrize("mode", ["zero", "wrap", "reflect"])
@pytest.mark.parametrize("side", ["front", "both"])
@pytest.mark.parametrize("length", [9, 13, 16])
def test_padding_is_undone(mode, side, length):
    pad = Pad(mode=mode, side=side)
    x = np.random.default_rng(0).standard_normal((2, 1, length))
    y = pad.encode(x, {})
    assert y.shape == (2, *pad.shape((1, length))) == (2, 1, 16)
    assert_array_equal(pad.decode(y, {"item": np.array([1, length])}), x)


@pytest.mark.parametrize(
    ("mode", "side", "expected"),
    [
        ("zero", "front", [0, 0, 0, 1, 2, 3, 4, 5]),
        ("zero", "both", [0, 1, 2, 3, 4, 5, 0, 0]),
        ("wrap", "front", [3, 4, 5, 1, 2, 3, 4, 5]),
        ("wrap", "both", [5, 1, 2, 3, 4, 5, 1, 2]),
        ("reflect", "front", [4, 3, 2, 1, 2, 3, 4, 5]),
        ("reflect", "both", [2, 1, 2, 3, 4, 5, 4, 3]),
    ],
)
def test_what_is_padded(mode, side, expected):
    x = np.arange(1.0, 6.0).reshape(1, 1, 5)
    assert Pad(mode=mode, side=side).encode(x, {})[0, 0].tolist() == expected


def test_target_length():
    assert Pad(length=9).shape((2, 6)) == (2, 9)
    assert Pad().shape((1, 4096)) == (1, 4096)
    assert Pad().shape((1, 4097)) == (1, 8192)
    assert Pad().shape((1, 1)) == (1, 1)


def test_series_are_padded_where_asked_and_nowhere_else():
    """NoiseGAN's STFT padded whether or not it was told to (systems.md, C15)."""
    stft = STFT(nperseg=16, hop=8)
    assert chain.shape((stft,), (100,)) == (2, 9, 14)
    assert chain.shape((Pad(), stft), (100,)) == (2, 9, 17)
    x = np.random.default_rng(0).standard_normal((5, 100))
    state = chain.fit((stft, Scale()), x)
    assert chain.decode((stft, Scale()), state, np.zeros((3, 2, 9, 14))).shape == (3, 100)


def test_pad_refuses_what_it_cannot_do():
    with pytest.raises(ValueError, match="cannot pad a series of 6 samples to 4"):
        Pad(length=4).shape((1, 6))
    with pytest.raises(ValueError, match="use mode: zero"):
        Pad(length=20, mode="reflect").shape((1, 6))
    with pytest.raises(ValueError, match="length must be at least 1 sample, got 0"):
        Pad(length=0)
