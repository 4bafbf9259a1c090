import json
from typing import Annotated, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.testing import assert_allclose
from pydantic import Field, TypeAdapter

import rpgan.series
from rpgan.errors import UserError
from rpgan.representations import (
    STFT,
    Asinh,
    Gaussianise,
    Increments,
    Pad,
    Polar,
    Quantile,
    Scale,
    SoftLog,
    Spectrogram,
    Step,
    blocks,
    chain,
)
from rpgan.spec import as_json, plain

WAVEFORM = (Pad(), Scale())
SPECTRUM = (Pad(), STFT(nperseg=8, hop=4), Scale())
EPSILON = float(np.finfo(np.float32).eps)

STFT_8 = STFT(nperseg=8, hop=3, window="hamming", boundary="odd", scaling="psd")
TWO_SIDED = STFT(nperseg=7, hop=3, sides="two", shift=True)
EXACT = {
    "waveform": WAVEFORM,
    "spectrum": SPECTRUM,
    "wrapped": (Pad(mode="wrap", side="front"), Scale(kind="global_max_abs")),
    "increments": (Increments(), Scale(kind="feature_max_abs")),
    "asinh": (Asinh(), Scale(kind="global_standard", deviations=3)),
    "soft_log": (SoftLog(), Scale(kind="feature_standard")),
    "gaussianise": (Gaussianise(), Scale(kind="none")),
    "quantile": (Quantile(),),
    "quantile_by_feature": (Pad(), STFT_8, Quantile(by="feature", n_quantiles=50, tail=0.1)),
    "frequency": (STFT_8, Polar(), Scale(kind="frequency_standard")),
    "delay": (STFT_8, Polar(magnitude="linear", phase="group_delay"), Scale()),
    "angle": (STFT_8, Polar(phase="iq"), Scale(kind="global_min_max")),
    "no_step": (),
}
PAIRED = {
    "two_sided": (TWO_SIDED, Scale(kind="global_min_max", channels="together")),
    "two_sided_polar": (Pad(), TWO_SIDED, Polar(phase="group_delay"), Scale()),
}
ENDLESS = {
    "magnitude": (Spectrogram(nperseg=8, hop=2), Scale()),
    "clipped": (Quantile(tails="clip"),),
}


def training(channels=1, length=20, n=150, seed=0):
    return np.random.default_rng(seed).standard_t(3, (n, channels, length)).astype(np.float32)


def by_name(chains):
    return pytest.mark.parametrize("steps", chains.values(), ids=chains)


# Round trips

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
    want = other.astype(float)  # a tolerance in single precision would be rounded to zero
    size = np.abs(train.astype(float)).max() + np.abs(want).max()
    assert_allclose(chain.decode(steps, state, y), want, atol=16 * EPSILON * size)


@by_name(EXACT)
@given(train=series, other=series)
def test_round_trip_in_double_precision(steps, train, other):
    """Whatever the training set was. 1e-44 is less than single precision can hold."""
    states = chain.fit(steps, train)
    want = other.astype(float)
    x: Any = want[:, np.newaxis]
    for step, state in zip(steps, states, strict=True):
        x = step.encode(x, state)
    assert np.isfinite(x).all()
    for step, state in zip(reversed(steps), reversed(states), strict=True):
        x = step.decode(x, state)
    size = np.abs(train.astype(float)).max() + np.abs(want).max()
    floor = any(isinstance(step, Polar) for step in steps)  # 1e-8 of the largest magnitude
    assert_allclose(x[:, 0], want, atol=(1e-7 if floor else 1e-9) * size + 1e-44)


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("length", [16, 21])
@by_name(EXACT | PAIRED)
def test_round_trip_to_float_precision(steps, length, channels):
    if channels == 1 and any(steps == pair for pair in PAIRED.values()):
        pytest.skip("real series have no two-sided spectrum here")
    state = chain.fit(steps, training(channels, length))
    other = training(channels, length, n=40, seed=1)
    y = chain.encode(steps, state, other)
    assert y.dtype == np.float32
    assert y.shape[1:] == chain.shape(steps, (channels, length))
    back = chain.decode(steps, state, y)
    assert back.shape == ((40, length) if channels == 1 else (40, channels, length))
    assert_allclose(back.reshape(other.shape), other, atol=3e-5 * np.abs(other).max())
    assert chain.exact(steps)


