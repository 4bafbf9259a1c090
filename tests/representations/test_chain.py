import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.testing import assert_allclose

from rpgan.errors import UserError
from rpgan.representations import STFT, Pad, Scale, chain

WAVEFORM = (Pad(), Scale())
SPECTRUM = (Pad(), STFT(nperseg=8, hop=4), Scale())
EPSILON = float(np.finfo(np.float32).eps)

series = hnp.arrays(
    np.float32,
    st.tuples(st.integers(2, 6), st.just(20)),
    elements=st.floats(-1e6, 1e6, width=32),
)


@pytest.mark.parametrize("steps", [WAVEFORM, SPECTRUM], ids=["waveform", "spectrum"])
@given(train=series, other=series)
def test_round_trip_on_other_series(steps, train, other):
    """Constant features and sub-normal peaks among them: hypothesis finds both at once.

    The tensor is float32 and a feature that is constant in `train` is a millionth as wide as the
    widest, so its error is that of `other` itself and not of its own width.
    """
    state = chain.fit(steps, train)
    with np.errstate(over="ignore"):
        y = chain.encode(steps, state, other)
    if not np.isfinite(y).all():
        return  # training series too small for float32 to hold the others in their units
    size = np.abs(train).max() + np.abs(other).max()
    assert_allclose(chain.decode(steps, state, y.astype(float)), other, atol=16 * EPSILON * size)


@given(train=series)
def test_training_set_lies_in_the_range_of_tanh(train):
    for steps in (WAVEFORM, SPECTRUM):
        y = chain.encode(steps, chain.fit(steps, train), train)
        assert np.abs(y).max() <= 1 + 1e-5


def test_constant_feature_comes_back_whatever_the_network_says():
    x = np.random.default_rng(0).standard_normal((50, 4))
    x[:, 0] = 3.0
    state = chain.fit((Scale(),), x)
    y = np.random.default_rng(1).uniform(-1, 1, (50, 1, 4))
    assert_allclose(chain.decode((Scale(),), state, y)[:, 0], 3.0, atol=1e-5)


def test_scale_inverts_with_the_training_set_and_not_with_what_it_is_given():
    """NoiseGAN's inverse used the generated range, so that amplitude was never restored."""
    x = np.random.default_rng(0).uniform(-30, 30, (2000, 3))
    state = chain.fit((Scale(),), x)
    half = chain.decode((Scale(),), state, np.full((2, 1, 3), 0.5))
    assert_allclose(half, 15, atol=0.3)


@pytest.mark.parametrize("mode", ["zero", "wrap", "reflect"])
@pytest.mark.parametrize("side", ["front", "both"])
@pytest.mark.parametrize("length", [9, 13, 16])
def test_padding_is_undone(mode, side, length):
    pad = Pad(mode=mode, side=side)
    x = np.random.default_rng(0).standard_normal((2, 1, length))
    y = pad.encode(x, pad.fit(x))
    assert y.shape == (2, *pad.shape((1, length))) == (2, 1, 16)
    assert (pad.decode(y, pad.fit(x)) == x).all()


def test_what_is_padded():
    x = np.arange(1.0, 7.0).reshape(1, 1, 6)
    zero, wrap = Pad(side="front"), Pad(side="front", mode="wrap")
    assert zero.encode(x, {})[0, 0].tolist() == [0, 0, 1, 2, 3, 4, 5, 6]
    assert wrap.encode(x, {})[0, 0].tolist() == [5, 6, 1, 2, 3, 4, 5, 6]
    assert Pad(length=9).shape((1, 6)) == (1, 9)


def test_pad_refuses_what_it_cannot_do():
    with pytest.raises(ValueError, match="cannot pad a series of 6 samples to 4"):
        Pad(length=4).shape((1, 6))
    with pytest.raises(ValueError, match="use mode: zero"):
        Pad(length=20, mode="reflect").shape((1, 6))


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_series_that_are_not_finite(bad):
    x = np.zeros((4, 16))
    x[2, 5] = bad
    with pytest.raises(UserError, match=r"1 of 4 hold NaN or infinity .* number 2"):
        chain.fit(WAVEFORM, x)
    state = chain.fit(WAVEFORM, np.zeros((4, 16)))
    with pytest.raises(UserError, match="number 2"):
        chain.encode(WAVEFORM, state, x)


def test_blocks_change_nothing(monkeypatch):
    x = np.random.default_rng(0).standard_normal((50, 40))
    whole = chain.encode(SPECTRUM, chain.fit(SPECTRUM, x), x)
    monkeypatch.setattr(chain, "BLOCK", 7)
    assert (chain.encode(SPECTRUM, chain.fit(SPECTRUM, x), x) == whole).all()
