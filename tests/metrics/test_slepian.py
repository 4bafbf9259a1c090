import subprocess
import sys

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.signal.windows import dpss

from rpgan.metrics.slepian import slepian, within


@pytest.mark.parametrize("length", [9, 10, 64, 255, 256, 4095, 4096])
@pytest.mark.parametrize(("time_bandwidth", "tapers"), [(4.0, 7), (2.5, 4), (4.0, 1)])
def test_they_are_those_of_scipy_with_their_signs(length, time_bandwidth, tapers):
    windows, shares = dpss(length, time_bandwidth, tapers, return_ratios=True)
    found = slepian(length, time_bandwidth, tapers)
    assert_allclose(found[0], windows, atol=1e-12)
    assert_allclose(found[1], shares, atol=1e-13)


def test_they_are_orthonormal_and_the_best_there_are():
    windows, shares = slepian(128, 4.0, 7)
    assert_allclose(windows @ windows.T, np.eye(7), atol=1e-12)
    assert (np.diff(shares) < 0).all()
    assert shares[0] > 1 - 1e-9
    sine = np.sin(np.pi * (np.arange(128) + 0.5) / 128)
    assert within(sine[None] / np.linalg.norm(sine), 4 / 128)[0] < shares[0]


def test_shares_are_of_the_spectrum():
    """By the sum over 2^16 frequencies of the zero-padded transform."""
    windows, shares = slepian(100, 4.0, 7)
    energy = np.abs(np.fft.rfft(windows, 2**16)) ** 2
    energy[:, 1:-1] *= 2
    inside = np.arange(energy.shape[1]) / 2**16 <= 4 / 100
    assert_allclose(energy[:, inside].sum(axis=1) / energy.sum(axis=1), shares, atol=1e-4)


def test_they_cannot_be_written_to():
    windows, shares = slepian(64, 4.0, 7)
    for array in (windows, shares):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0
    assert_array_equal(slepian(64, 4.0, 7)[0], windows)


def test_scipy_signal_is_not_imported_for_them():
    code = (
        "import sys, numpy; from rpgan.metrics import multitaper;"
        "multitaper(numpy.eye(20)); assert 'scipy.signal' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
