import numpy as np
import pytest
from numpy.testing import assert_allclose

from rpgan.representations import STFT, Polar, chain

SPECTRA = STFT(nperseg=16, hop=4)


def spectra(n=30, seed=0, channels=1, stft=SPECTRA):
    x = np.random.default_rng(seed).standard_normal((n, channels, 64))
    return stft.encode(x, {})


def encoded(polar, y, train=None):
    return polar.encode(y, polar.fit([y if train is None else train]))


@pytest.mark.parametrize(("phase", "axis"), [("instantaneous_frequency", -1), ("group_delay", -2)])
def test_phase_is_unwrapped_along_the_axis_that_is_differenced(phase, axis):
    """NoiseGAN's group delay was unwrapped over time, and differenced over frequency (C6)."""
    y = spectra(stft=STFT(nperseg=16, hop=4, boundary="zeros"))
    phi = np.angle(y[:, 0] + 1j * y[:, 1])
    want = np.diff(np.unwrap(phi, axis=axis), axis=axis, prepend=0)
    got = encoded(Polar(phase=phase), y)[:, 1]
    assert_allclose(got, want, atol=1e-9)
    assert np.abs(got).max() <= np.pi + 1e-9


def test_instantaneous_frequency_of_a_tone():
    """A cycle every 32 samples turns by a quarter of pi every 4."""
    x = np.cos(2 * np.pi / 32 * np.arange(256)).reshape(1, 1, -1)
    got = encoded(Polar(), STFT(nperseg=64, hop=4).encode(x, {}))[0, 1, 2]
    assert_allclose(got[16:-16], np.pi / 4, atol=1e-3)


def test_group_delay_of_an_impulse():
    """One that comes d samples after the window's start turns each bin by -2 pi d / nperseg."""
    x = np.zeros((1, 1, 64))
    x[0, 0, 35] = 1
    got = encoded(
        Polar(phase="group_delay"), STFT(nperseg=16, hop=16, window="boxcar").encode(x, {})
    )
    start = 2 * 16 - 8  # of the third frame, which is centred on sample 32
    delay = np.angle(np.exp(-2j * np.pi * (35 - start) / 16))
    assert_allclose(got[0, 1, 1:, 2], delay, atol=1e-9)


@pytest.mark.parametrize("phase", ["instantaneous_frequency", "group_delay", "iq"])
def test_magnitude_is_a_base_ten_logarithm_or_as_it_is(phase):
    y = spectra(channels=2)
    magnitude = np.hypot(y[:, ::2], y[:, 1::2])
    each = 3 if phase == "iq" else 2
    log, linear = (encoded(Polar(phase=phase, magnitude=m), y) for m in ("log", "linear"))
    assert log.shape == (30, 2 * each, 9, 17)
    assert_allclose(10 ** log[:, ::each], magnitude, rtol=1e-9)
    assert_allclose(linear[:, ::each], magnitude)


def test_floor_is_relative_to_the_training_set():
    """No minus infinity, and nothing above the floor is touched."""
    train, y = spectra(), spectra(seed=1)
    y[0] = 0
    top = np.hypot(train[:, 0], train[:, 1]).max()
    polar = Polar(floor=0.1)
    m = encoded(polar, y, train)[:, 0]
    assert_allclose(m[0], np.log10(0.1 * top))
    back = polar.decode(encoded(polar, y, train), {})
    above = np.repeat(np.hypot(y[:, :1], y[:, 1:]) > 0.1 * top, 2, axis=1)
    assert 0.1 < above.mean() < 0.9
    assert_allclose(back[above], y[above], atol=1e-12)
    assert np.isfinite(encoded(polar, 0 * y)).all()


def test_magnitude_with_iq_takes_the_angle_alone_from_iq():
    """NoiseGAN's log_mag_IQ: a network need not make the three channels agree."""
    polar, y = Polar(phase="iq"), spectra()
    z = encoded(polar, y)
    z[:, 1:] *= 7
    assert_allclose(polar.decode(z, {}), y, atol=1e-12)


@pytest.mark.parametrize("floor", [0, 1, -1e-8])
def test_bad_floor(floor):
    with pytest.raises(ValueError, match=r"floor must lie in \(0, 1\)"):
        Polar(floor=floor)


def test_peak_is_one_for_each_channel():
    x = np.random.default_rng(0).standard_normal((300, 2, 64)) * np.array([[1.0], [100.0]])
    steps = (SPECTRA, Polar())
    peak = chain.fit(steps, x)[1]["peak"]
    want = np.abs(SPECTRA.analyse(x)).max(axis=(0, 2, 3))
    assert_allclose(peak.ravel(), want, rtol=1e-12)


@pytest.mark.parametrize("size", [1e-30, 1.0, 1e30])
@pytest.mark.parametrize("phase", ["instantaneous_frequency", "group_delay"])
def test_rounding_does_not_choose_between_pi_and_minus_pi(phase, size):
    """The first frame is its own mirror image: real, with imaginary parts of some 1e-17."""
    y = size * spectra(n=300)
    first = encoded(Polar(phase=phase), y)[:, 1, :, 0]
    phases = first if phase == "instantaneous_frequency" else np.cumsum(first, axis=-1)
    want = np.where(y[:, 0, :, 0] < 0, np.pi, 0)
    assert np.abs(y[:, 1, :, 0]).max() > 0
    assert_allclose(phases, want, atol=1e-12)
    shift = 1e-12 * np.abs(y[:, 0, :, 0]).max(axis=1, keepdims=True)
    y[:, 1, :, 0] = np.where(y[:, 0, :, 0] < 0, -shift, 0)
    other = encoded(Polar(phase=phase), y)[:, 1, :, 0]
    other = other if phase == "instantaneous_frequency" else np.cumsum(other, axis=-1)
    assert_allclose(np.cos(other), np.cos(want), atol=1e-6)
    assert (other < 0).any()


def test_phase_of_a_real_negative_number_has_one_sign():
    """Frequency zero: a network must not see pi or -pi as the sign of a zero has it."""
    y = np.zeros((1, 2, 2, 3))
    y[:, 0] = -1
    for zero in (0.0, -0.0):
        y[:, 1] = zero
        assert_allclose(encoded(Polar(), y)[0, 1], [[np.pi, 0, 0], [np.pi, 0, 0]])
