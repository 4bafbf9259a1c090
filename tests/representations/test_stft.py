import numpy as np
import pytest
import scipy.signal
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from rpgan.representations import STFT

WINDOWS = ["hann", "hamming", "boxcar", "blackman", ("gaussian", 3.0), ("kaiser", 5.0)]
SCIPY_BOUNDARY = {"none": None}


@st.composite
def cases(draw, sides=("one", "two")):
    """An STFT and the length of a series that it can give back."""
    nperseg = draw(st.integers(2, 33))
    settings = {
        "nperseg": nperseg,
        "hop": draw(st.integers(1, nperseg)),
        "window": draw(st.sampled_from(WINDOWS)),
        "boundary": draw(st.sampled_from(["even", "odd", "constant", "zeros", "none"])),
        "scaling": draw(st.sampled_from(["spectrum", "psd", "none"])),
        "sides": draw(st.sampled_from(sides)),
    }
    length = nperseg + draw(st.integers(0, 60))
    try:
        stft = STFT(**settings)
        stft.shape((2, length))
    except ValueError as error:
        assume("without weight" not in str(error))
        raise
    return stft, length


def encoded(stft, x):
    return stft.encode(x, {"item": np.array(x.shape[1:])})


def decoded(stft, y, item):
    return stft.decode(y, {"item": np.array(item)})


def scipy_settings(stft):
    return {
        "window": stft.window,
        "nperseg": stft.nperseg,
        "noverlap": stft.nperseg - stft.hop,
        "boundary": SCIPY_BOUNDARY.get(stft.boundary, stft.boundary),
    }


def scipy_window(stft):
    return np.array(scipy.signal.get_window(stft.window, stft.nperseg), float)


def as_seen(stft, x):
    """(n, 2, length) as SciPy takes it: real, or one complex series."""
    return x if stft.sides == "one" else x[:, :1] + 1j * x[:, 1:]


def as_complex(y):
    return y[:, ::2] + 1j * y[:, 1::2]


@given(cases())
def test_round_trip(case):
    stft, length = case
    x = np.random.default_rng(length).standard_normal((3, 2, length))
    y = encoded(stft, x)
    assert y.shape[1:] == stft.shape((2, length))
    error = 1e-13 / stft._weight(length).min()  # rounding, where windows have little weight
    assert_allclose(decoded(stft, y, (2, length)), x, atol=max(error, 1e-9))


@given(cases())
def test_equals_scipy(case):
    stft, length = case
    x = np.random.default_rng(length).standard_normal((2, 2, length))
    scaling = "psd" if stft.scaling == "psd" else "spectrum"
    _, _, want = scipy.signal.stft(
        as_seen(stft, x),
        scaling=scaling,
        return_onesided=stft.sides == "one",
        **scipy_settings(stft),
    )
    if stft.scaling == "none":
        want = want * scipy_window(stft).sum()
    assert_allclose(as_complex(encoded(stft, x)), want, atol=1e-12)


@given(cases(sides=("one",)))
def test_equals_short_time_fft(case):
    """Up to the last frame, which SciPy's newer class fills with more of the mirror image."""
    stft, length = case
    assume(stft.boundary in {"even", "odd", "zeros"})
    window = scipy_window(stft)
    scale = {"spectrum": "magnitude", "psd": "psd", "none": None}[stft.scaling]
    peer = scipy.signal.ShortTimeFFT(window, stft.hop, 1.0, scale_to=scale, phase_shift=None)
    x = np.random.default_rng(length).standard_normal((2, 1, length))
    got = as_complex(encoded(stft, x))
    whole = (length + 2 * (stft.nperseg // 2) - stft.nperseg) // stft.hop + 1
    want = peer.stft(x, p0=0, p1=whole, padding=stft.boundary)
    assert_allclose(got[..., :whole], want, atol=1e-12)


@given(cases())
def test_decoding_any_array_equals_scipy(case):
    """A network's output is no STFT of a series; both project it in the same way."""
    stft, length = case
    assume(stft.boundary != "none")
    y = np.random.default_rng(length).standard_normal((2, *stft.shape((2, length))))
    if stft.sides == "one":
        y[:, 1::2, 0] = 0  # imaginary part of frequency zero, and of Nyquist's
        y[:, 1::2, stft.nperseg // 2] *= stft.nperseg % 2
    scaling = "psd" if stft.scaling == "psd" else "spectrum"
    settings = scipy_settings(stft) | {"boundary": True, "input_onesided": stft.sides == "one"}
    z = as_complex(y)
    if stft.scaling == "none":
        z = z / scipy_window(stft).sum()
    assume(stft._weight(length).min() > 1e-6)
    _, want = scipy.signal.istft(z, scaling=scaling, **settings)
    got = decoded(stft, y, (2, length))
    got = got if stft.sides == "one" else as_complex(got)
    weight = stft._weight(length).min()
    assert_allclose(got, want[..., :length], atol=1e-12 * max(1, np.abs(want).max()) / weight)


@pytest.mark.parametrize("nperseg", [16, 15])
def test_shift_puts_frequency_zero_in_the_middle(nperseg):
    x = np.random.default_rng(0).standard_normal((2, 2, 64))
    plain, shifted = (STFT(nperseg=nperseg, hop=4, sides="two", shift=s) for s in (False, True))
    y = encoded(shifted, x)
    assert_allclose(y, np.fft.fftshift(encoded(plain, x), axes=2), atol=0)
    assert_allclose(decoded(shifted, y, (2, 64)), x, atol=1e-12)
    constant = encoded(shifted, np.stack([np.ones((1, 64)), np.zeros((1, 64))], axis=1))
    assert np.abs(constant[0, 0]).sum(axis=-1).argmax() == nperseg // 2


def test_two_sided_tells_positive_from_negative_frequencies():
    phase = 2 * np.pi * 0.25 * np.arange(64)
    x = np.stack([np.cos(phase), np.sin(phase)])[np.newaxis]
    y = as_complex(encoded(STFT(nperseg=16, hop=4, sides="two"), x))
    assert np.abs(y).mean(axis=-1).argmax() == 4


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"nperseg": 1, "hop": 1}, "nperseg must be at least 2 samples, got 1"),
        ({"nperseg": 32, "hop": 0}, r"hop must lie in 1..nperseg = 32, got 0"),
        ({"nperseg": 32, "hop": 33}, "hop must lie in"),
        ({"nperseg": 32, "hop": 32}, "leave samples without weight"),
        ({"nperseg": 32, "hop": 16, "shift": True}, "shift: true means nothing for one-sided"),
        ({"nperseg": 32, "hop": 16, "window": "hannn"}, "window 'hannn' is none of SciPy's"),
        ({"nperseg": 32, "hop": 16, "window": "gaussian"}, "window 'gaussian' is none of SciPy's"),
    ],
)
def test_bad_settings(settings, message):
    with pytest.raises(ValueError, match=message):
        STFT(**settings)


def test_series_that_cannot_be_given_back():
    with pytest.raises(ValueError, match="window of 32 samples is longer than the series of 31"):
        STFT(nperseg=32, hop=16).shape((1, 31))
    with pytest.raises(ValueError, match="boundary: none leaves the ends"):
        STFT(nperseg=32, hop=16, boundary="none").shape((1, 64))
    STFT(nperseg=32, hop=16, boundary="none", window="boxcar").shape((1, 64))
