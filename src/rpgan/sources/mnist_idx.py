"""The MNIST digits, and what is published in their format."""

from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from rpgan.errors import UserError
from rpgan.sources import idx, lengths, parts, pixels
from rpgan.sources.extras import library
from rpgan.sources.recorded import Recorded
from rpgan.spec import spec

ADDRESS = "https://ossci-datasets.s3.amazonaws.com/mnist/"
MD5 = {
    "train-images-idx3-ubyte": "f68b3c2dcbeaaa9fbdd348bbdeb94873",
    "train-labels-idx1-ubyte": "d53e105ee54ea40749a09fcbcd1e9432",
    "t10k-images-idx3-ubyte": "9fb629c4189551a2d022fa330f9573f3",
    "t10k-labels-idx1-ubyte": "ec29112dd5afa0611ce80d1b7f02629c",
}  # of the files with .gz
PREFIX = {"train": "train", "test": "t10k"}
SIDE = 28  # pixels of the published images


@spec
class MNISTIDX:
    """Images of handwritten digits, levels 0..255 as (level / 255 - 1/2) / (1/2), and their labels.

    The published training and test files are the two parts. Column ``label`` is the digit,
    ``index`` the row in the published file.

    Parameters
    ----------
    path : str
        Folder of the four IDX files, each with or without .gz.
    digits : tuple of int, optional
        Only these labels.
    size : int, optional
        Resize the 28 x 28 pixels to so many, by Lanczos's kernel and rounded to levels [1]_.
    rows_as_time : bool
        Make each image a series of `size` channels, its columns, with a sample for each row [1]_.

    References
    ----------
    .. [1] Esteban, Hyland, Rätsch. "Real-valued (medical) time series generation with recurrent
       conditional GANs." arXiv:1706.02633 (2017).
    """

    bounded: ClassVar[bool] = True  # all values lie in [-1, 1]
    tells: ClassVar[tuple[str, ...]] = ("label", "index")

    path: str
    digits: tuple[int, ...] | None = None
    size: int | None = None
    rows_as_time: bool = False
    name: Literal["mnist_idx"] = "mnist_idx"

    def __post_init__(self) -> None:
        if self.size is not None and self.size < 1:
            raise ValueError(f"size must be at least 1, got {self.size}")
        if self.digits is not None and not (
            self.digits and all(0 <= digit <= 255 for digit in self.digits)
        ):
            raise ValueError(f"digits must be labels in 0..255, got {list(self.digits)}")

    def files(self) -> list[Path]:
        """The four files, sorted. Raises UserError if one is missing."""
        return sorted(self._file(stem) for stem in MD5)

    def shape(self, length: int | None) -> tuple[int, ...]:
        """(1, size, size), or (size, size) for `rows_as_time`; there is no length."""
        size = self.size or SIDE
        return lengths.not_wanted(length, (size, size) if self.rows_as_time else (1, size, size))

    def read(self, part: str, n: int, length: int | None, rng: np.random.Generator) -> Recorded:
        """`n` images of `part` in random order; see `rpgan.sources`."""
        parts.require_part(part)
        shape = self.shape(length)
        images, labels = self._published(PREFIX[part])
        wanted = np.isin(labels, self.digits) if self.digits else np.ones(len(labels), bool)
        rows = np.flatnonzero(wanted)
        more = " or add digits" if self.digits else ""
        index = rows[parts.choose(len(rows), n, part, rng, self.path, "images", more)]
        levels = self._fitted(images[index])
        levels = levels.swapaxes(1, 2) if self.rows_as_time else levels
        beside = {"label": labels[index].astype(np.int64), "index": index}
        return Recorded(pixels.scaled(levels).reshape(n, *shape), beside)

    def _published(self, prefix: str) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """Images (n, rows, columns) and labels (n,)."""
        image_file = self._file(f"{prefix}-images-idx3-ubyte")
        label_file = self._file(f"{prefix}-labels-idx1-ubyte")
        images, labels = idx.read(image_file, 3), idx.read(label_file, 1)
        if len(images) != len(labels):
            raise UserError(
                f"{label_file}: holds {len(labels)} labels, but {image_file.name} holds"
                f" {len(images)} images; get both anew"
            )
        if images.shape[1:] != (SIDE, SIDE):
            raise UserError(
                f"{image_file}: wanted images of {SIDE} x {SIDE} pixels, found"
                f" {images.shape[1]} x {images.shape[2]}; use image_folder for others"
            )
        return images, labels

    def _fitted(self, images: NDArray[np.uint8]) -> NDArray[np.uint8]:
        if self.size in (None, SIDE):
            return images
        image_of = library("PIL.Image")
        return np.stack([pixels.resized(image_of.fromarray(i), self.size) for i in images])

    def _file(self, stem: str) -> Path:
        for name in (stem, f"{stem}.gz"):
            if (path := Path(self.path, name)).is_file():
                return path
        raise UserError(
            f"{Path(self.path, stem)}: no such file, nor with .gz (md5 {MD5[stem]}); wanted"
            f" {', '.join(MD5)} in {self.path}, each with or without .gz, from {ADDRESS}"
        )
