import numpy as np
import pytest
from numpy.testing import assert_allclose

from rpgan.representations import Asinh, Increments, Scale, SoftLog, chain


def test_increments_are_summed_in_double_precision():
    """2^20 + 1/64 has more digits than single precision, in which the sum would stand still."""
    steps = (Increments(),)
    x = np.full((1, 30000), 1 / 64)
    x[0, 0] = 2.0**20
    state = chain.fit(steps, np.zeros((1, 30000)))
    back = chain.decode(steps, state, x[:, np.newaxis].astype(np.float32))
    assert (back == np.cumsum(x, axis=1)).all()


def test_increments_of_a_path():
    path = np.array([[5.0, 7.0, 4.0, 4.0]])
    steps = (Increments(),)
    assert chain.encode(steps, chain.fit(steps, path), path).tolist() == [[[5, 2, -3, 0]]]


def test_a_path_that_starts_at_zero_does_so_again():
    """The first increment is constant, whatever a network says of it."""
    steps = (Increments(), Scale())
    rng = np.random.default_rng(0)
    path = np.cumsum(rng.standard_normal((200, 64)), axis=1)
    path -= path[:, :1]
    y = rng.uniform(-1, 1, (50, 1, 64))
    assert_allclose(chain.decode(steps, chain.fit(steps, path), y)[:, 0], 0, atol=1e-5)


@pytest.mark.parametrize(
    ("step", "formula"),
    [
        (Asinh(), np.arcsinh),
        (SoftLog(), lambda r: np.sign(r) * np.log(1 + np.abs(r))),
    ],
)
def test_map_of_ratios_to_the_median_size(step, formula):
    """The median is that of the training set's channel: extremes do not move it."""
    rng = np.random.default_rng(0)
    train = rng.standard_cauchy((301, 2, 50)) * np.array([[1.0], [1000.0]])
    other = rng.standard_cauchy((20, 2, 50)) * 1e4
    size = np.median(np.abs(train.astype(np.float32)), axis=(0, 2))[:, np.newaxis]
    y = chain.encode((step,), chain.fit((step,), train), other)
    assert_allclose(y, formula(other / size), rtol=1e-6)


@pytest.mark.parametrize("step", [Asinh(), SoftLog()])
def test_zeros_do_not_make_the_size_zero(step):
    """Bernoulli-Gaussian series are mostly zero."""
    x = np.zeros((50, 20))
    assert chain.fit((step,), x)[0]["size"].item() == 1
    x[3, :5] = [1, -2, 3, -4, 50]
    assert chain.fit((step,), x)[0]["size"].item() == 3
    assert chain.fit((step,), np.full((4, 4), 1e-42))[0]["size"].item() > 1e-38
