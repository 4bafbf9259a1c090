"""A folder of images."""

from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from rpgan.errors import UserError
from rpgan.sources import lengths, listing, parts, pixels
from rpgan.sources.gather import Advice, Recordings, gather
from rpgan.sources.recorded import Recorded
from rpgan.spec import spec

MODES = {"grey": "L", "rgb": "RGB"}
DEEP = ("I", "F", "I;16", "I;16L", "I;16B", "I;16N")  # more than 8 bits: PIL would clip, not scale


@spec
class ImageFolder:
    """Square images in a folder and its subfolders, levels 0..255 as -1..1.

    Parameters
    ----------
    size : int
        Pixels along a side.
    colour : grey or rgb
        Grey is 0.299 R + 0.587 G + 0.114 B. Transparency is dropped.
    resize : bool
        Make square images of any size fit, by Lanczos's kernel; otherwise they are refused.
    extensions : suffixes in small letters
    test_share : float in (0, 1)
        Share of the images that are the test part; equal images belong to the same part.
    """

    bounded: ClassVar[bool] = True  # all values lie in [-1, 1]
    tells: ClassVar[tuple[str, ...]] = ("recording", "label")

    path: str
    size: int
    colour: Literal["grey", "rgb"] = "grey"
    resize: bool = False
    extensions: tuple[str, ...] = (".png", ".jpg", ".jpeg", ".bmp")
    test_share: float = 0.2
    name: Literal["image_folder"] = "image_folder"

    def __post_init__(self) -> None:
        listing.require_suffixes(self.extensions)
        parts.require_share(self.test_share)
        if self.size < 1:
            raise ValueError(f"size must be at least 1, got {self.size}")

    def files(self) -> list[Path]:
        """All images, sorted. Raises UserError if there is none."""
        return listing.files_under(Path(self.path), self.extensions)

    def classes(self) -> list[str]:
        """What the numbers in the column ``label`` mean: names of the subfolders."""
        return listing.classes(Path(self.path), self.files())

    def shape(self, length: int | None) -> tuple[int, ...]:
        """(1, size, size) or (3, size, size); there is no length."""
        channels = 1 if self.colour == "grey" else 3
        return lengths.not_wanted(length, (channels, self.size, self.size))

    def read(self, part: str, n: int, length: int | None, rng: np.random.Generator) -> Recorded:
        """`n` images of `part` in random order; see `rpgan.sources`."""
        parts.require_part(part)
        shape, files = self.shape(length), self.files()
        recordings = Recordings(
            blocks=files,
            load=lambda path: [self.levels(path)],
            items=pixels.one_each,
            finish=pixels.scaled,
            advice=Advice(self.path, "images", ", add images, or change test_share", "add images"),
        )
        series, recording, _ = gather(recordings, shape, part, n, self.test_share, rng)
        beside = {"recording": recording}
        label = listing.labels(Path(self.path), files)
        return Recorded(series, beside if label is None else beside | {"label": label[recording]})

    def levels(self, path: Path) -> NDArray[np.uint8]:
        """(channels, size, size)."""
        levels = np.asarray(self._fitted(path, pixels.opened(path)))
        return np.moveaxis(levels.reshape(self.size, self.size, -1), -1, 0)

    def _fitted(self, path: Path, image: Any) -> Any:
        if image.mode in DEEP:
            raise UserError(f"{path}: wanted 8 bits a channel, found mode {image.mode}; convert it")
        image = image.convert(MODES[self.colour])
        pixels.require_square(path, image, self.size, self.resize)
        done = image.size == (self.size, self.size)
        return image if done else pixels.resized(image, self.size)
