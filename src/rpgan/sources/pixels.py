"""Levels of grey or colour as numbers in [-1, 1]."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rpgan.errors import UserError
from rpgan.sources.extras import library


def scaled(levels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Levels 0..255 as level / 127.5 - 1, so that 0 is -1 and 255 is 1."""
    return levels.astype(np.float32) / np.float32(127.5) - 1


def one_each(recording: NDArray[Any]) -> NDArray[Any]:
    """A recording that is itself the only item: (1, ...)."""
    return recording[np.newaxis]


def opened(path: Path) -> Any:
    """A PIL image, whole in memory. Raises UserError for what is none."""
    image_of = library("PIL.Image")
    broken = (OSError, SyntaxError, ValueError, image_of.DecompressionBombError)
    try:
        with image_of.open(path) as image:
            image.load()
    except broken as error:
        raise UserError(
            f"{path}: cannot be read as an image ({error}); get it anew, or remove it"
        ) from None
    return image


def require_square(path: Path, image: Any, size: int, resize: bool) -> None:
    """Refuse an image that is not `size` x `size` pixels, nor to be made so."""
    if image.size == (size, size):
        return
    found = f"{path}: wanted {size} x {size} pixels, found {image.width} x {image.height}"
    if image.width != image.height:
        raise UserError(f"{found}; crop it to a square")
    if not resize:
        raise UserError(f"{found}; use resize: true, or another size")


def resized(image: Any, size: int) -> Any:
    """A PIL image of `size` x `size` pixels, by Lanczos's kernel."""
    return image.resize((size, size), library("PIL.Image").Resampling.LANCZOS)
