import numpy as np
import pytest
from numpy.testing import assert_allclose

from rpgan.representations import STFT, Scale, chain

AXES = {"feature": 0, "frequency": (0, 3), "global": (0, 2, 3)}


def scale(**settings):
    return (Scale(**settings),)


def images(seed=0, n=40):
    rng = np.random.default_rng(seed)
    return 3 + rng.gamma(2, size=(n, 2, 3, 5)) * np.array([1.0, 50.0])[:, np.newaxis, np.newaxis]


@pytest.mark.parametrize("shared", AXES)
@pytest.mark.parametrize("what", ["min_max", "max_abs", "standard"])
def test_definition(shared, what, monkeypatch):
    """Fitted block by block, as NumPy has it for the whole."""
    monkeypatch.setattr(chain, "BLOCK", 7 * 30)
    train, other = images(), -images(seed=1)
    over = {"axis": AXES[shared], "keepdims": True}
    low, high = train.min(**over), train.max(**over)
    if what == "min_max":
        want = 2 * (other - low) / (high - low) - 1
    elif what == "max_abs":
        want = other / np.abs(train).max(**over)
    else:
        want = (other - train.mean(**over)) / train.std(**over)
    steps = scale(kind=f"{shared}_{what}")
    assert_allclose(chain.encode(steps, chain.fit(steps, train), other), want, rtol=1e-5, atol=1e-6)


def test_max_abs_of_negative_values():
    steps = scale(kind="feature_max_abs")
    state = chain.fit(steps, -images())
    assert np.abs(chain.encode(steps, state, -images())).max() == 1


def test_deviations_and_clip():
    """SpecGAN: three standard deviations of each frequency are mapped onto 1, and the rest cut."""
    steps = scale(kind="frequency_standard", deviations=3, clip=True)
    x = images()
    y = chain.encode(steps, chain.fit(steps, x), x)
    z = (x - x.mean(axis=(0, 3), keepdims=True)) / x.std(axis=(0, 3), keepdims=True) / 3
    assert z.max() > 1
    assert_allclose(y, np.clip(z, -1, 1), atol=1e-6)


def test_channels_together_keep_the_phase():
    x = images() - 10
    for channels, same in (("each", False), ("together", True)):
        steps = scale(kind="global_max_abs", channels=channels)
        y = chain.encode(steps, chain.fit(steps, x), x)
        angle, phase = (np.arctan2(a[:, 1], a[:, 0]) for a in (y, x))
        assert np.allclose(angle, phase, atol=1e-5) is same


@pytest.mark.parametrize("kind", ["feature_min_max", "feature_max_abs", "feature_standard"])
def test_constant_feature_comes_back_whatever_the_network_says(kind):
    x = np.random.default_rng(0).standard_normal((50, 4))
    x[:, 0] = 0.0 if kind == "feature_max_abs" else 3.0
    steps = scale(kind=kind)
    state = chain.fit(steps, x)
    y = np.random.default_rng(1).uniform(-1, 1, (50, 1, 4))
    assert_allclose(chain.decode(steps, state, y)[:, 0], x[:, 0], atol=1e-5)


@pytest.mark.parametrize("kind", ["feature_min_max", "global_min_max", "global_max_abs"])
def test_inverse_takes_the_training_set_and_not_what_it_is_given(kind):
    """NoiseGAN's inverse used the generated range, so that amplitude was never restored (C1)."""
    steps = scale(kind=kind)
    state = chain.fit(steps, np.random.default_rng(0).uniform(-30, 30, (2000, 3)))
    half = chain.decode(steps, state, np.random.default_rng(1).uniform(-0.5, 0.5, (2000, 1, 3)))
    assert_allclose(np.abs(half).max(), 15, atol=0.3)


@pytest.mark.parametrize("kind", ["global_min_max", "global_max_abs"])
def test_range_is_that_of_the_tensor_that_is_scaled(kind):
    """NoiseGAN took the raw waveform's range for spectra, and one for all channels (C2)."""
    steps = (STFT(nperseg=16, hop=8), Scale(kind=kind))
    x = np.random.default_rng(0).uniform(99, 101, (50, 64))
    y = chain.encode(steps, chain.fit(steps, x), x)
    assert_allclose(np.abs(y).max(axis=(0, 2, 3)), 1, atol=1e-6)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"kind": "feature_standard", "deviations": 0}, "deviations must be above 0, got 0"),
        ({"deviations": 3}, "means nothing for kind: feature_min_max"),
        ({"kind": "feature_max_abs", "channels": "together"}, "choose a global kind"),
    ],
)
def test_bad_settings(settings, message):
    with pytest.raises(ValueError, match=message):
        Scale(**settings)


@pytest.mark.parametrize("kind", ["feature_min_max", "feature_standard", "global_min_max"])
@pytest.mark.parametrize("size", [3.0, 1e-42])
def test_values_that_a_constant_training_set_did_not_have(kind, size):
    """They are encoded as something finite that comes back, sub-normal sizes included."""
    train = np.full((20, 4), size)
    train[:, 1] *= np.linspace(0, 1, 20)
    steps = scale(kind=kind)
    state = chain.fit(steps, train)
    y = chain.encode(steps, state, 1.5 * train)
    assert np.isfinite(y).all()
    assert_allclose(chain.decode(steps, state, y), 1.5 * train, rtol=1e-4, atol=1e-4 * size)
