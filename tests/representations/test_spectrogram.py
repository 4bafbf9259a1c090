import heapq
import re

import numpy as np
import pytest
from numpy.testing import assert_allclose

from rpgan.representations import STFT, Scale, Spectrogram, chain
from rpgan.representations.griffin_lim import griffin_lim, spectral_convergence
from rpgan.representations.phase_gradient import gradients, phase_gradient
from rpgan.representations.polar import with_phase

LENGTH = 2048
GAUSSIAN = STFT(nperseg=128, hop=16, window=("gaussian", 128 / 6))
HANN = STFT(nperseg=128, hop=32)


def chirp():
    t = np.arange(LENGTH)
    return np.sin(2 * np.pi * (0.03 * t + 0.1 * t**2 / LENGTH)).reshape(1, 1, -1)


def noise(n=3):
    return np.random.default_rng(0).standard_normal((n, 1, LENGTH))


def convergence(spectrogram, x):
    steps = (spectrogram,)
    state = chain.fit(steps, x)
    back = chain.decode(steps, state, chain.encode(steps, state, x))
    stft = spectrogram.stft
    return spectral_convergence(np.abs(stft.analyse(x)), back[:, np.newaxis], stft)


@pytest.mark.parametrize(
    ("settings", "series", "bound"),
    [
        ({"start": "gradient", "iterations": 0}, chirp, 0.1),
        ({"start": "gradient", "iterations": 32}, chirp, 0.04),
        ({"start": "gradient", "iterations": 0}, noise, 0.2),
        ({"start": "gradient", "iterations": 32}, noise, 0.11),
        ({"start": "zero", "iterations": 100}, noise, 0.17),
        ({"start": "zero", "iterations": 100, "momentum": 0.99}, noise, 0.11),
    ],
)
def test_inverse_converges(settings, series, bound):
    """Relative error of the spectrogram. Seen when written: at most 0.8 of the bound.

    From phases of zero alone it is 0.9; Prusa and others (2017) report 0.03 to 0.1 for speech.
    """
    step = Spectrogram(nperseg=128, hop=16, window=("gaussian", 128 / 6), **settings)
    assert convergence(step, series()).max() < bound


@pytest.mark.parametrize("magnitude", ["log", "log1p", "linear"])
def test_compression_is_undone(magnitude):
    """PGGAN's inverse of log1p forgot expm1: it would be off by the whole amplitude."""
    step = Spectrogram(nperseg=128, hop=32, magnitude=magnitude)
    assert convergence(step, 30 * noise()).max() < 0.15


def test_griffin_lim_never_gets_worse():
    """Its theorem (1984): the distance of the magnitudes falls with every iteration.

    In the norm of two-sided spectra, with zeros beyond the ends.
    """
    stft = STFT(nperseg=32, hop=8, boundary="zeros")
    x = noise()
    magnitude = np.abs(stft.analyse(x))
    weight = np.sqrt(np.r_[1, np.full(15, 2), 1])
    errors = []
    for iterations in range(12):
        z = griffin_lim(magnitude + 0j, stft, LENGTH, iterations, momentum=0)
        wrong = np.abs(stft.analyse(stft.synthesise(z, LENGTH))) - magnitude
        errors.append(np.linalg.norm(wrong * weight))
    assert (np.diff(errors) < 0).all()


def test_momentum_gets_further():
    z = np.abs(HANN.analyse(noise())) + 0j
    slow, fast = (
        spectral_convergence(
            z.real, HANN.synthesise(griffin_lim(z, HANN, LENGTH, 60, m), LENGTH), HANN
        )
        for m in (0, 0.99)
    )
    assert (fast < 0.9 * slow).all()


def test_phase_gradient_of_a_chirp():
    """Against the true phase, along time and along frequency, where there is something to see."""
    z = GAUSSIAN.analyse(chirp())[0, 0]
    by_frame, by_bin = gradients(np.abs(z), GAUSSIAN)
    strong = np.abs(z) > 0.05 * np.abs(z).max()
    strong[:8] = strong[-8:] = False  # the mirror image
    frame, bin_ = np.nonzero(strong[1:-1, 1:-1])
    frame, bin_ = frame + 1, bin_ + 1
    for gradient, (df, db) in ((by_frame, (1, 0)), (by_bin, (0, 1))):
        after, before = z[frame + df, bin_ + db], z[frame - df, bin_ - db]
        turned = np.angle(after / before * np.exp(-2j * gradient[frame, bin_]))
        assert np.abs(turned).mean() < 0.1


