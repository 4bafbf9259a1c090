import numpy as np
import pytest
import scipy.signal
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from rpgan.representations import STFT


@st.composite
def cases(draw):
    nperseg = 2 * draw(st.integers(1, 20))
    hop = draw(st.integers(1, nperseg // 2))
    return nperseg, hop, draw(st.integers(nperseg // 2 + 1, 90)), draw(st.integers(1, 3))


def encoded(nperseg, hop, x):
    stft = STFT(nperseg=nperseg, hop=hop)
    state = stft.fit(x)
    return stft, state, stft.encode(x, state)


@given(cases())
def test_round_trip(case):
    nperseg, hop, length, channels = case
    x = np.random.default_rng(length).standard_normal((3, channels, length))
    stft, state, y = encoded(nperseg, hop, x)
    assert y.shape[1:] == stft.shape((channels, length))
    assert_allclose(stft.decode(y, state), x, atol=1e-9)


@given(cases())
def test_equals_scipy(case):
    nperseg, hop, length, _ = case
    assume(length >= nperseg)  # SciPy shortens a longer window
    x = np.random.default_rng(length).standard_normal((2, 1, length))
    _, _, y = encoded(nperseg, hop, x)
    _, _, want = scipy.signal.stft(
        x[:, 0], nperseg=nperseg, noverlap=nperseg - hop, boundary="even", detrend=False
    )
    assert_allclose(y[:, 0] + 1j * y[:, 1], want, atol=1e-12)


def test_decoding_any_array_equals_scipy():
    """A network's output is no STFT of a series; both project it in the same way."""
    y = np.random.default_rng(0).standard_normal((2, 2, 17, 17))
    y[:, 1, [0, -1]] = 0  # DC and Nyquist are real
    stft = STFT(nperseg=32, hop=16)
    got = stft.decode(y, {"length": np.array(256)})
    _, want = scipy.signal.istft(y[:, 0] + 1j * y[:, 1], nperseg=32, noverlap=16)
    assert_allclose(got[:, 0], want[:, :256], atol=1e-12)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"nperseg": 31, "hop": 4}, "nperseg must be even"),
        ({"nperseg": 32, "hop": 0}, "hop must lie in 1..nperseg/2 = 16"),
        ({"nperseg": 32, "hop": 17}, "hop must lie in"),
    ],
)
def test_bad_settings(settings, message):
    with pytest.raises(ValueError, match=message):
        STFT(**settings)


def test_window_longer_than_the_series():
    with pytest.raises(ValueError, match="at least 17, got 16"):
        STFT(nperseg=32, hop=16).shape((1, 16))