def test_two_channels_are_two_channels():
    """What one holds does not reach the other."""
    train, other = training(2), training(2, n=20, seed=1)
    more = other.copy()
    more[:, 1] *= 5
    for steps in EXACT.values():
        if steps and getattr(steps[-1], "channels", "each") == "together":
            continue
        state = chain.fit(steps, train)
        y = chain.encode(steps, state, other)
        half = y.shape[1] // 2
        y[:, half:] = chain.encode(steps, state, more)[:, half:]
        back = chain.decode(steps, state, y)
        assert_allclose(back, more, atol=1e-4 * np.abs(more).max())


def test_images_pass_steps_that_know_no_time():
    x = np.random.default_rng(0).uniform(0, 255, (30, 3, 4, 5))
    for steps in [(Scale(),), (Quantile(by="feature"),), (Asinh(), Scale(kind="global_min_max"))]:
        state = chain.fit(steps, x)
        back = chain.decode(steps, state, chain.encode(steps, state, x))
        assert_allclose(back, x, atol=1e-3)


# Limits of the tensor


@given(train=series)
def test_training_set_lies_in_the_range_of_tanh(train):
    for steps in (WAVEFORM, SPECTRUM):
        y = chain.encode(steps, chain.fit(steps, train), train)
        assert np.abs(y).max() <= 1 + 1e-5


@by_name(EXACT | ENDLESS)
def test_bounded_chains_are_bounded(steps):
    x = training()
    y = chain.encode(steps, chain.fit(steps, x), x)
    assert chain.bounded(steps) == (np.abs(y).max() <= 1 + 1e-6)


@pytest.mark.parametrize(
    ("steps", "bounded"),
    [
        ((Scale(), Pad()), True),
        ((Scale(), Scale(kind="none")), True),
        ((Scale(kind="none"),), False),
        ((Scale(kind="feature_standard", clip=True),), True),
        ((Scale(), STFT_8), False),
        ((Scale(), Increments()), False),
        ((Quantile(), Polar()), False),
        ((Scale(), Spectrogram(nperseg=8, hop=2)), False),
        ((Scale(), Asinh()), False),
        ((Scale(), SoftLog()), False),
    ],
)
def test_what_keeps_and_what_breaks_the_bound(steps, bounded):
    assert chain.bounded(steps) is bounded


def test_what_is_not_exact():
    assert not chain.exact((Spectrogram(nperseg=8, hop=2), Scale()))
    assert not chain.exact((Quantile(tails="clip"),))
    assert not chain.exact((STFT_8, Polar(floor=1e-3)))
    assert not chain.exact((Scale(kind="global_standard", clip=True),))


# Blocks, threads, files


@by_name(EXACT)
def test_threads_change_nothing(steps, monkeypatch):
    x, other = training(n=9000), training(n=5000, seed=1)
    results = []
    for threads in ("1", "3"):
        monkeypatch.setenv("OMP_NUM_THREADS", threads)
        assert blocks.threads() == int(threads)
        state = chain.fit(steps, x)
        y = chain.encode(steps, state, other)
        results.append([y, chain.decode(steps, state, y), *(a for s in state for a in s.values())])
    for one, three in zip(*results, strict=True):
        assert np.array_equal(one, three)


@by_name(EXACT)
def test_blocks_change_nothing(steps, monkeypatch):
    """But for the last bits of mean and deviation, which are merged block by block."""
    x = training(n=60)
    whole = chain.encode(steps, chain.fit(steps, x), x)
    monkeypatch.setattr(chain, "BLOCK", 7 * 20)
    state = chain.fit(steps, x)
    merged = any("standard" in getattr(step, "kind", "") for step in steps)
    assert_allclose(chain.encode(steps, state, x), whole, rtol=1e-6 * merged, atol=1e-6 * merged)


def test_what_a_thread_raises_is_raised(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "2")

    def fail(block):
        raise ValueError(f"at {block.start}")

    with pytest.raises(ValueError, match="at 0"):
        list(blocks.by_block(fail, 100, 10))


