"""Several channels: what a metric makes of them, and what it then sees."""

from functools import partial

import numpy as np
import pytest
from numpy.testing import assert_allclose

from rpgan import randomness
from rpgan.errors import UndefinedLaw
from rpgan.metrics import LegacyPSDDistance, Marginal, PSDDistance, draw_floor, multitaper, score
from rpgan.metrics.channels import by_channel, pools
from rpgan.processes import FGN

N, LENGTH = 200, 128
METRICS = [PSDDistance(), LegacyPSDDistance(), Marginal()]


class Quadrature:
    """White circular noise: two channels that are one complex series."""

    channels, quadrature, tail_index = 2, True, np.inf

    def sample(self, n, length, rng):
        return rng.standard_normal((n, 2, length))

    def estimate(self, series):
        return {"power": (series**2).mean(axis=(1, 2))}

    def truth(self):
        return {"power": 1.0}


def noise(purpose):
    return Quadrature().sample(N, LENGTH, randomness.generator(3, purpose))


def values(real, fake, law=None):
    return {k: v for m in METRICS for k, v in m.fit(real, law)(fake).items()}


def test_the_sign_of_a_frequency_is_told_from_a_complex_series():
    """A tone at -0.25: in the real part alone it is one at 0.25 as well."""
    tone = np.exp(-2j * np.pi * 0.25 * np.arange(LENGTH))[None]
    frequency, power = multitaper(tone + 1e-9 * np.arange(LENGTH))
    assert (np.diff(frequency) > 0).all()
    assert_allclose(frequency, -frequency[::-1])
    peak = power[0] > 0.5 * power.max()
    assert_allclose(frequency[peak], -0.25, atol=5 / LENGTH)
    real = multitaper(np.real(tone))[1]
    assert_allclose(multitaper(np.real(tone) + 0j)[1][:, LENGTH // 2 - 1 :], real, rtol=1e-9)


def test_the_spectrum_of_a_complex_series_integrates_to_its_power():
    """Mean over 200 series of 126 frequencies, 7 tapers: relative deviation 1 / sqrt(25600)."""
    z = noise("power")
    _, power = multitaper(z[:, 0] + 1j * z[:, 1])
    assert power.mean() == pytest.approx(2, rel=5 / np.sqrt(N * LENGTH))


def test_channels_are_taken_apart():
    series = np.arange(24.0).reshape(2, 3, 4)
    assert [pool.tolist() for pool in pools(series)] == series.swapaxes(0, 1).tolist()
    assert len(pools(series[:, 0])) == 1
    assert pools(np.zeros((5, 3, 4, 4)))[0].shape == (5, 16)
    total = by_channel(lambda x: x.sum(axis=1, keepdims=True), False, series)
    assert (total == series.sum(axis=2)).all()


def test_one_channel_that_is_wrong_is_seen_by_all():
    """The second channel is too loud at high frequencies and of another distribution."""
    real, fake = noise("real"), noise("fake")
    wrong = fake.copy()
    wrong[:, 1] = np.cumsum(wrong[:, 1], axis=1) / 10
    good, bad = values(real, fake), values(real, wrong)
    assert all(bad[name] > 3 * good[name] for name in good if name != "psd_log_gain")
    swapped = values(real, wrong[:, ::-1])
    assert swapped["marginal_ks"] == pytest.approx(bad["marginal_ks"], rel=0.1)


def test_only_quadrature_sees_a_shift_of_frequency():
    """Modulated white noise turned by a quarter: channels by themselves keep their spectra."""
    z = noise("z")[:, 0] + 1j * noise("z")[:, 1]
    low = np.fft.ifft(np.fft.fft(z) * (np.fft.fftfreq(LENGTH) > 0))
    real = np.stack([low.real, low.imag], axis=1)
    mirrored = real * [[[1.0], [-1.0]]]
    apart = PSDDistance().fit(real, None)(mirrored)["psd_distance"]
    together = PSDDistance().fit(real, Quadrature())(mirrored)["psd_distance"]  # type: ignore[arg-type]
    assert apart < 1e-9
    assert together > 1


def test_channels_are_scored_against_a_floor():
    law, real = Quadrature(), noise("real")
    floor = draw_floor(METRICS, law, real, partial(randomness.generator, 3, "floor"))  # type: ignore[arg-type]
    rows, skipped = score(METRICS, law, real, noise("fake"), floor)  # type: ignore[arg-type]
    assert not skipped
    assert (rows["p_value"].to_numpy() > 0.02).all()
    assert set(rows["length"]) == {LENGTH}


def test_images_have_pixels_but_no_spectrum():
    rng = np.random.default_rng(0)
    images = rng.uniform(size=(40, 3, 8, 8))
    floor = draw_floor(METRICS, None, images, partial(randomness.generator, 3), draws=3)
    rows, skipped = score(METRICS, None, images, rng.uniform(size=(40, 3, 8, 8)), floor)
    assert set(rows["metric"]) == {"marginal_ks", "not_finite"}
    assert "images" in skipped["psd_distance"]
    with pytest.raises(UndefinedLaw, match="images"):
        PSDDistance().fit(images, FGN(hurst=0.5))
