"""PyTorch's tensors are those of NumPy, in every step."""

from typing import Any

import numpy as np
import pytest
import scipy.special
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from test_chain import ENDLESS, EXACT, PAIRED, by_name, training

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
    chain,
    marginal,
)
from rpgan.stages import at_load

WITH_TAILS = ("gaussianise", "quantile", "quantile_by_feature")  # they look at values
CPU = torch.device("cpu")
DEVICES = [
    "cpu",
    pytest.param("cuda", marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")),
]
EPSILON = float(np.finfo(np.float32).eps)


def require_equal(steps, train, other, device=CPU):
    """To two units in the last place of the largest number of float32.

    Both sides compute in double precision and round once. What jumps, the phase of a negative
    number and the quantile map at an atom, is not drawn here at values that are rounding errors.
    """
    state = chain.fit(steps, train)
    want = chain.encode(steps, state, other)
    got = at_load.encode(steps, state, other, device)
    assert got.device.type == device.type
    assert got.dtype == torch.float32
    assert_allclose(got.cpu().numpy(), want, rtol=0, atol=2 * EPSILON * np.abs(want).max())


@pytest.mark.parametrize("device", DEVICES)
@by_name(EXACT | PAIRED | ENDLESS)
def test_every_chain(steps, device, monkeypatch):
    """Series beyond the fitted ones among them, in chunks of 37 that leave a rest."""
    for module, size in ((at_load, "CHUNK"), (chain, "BLOCK")):
        monkeypatch.setattr(module, size, 37 * 2 * 20)
    other = 3 * training(2, n=100, seed=1)
    require_equal(steps, training(2), other, torch.device(device))


@by_name({n: s for n, s in (EXACT | PAIRED | ENDLESS).items() if n not in WITH_TAILS})
def test_constants_are_on_the_device_too(steps):
    """PyTorch's device without memory refuses whatever is elsewhere, as a GPU would."""
    x = training(2)
    got = at_load.encode(steps, chain.fit(steps, x), x, torch.device("meta"))
    assert got.device.type == "meta"
    assert got.shape == (len(x), *chain.shape(steps, x.shape[1:]))


windows = st.sampled_from(["hann", "hamming", ("gaussian", 2.5)])
boundaries = st.sampled_from(["even", "odd", "constant", "zeros"])
compressions = st.sampled_from(["log", "log1p", "linear"])
kinds = st.tuples(
    st.sampled_from(["feature", "frequency", "global"]),
    st.sampled_from(["min_max", "max_abs", "standard"]),
).map("_".join)
pads = st.builds(
    Pad,
    length=st.none() | st.integers(20, 39),
    mode=st.sampled_from(["zero", "wrap", "reflect"]),
    side=st.sampled_from(["front", "both"]),
)
maps = st.one_of(
    st.builds(Increments),
    st.builds(Asinh),
    st.builds(SoftLog),
    st.builds(Gaussianise, n_quantiles=st.integers(2, 60)),
)
spectra = st.builds(
    STFT,
    nperseg=st.integers(5, 12),
    hop=st.integers(1, 2),
    window=windows,
    boundary=boundaries,
    scaling=st.sampled_from(["spectrum", "psd", "none"]),
    sides=st.just("two"),
    shift=st.booleans(),
) | st.builds(
    STFT, nperseg=st.integers(5, 12), hop=st.integers(1, 2), window=windows, boundary=boundaries
)
polar = st.builds(
    Polar,
    magnitude=st.sampled_from(["log", "linear"]),
    phase=st.sampled_from(["instantaneous_frequency", "group_delay", "iq"]),
    floor=st.sampled_from([1e-8, 1e-2]),
)
spectrograms = st.builds(
    Spectrogram,
    nperseg=st.integers(5, 12),
    hop=st.integers(1, 2),
    boundary=boundaries,
    magnitude=compressions,
    floor=st.sampled_from([1e-6, 1e-2]),
    bins=st.none() | st.integers(2, 3),
)
scales = st.builds(Scale, kind=kinds, clip=st.booleans())
quantiles = st.builds(
    Quantile,
    by=st.sampled_from(["channel", "feature"]),
    tails=st.sampled_from(["extend", "clip"]),
    n_quantiles=st.integers(2, 60),
    tail=st.sampled_from([0.01, 0.2]),
)
rest = st.one_of(
    st.tuples(quantiles),
    st.tuples(pads, quantiles),
    st.tuples(pads, spectrograms, scales),
    st.tuples(pads, spectra, scales),
    st.tuples(spectra, polar, scales),
)


@settings(deadline=None, max_examples=60)
@given(maps, rest, st.integers(0, 2**16))
def test_random_settings(first, then, seed):
    steps: tuple[Step, ...] = (first, *then)
    train, other = training(2, n=40, seed=seed), training(2, n=15, seed=seed + 1)
    require_equal(steps, train, other)


@given(st.floats(-600, -0.7) | st.floats(-1e38, -0.7))
def test_score_of_a_logarithm_of_probability(log_p):
    """Against SciPy's, to a relative error of 1e-8, absolutely 1e-12 beside its zero at 1/2."""
    got = marginal._scores(torch.zeros(1))[1](torch.tensor([log_p], dtype=torch.float64))
    assert_allclose(got.numpy(), scipy.special.ndtri_exp(log_p), rtol=1e-8, atol=1e-12)


def test_ties_and_values_beyond_the_quantiles():
    """The middle of equal quantiles, by bisection and by PyTorch's search."""
    quantiles = np.tile([0.0, 1, 1, 1, 2, 4], (20, 1))
    x = np.tile([-1.0, 0, 0.5, 1, 1.5, 3, 4, 9], (20, 1))
    levels = np.linspace(0, 1, 6)
    want = [0, 0, 0.1, 0.4, 0.7, 0.9, 1, 1]
    assert_allclose(marginal._levels(x, quantiles, levels), np.tile(want, (20, 1)), atol=1e-15)
    tensors: list[Any] = [torch.from_numpy(a) for a in (x, quantiles, levels)]
    assert_allclose(marginal._levels(*tensors), np.tile(want, (20, 1)), atol=1e-15)


def test_what_cannot_be_encoded_is_refused_before_anything_is_moved():
    state = chain.fit((Scale(),), training())
    wrong = training()
    wrong[3, 0, 5] = np.nan
    with pytest.raises(UserError, match="1 of 150 hold NaN or infinity"):
        at_load.encode((Scale(),), state, wrong, CPU)
    with pytest.raises(UserError, match="fitted on items of shape"):
        at_load.encode((Scale(),), state, training(length=21), CPU)
