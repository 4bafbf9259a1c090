"""A size that heavy tails do not reach."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]
SMALLEST = float(np.finfo(np.float32).tiny)


def typical_size(blocks: Iterable[Array]) -> NDArray[np.float64]:
    """Median of |x| over each channel, leaving out zeros: shape (channels, 1, ...).

    1 for a channel that is zero throughout. The values go through single precision.
    """
    sizes = [np.abs(x).swapaxes(0, 1).astype(np.float32) for x in blocks]
    medians = [
        _median(np.concatenate([x[channel].ravel() for x in sizes]))
        for channel in range(len(sizes[0]))
    ]
    return np.reshape(medians, (-1, *[1] * (sizes[0].ndim - 2)))


def _median(sizes: NDArray[np.float32]) -> float:
    sizes = sizes[sizes > 0]
    return max(float(np.median(sizes, overwrite_input=True)), SMALLEST) if len(sizes) else 1.0
