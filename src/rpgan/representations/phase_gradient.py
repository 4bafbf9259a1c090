"""Phases from magnitudes alone, by integrating the gradient that a Gaussian window implies."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rpgan.representations.stft import STFT
from rpgan.representations.windows import centre, gaussian_width, window

Array = NDArray[np.floating[Any]]
LEAST = 1e-10  # magnitude, relative to the largest, below which its logarithm is not followed


def phase_gradient(magnitude: Array, stft: STFT) -> Array:
    """Phases of magnitudes (..., frames, bins), after Prusa, Balazs and Sondergaard (2017).

    For a Gaussian window the phase's derivatives are those of the log-magnitude, turned by a
    right angle. They are integrated outwards from the largest magnitude, along large magnitudes
    first: over the maximum spanning tree of the grid of frames and bins, where an edge counts as
    much as the smaller of its ends (the larger one breaks ties). The heap of the paper grows such
    a tree point by point. Nothing is random: what lies at the floor is integrated like the rest.
    """
    flat = magnitude.reshape(-1, *magnitude.shape[-2:])
    return np.stack([_integrated(s, stft) for s in flat]).reshape(magnitude.shape)


def gradients(magnitude: Array, stft: STFT) -> tuple[Array, Array]:
    """Derivatives of the phase by frame and by bin, each of shape (frames, bins), in radians.

    With s = log magnitude, window exp(-pi t^2 / gamma), hop a and nperseg M they are
    2 pi m a / M + (a M / gamma) ds/dm at bin m and -(gamma / (a M)) ds/dn - 2 pi c / M, where c
    is the window's centre: frames count time from the window's start, as SciPy's do.
    """
    values = window(stft.window, stft.nperseg)
    gamma, area = gaussian_width(values), stft.hop * stft.nperseg
    least = max(LEAST * float(magnitude.max()), float(np.finfo(np.float32).tiny))
    by_frame, by_bin = np.gradient(np.log(np.maximum(magnitude, least)))
    rotation = 2 * np.pi * stft.hop / stft.nperseg * np.arange(magnitude.shape[1])
    return (
        rotation + area / gamma * by_bin,
        -gamma / area * by_frame - 2 * np.pi * centre(values) / stft.nperseg,
    )


def _integrated(magnitude: Array, stft: STFT) -> Array:
    from scipy.sparse.csgraph import breadth_first_order

    by_frame, by_bin = (gradient.ravel() for gradient in gradients(magnitude, stft))
    root = int(magnitude.argmax())
    _, parent = breadth_first_order(_tree(magnitude), root, directed=False)
    parent[root] = root
    move = np.arange(magnitude.size) - parent  # one bin on is 1, one frame on is `bins`
    across = np.abs(move) == 1
    slope = np.where(across, by_bin + by_bin[parent], by_frame + by_frame[parent])
    phase = np.sign(move) * slope / 2
    while (parent != root).any():  # sums along paths to the root, each time twice as long
        phase = phase + phase[parent]
        parent = parent[parent]
    return phase.reshape(magnitude.shape)


def _tree(magnitude: Array) -> Any:
    """Maximum spanning tree of the grid, as a sparse matrix."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import minimum_spanning_tree

    node = np.arange(magnitude.size).reshape(magnitude.shape)
    start = np.concatenate([node[:, :-1].ravel(), node[:-1].ravel()])
    end = np.concatenate([node[:, 1:].ravel(), node[1:].ravel()])
    ends = magnitude.ravel()[start], magnitude.ravel()[end]
    order = np.lexsort((np.maximum(*ends), np.minimum(*ends)))[::-1]
    cost = np.empty(len(order))
    cost[order] = np.arange(1, len(order) + 1)  # ranks: no two edges cost the same
    return minimum_spanning_tree(csr_array((cost, (start, end)), shape=2 * (magnitude.size,)))
