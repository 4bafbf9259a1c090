"""Levels of grey or colour as numbers in [-1, 1]."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rpgan.sources.extras import library


def scaled(levels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Levels 0..255 as level / 127.5 - 1, so that 0 is -1 and 255 is 1."""
    return levels.astype(np.float32) / np.float32(127.5) - 1


def one_each(recording: NDArray[Any]) -> NDArray[Any]:
    """A recording that is itself the only item: (1, ...)."""
    return recording[np.newaxis]


def resized(image: Any, size: int) -> Any:
    """A PIL image of `size` x `size` pixels, by Lanczos's kernel."""
    return image.resize((size, size), library("PIL.Image").Resampling.LANCZOS)