def heap_integration(magnitude, stft):
    """As published: the largest point seen so far hands its phase on to its neighbours."""
    by_frame, by_bin = gradients(magnitude, stft)
    frames, bins = magnitude.shape
    phase = np.full((frames, bins), np.nan)
    root = divmod(int(magnitude.argmax()), bins)
    phase[root] = 0
    heap = [(-magnitude[root], *root)]
    while heap:
        _, n, m = heapq.heappop(heap)
        for dn, dm in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            to = n + dn, m + dm
            if 0 <= to[0] < frames and 0 <= to[1] < bins and np.isnan(phase[to]):
                slope = by_frame if dn else by_bin
                phase[to] = phase[n, m] + (dn + dm) * (slope[n, m] + slope[to]) / 2
                heapq.heappush(heap, (-magnitude[to], *to))
    return phase


def test_spanning_tree_is_as_good_as_the_heap():
    magnitude = np.abs(GAUSSIAN.analyse(chirp()))
    tree, heap = phase_gradient(magnitude, GAUSSIAN), heap_integration(magnitude[0, 0], GAUSSIAN)
    strong = magnitude[0, 0] > 1e-3 * magnitude.max()
    assert np.mean(np.abs(tree[0, 0] - heap)[strong] < 1e-6) > 0.8
    magnitude = np.abs(HANN.analyse(noise()))
    tree = phase_gradient(magnitude, HANN)
    heap = np.stack([heap_integration(m[0], HANN) for m in magnitude])[:, np.newaxis]
    error_tree, error_heap = (
        spectral_convergence(magnitude, HANN.synthesise(with_phase(magnitude, p), LENGTH), HANN)
        for p in (tree, heap)
    )
    assert error_tree.mean() < 1.1 * error_heap.mean()


def test_size_for_a_network():
    """SpecGAN's: 128 x 128 of 16384 samples, standardised by frequency and clipped."""
    step = Spectrogram(nperseg=256, hop=128, bins=128, frames=128, iterations=4)
    steps = (step, Scale(kind="frequency_standard", deviations=3, clip=True))
    assert chain.shape(steps, (16384,)) == (1, 128, 128)
    assert chain.bounded(steps)
    x = np.random.default_rng(0).standard_normal((3, 16384))
    state = chain.fit(steps, x)
    y = chain.encode(steps, state, x)
    back = chain.decode(steps, state, y)
    assert back.shape == x.shape
    assert_allclose(back.std(), 1, atol=0.2)
    assert_allclose(back[:, -64:].std(), 1, atol=0.5)  # the last frame is the one before it
    whole = Spectrogram(nperseg=256, hop=128)
    kept = whole.encode(x[:, np.newaxis], whole.fit([x[:, np.newaxis]]))
    assert_allclose(
        step.encode(x[:, np.newaxis], step.fit([x[:, np.newaxis]])), kept[..., :128, :128]
    )


def test_silence():
    for magnitude in ("log", "log1p", "linear"):
        steps = (Spectrogram(nperseg=16, hop=4, magnitude=magnitude), Scale())
        state = chain.fit(steps, np.zeros((3, 64)))
        assert np.isfinite(chain.encode(steps, state, np.zeros((3, 64)))).all()
        assert_allclose(chain.decode(steps, state, np.zeros((3, 1, 9, 17))), 0, atol=1e-30)


def test_negative_magnitudes_are_taken_for_zero():
    steps = (Spectrogram(nperseg=16, hop=4, magnitude="linear"),)
    state = chain.fit(steps, np.ones((3, 64)))
    assert_allclose(chain.decode(steps, state, -np.ones((3, 1, 9, 17))), 0, atol=1e-30)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"hop": 0}, "hop must lie in 1..nperseg"),
        ({"floor": 0}, r"floor must lie in \(0, 1\)"),
        ({"iterations": -1}, "iterations must be at least 0"),
        ({"momentum": -0.5}, r"momentum must lie in \[0, 1\]"),
        ({"bins": 1}, "bins must be at least 2"),
    ],
)
def test_bad_settings(settings, message):
    with pytest.raises(ValueError, match=message):
        Spectrogram(**{"nperseg": 16, "hop": 4} | settings)


def test_more_than_there_is():
    with pytest.raises(ValueError, match="cannot keep 10 bins of 9"):
        Spectrogram(nperseg=16, hop=4, bins=10).shape((1, 64))
    with pytest.raises(ValueError, match="longer than the series of 15"):
        Spectrogram(nperseg=16, hop=4).shape((1, 15))


@pytest.mark.parametrize("length", [64, 66])
def test_more_frames_than_there_are_say_how_long_is_long_enough(length):
    step = Spectrogram(nperseg=16, hop=4, frames=40)
    with pytest.raises(ValueError, match=r"frames of \d+; take series of \d+ samples") as caught:
        step.shape((1, length))
    enough = int(re.findall(r"series of (\d+)", str(caught.value))[0])
    assert step.shape((1, enough)) == (1, 9, 40)
    with pytest.raises(ValueError, match="cannot keep 40 frames of 39"):
        step.shape((1, enough - step.hop))
