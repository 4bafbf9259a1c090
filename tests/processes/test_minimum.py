"""Minima between nodes."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from rpgan.processes import FGN
from rpgan.processes.minimum import minimum

NODES = np.linspace(-1, 1, 41)


def test_minima_of_skewed_valleys():
    """exp(s) - s with s = x - minimum has a third derivative as large as its second."""
    truth = np.linspace(-0.9, 0.9, 101)
    s = NODES - truth[:, None]
    assert_allclose(minimum(np.exp(s) - s, NODES, (-5, 5)), truth, atol=2e-6)


def test_minima_between_the_outer_nodes():
    """Where only three nodes surround them: exact for a parabola, not drawn to a node."""
    truth = np.array([-0.97, -0.951, -0.94, 0.931, 0.95, 0.974])
    assert_allclose(minimum((NODES - truth[:, None]) ** 2, NODES, (-5, 5)), truth, atol=1e-12)


def test_the_ends_stand_for_the_closure():
    assert_allclose(minimum(np.array([NODES, -NODES]), NODES, (-5, 5)), [-5, 5])


@pytest.mark.parametrize(("first", "edge"), [(1, 1.0), (-1, 0.0)])
def test_hurst_at_the_edges(first, edge):
    """A slow wave is smoother, and an alternation rougher, than any FGN."""
    t = np.arange(512)
    wave = np.cos(0.01 * t) * np.where(t % 2 == 0, 1.0, first)
    assert FGN(hurst=0.5).estimate(wave[None])["hurst"] == edge