def test_threads_keep_the_settings_of_numpy_of_who_asks(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    with np.errstate(divide="ignore"):
        assert np.isinf(list(blocks.by_block(lambda b: np.ones(1) / (0 * b.start), 20, 10))).all()


@by_name(EXACT | PAIRED | ENDLESS)
def test_fitted_state_survives_a_file(steps, tmp_path):
    x = training(2)
    state = chain.fit(steps, x)
    y = chain.encode(steps, state, x)
    rpgan.series.write(tmp_path / "set.arrow", y, {}, state)
    back = rpgan.series.read_state(tmp_path / "set.arrow")
    assert np.array_equal(chain.encode(steps, back, x), y)
    assert np.array_equal(chain.decode(steps, back, y), chain.decode(steps, state, y))


@by_name(EXACT | PAIRED | ENDLESS)
def test_steps_survive_json(steps):
    adapter = TypeAdapter(tuple[Annotated[Step, Field(discriminator="name")], ...])
    back = adapter.validate_python(json.loads(as_json(steps)))
    assert back == steps
    assert plain(back) == plain(steps)


def test_a_window_with_a_parameter_comes_from_a_list():
    adapter = TypeAdapter(STFT)
    stft = adapter.validate_python({"nperseg": 8, "hop": 2, "window": ["gaussian", 2]})
    assert stft == STFT(nperseg=8, hop=2, window=("gaussian", 2.0))


# Bad input


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_series_that_are_not_finite(bad):
    x = np.zeros((400, 16))
    x[200:202, 5] = bad
    with pytest.raises(UserError, match=r"2 of 400 hold NaN or infinity .* number 200"):
        chain.fit(WAVEFORM, x)
    state = chain.fit(WAVEFORM, np.zeros((4, 16)))
    with pytest.raises(UserError, match="number 200"):
        chain.encode(WAVEFORM, state, x)


@pytest.mark.parametrize("shape", [(0, 16), (16,)])
def test_no_series(shape):
    with pytest.raises(UserError, match="wanted one series or more"):
        chain.fit(WAVEFORM, np.zeros(shape))


def test_fitted_state_of_another_shape():
    state = chain.fit(WAVEFORM, np.ones((4, 16)))
    with pytest.raises(
        UserError, match=r"pad was fitted on items of shape \(1, 16\), got \(1, 15\)"
    ):
        chain.encode(WAVEFORM, state, np.ones((4, 15)))
    with pytest.raises(UserError, match=r"got \(2, 16\)"):
        chain.encode(WAVEFORM, state, np.ones((4, 2, 16)))
    with pytest.raises(UserError, match=r"wanted tensors of shape \(1, 16\).* got \(1, 8\)"):
        chain.decode(WAVEFORM, state, np.ones((4, 1, 8)))


def test_fitted_state_of_other_steps():
    state = chain.fit(WAVEFORM, np.ones((4, 16)))
    with pytest.raises(UserError, match="states of 3 steps, got 2"):
        chain.encode(SPECTRUM, state, np.ones((4, 16)))
    spectrum = chain.fit(SPECTRUM, np.ones((4, 16)))
    with pytest.raises(
        UserError, match=r"scale was fitted on items of shape \(2, 5, 5\), got \(1, 16\)"
    ):
        chain.encode(WAVEFORM[:1] + SPECTRUM[2:], spectrum[1:], np.ones((4, 16)))
    with pytest.raises(UserError, match=r"pad was fitted on items of shape None"):
        chain.decode(WAVEFORM, [{}, {}], np.ones((4, 1, 16)))


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        ((STFT_8, Pad()), r"pad takes series of shape \(channels, length\), got \(2, 5, 8\)"),
        ((STFT_8, STFT_8), "stft takes series"),
        ((STFT_8, Increments()), "increments takes series"),
        ((STFT_8, Spectrogram(nperseg=4, hop=2)), "spectrogram takes series"),
        ((Polar(),), r"polar takes items of shape \(channels, bins, frames\).*put an stft first"),
        ((Spectrogram(nperseg=4, hop=2), Polar()), "pairs of real and imaginary part, got 1"),
        ((TWO_SIDED,), "sides: two takes pairs of channels, in-phase and quadrature, got 1"),
    ],
)
def test_steps_that_do_not_follow_each_other(steps, message):
    """Before anything is computed: shapes are all that is needed."""
    with pytest.raises(ValueError, match=message):
        chain.shape(steps, (20,))
    with pytest.raises(ValueError, match=message):
        chain.fit(steps, training()[:, 0])
