"""Images in a grid, each pixel as a square of pixels of one colour."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rpgan.errors import UserError
from rpgan.files import replacing

Pixels = NDArray[np.uint8]

WIDE = 512  # pixels, about, of one grid
GAP, APART, HEAD = 2, 12, 16  # pixels between images and grids, and above for a title
SUFFIXES = (".png", ".webp", ".bmp")  # that keep every pixel


def save(grids: dict[str, NDArray[np.floating[Any]]], path: Path, upwards: bool = False) -> None:
    """Write grids of images (n, channels, height, width) beside each other, by title.

    One channel is drawn in grey and three in colour; of others, each is an image of its own, below
    the one before. Black and white are the least and largest value of the first grid. `upwards`:
    the first row of an image is its lowest.
    """
    from PIL import Image, ImageDraw

    if path.suffix.lower() not in SUFFIXES:
        raise UserError(
            f"{path}: pictures of images are written as {', '.join(SUFFIXES)}, not as"
            f" {path.suffix!r}"
        )
    first = next(iter(grids.values()))
    low, high = float(first.min()), float(first.max())
    made = [grid(colours(images, low, high, upwards)) for images in grids.values()]
    height = HEAD + max(len(block) for block in made)
    width = sum(block.shape[1] + APART for block in made) - APART
    picture = Image.new("RGB", (width, height), "white")
    left = 0
    for title, block in zip(grids, made, strict=True):
        ImageDraw.Draw(picture).text((left + GAP, GAP), title, fill="black")
        picture.paste(Image.fromarray(block), (left, HEAD))
        left += block.shape[1] + APART
    with replacing(path) as temporary:
        picture.save(temporary, format=path.suffix[1:], lossless=True)


def colours(
    images: NDArray[np.floating[Any]], low: float, high: float, upwards: bool = False
) -> Pixels:
    """Levels (n, height, width, 3) of images (n, channels, ...): 0 at `low` and 255 at `high`."""
    shade = np.clip((images.astype(np.float64) - low) / ((high - low) or 1.0), 0, 1)
    levels = np.round(255 * shade).astype(np.uint8)
    if upwards:
        levels = levels[:, :, ::-1]
    n, channels, _, width = levels.shape
    if channels != 3:
        levels = levels.reshape(n, 1, -1, width)
    return np.broadcast_to(levels.transpose(0, 2, 3, 1), (n, *levels.shape[2:], 3))


def grid(images: Pixels) -> Pixels:
    """Images (n, height, width, 3) in a square, row by row, enlarged as far as it is `WIDE`."""
    n, height, width, _ = images.shape
    columns = int(np.ceil(np.sqrt(n)))
    rows, times = -(-n // columns), max(1, WIDE // (columns * width))
    enlarged = images.repeat(times, axis=1).repeat(times, axis=2)
    tall, wide = height * times + GAP, width * times + GAP
    made = np.full((rows * tall + GAP, columns * wide + GAP, 3), 255, np.uint8)
    for i, image in enumerate(enlarged):
        top, left = GAP + i // columns * tall, GAP + i % columns * wide
        made[top : top + height * times, left : left + width * times] = image
    return made
