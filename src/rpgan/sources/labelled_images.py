"""Images, each with a map that says which class every pixel belongs to."""

from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from rpgan.errors import UserError
from rpgan.sources import lengths, listing, parts, pixels
from rpgan.sources.extras import library
from rpgan.sources.gather import Advice, Recordings, gather
from rpgan.sources.image_folder import ImageFolder
from rpgan.sources.recorded import Recorded
from rpgan.spec import spec

NUMBERS = ("L", "P", "1")  # modes whose pixels are numbers of classes: grey levels, palette, bits


@spec
class LabelledImages:
    """Square images in the folder ``images``, and their label maps of equal names in ``maps``.

    The maps are .png files, grey or with a palette, whose levels are numbers of classes, 0 to
    `classes` - 1. An item has the channels of the image, levels 0..255 as -1..1, and one more
    channel for each class, which is 1 where the map has it and 0 elsewhere.

    Parameters
    ----------
    path : str
        The folder of the two.
    size : int
        Pixels along a side.
    classes : int
        How many there are.
    colour, resize, extensions, test_share
        Those of `image_folder`. Maps are resized to the nearest pixel, which keeps their classes.
    """

    bounded: ClassVar[bool] = True  # all values lie in [-1, 1]
    tells: ClassVar[tuple[str, ...]] = ("recording",)

    path: str
    size: int
    classes: int
    colour: Literal["grey", "rgb"] = "grey"
    resize: bool = False
    extensions: tuple[str, ...] = (".png", ".jpg", ".jpeg", ".bmp")
    test_share: float = 0.2
    name: Literal["labelled_images"] = "labelled_images"

    def __post_init__(self) -> None:
        if not 2 <= self.classes <= 256:
            raise ValueError(f"classes must be 2 to 256, got {self.classes}")
        _ = self._images  # raises for what no folder of images takes

    def files(self) -> list[Path]:
        """All images and their maps, sorted. Raises UserError if there is none, or one alone."""
        images = self._images.files()
        return sorted([*images, *map(self._map_of, images)])

    def shape(self, length: int | None) -> tuple[int, ...]:
        """(1 or 3, and `classes` more, size, size); there is no length."""
        channels, *size = self._images.shape(length)
        return lengths.not_wanted(length, (channels + self.classes, *size))

    def read(self, part: str, n: int, length: int | None, rng: np.random.Generator) -> Recorded:
        """`n` images of `part` with their maps, in random order; see `rpgan.sources`."""
        parts.require_part(part)
        shape, files = self.shape(length), self._images.files()
        for path in files:
            self._map_of(path)
        recordings = Recordings(
            blocks=files,
            load=lambda path: [self._levels(path)],
            items=pixels.one_each,
            finish=self._finished,
            advice=Advice(self.path, "images", ", add images, or change test_share", "add images"),
        )
        series, recording, _ = gather(recordings, shape, part, n, self.test_share, rng)
        return Recorded(series, {"recording": recording})

    def label_maps(self, folder: Path) -> NDArray[np.uint8]:
        """Classes, (n, size, size), of all .png files under `folder`, sorted by path."""
        return np.concatenate(
            [self._numbers(path) for path in listing.files_under(folder, (".png",))]
        )

    @property
    def _images(self) -> ImageFolder:
        return ImageFolder(
            path=f"{self.path}/images",
            size=self.size,
            colour=self.colour,
            resize=self.resize,
            extensions=self.extensions,
            test_share=self.test_share,
        )

    def _map_of(self, image: Path) -> Path:
        folder = Path(self.path)
        found = folder / "maps" / image.relative_to(folder / "images").with_suffix(".png")
        if not found.is_file():
            raise UserError(f"{found}: no such file; wanted the label map of {image}")
        return found

    def _levels(self, image: Path) -> NDArray[np.uint8]:
        """Levels of the image, and below them the numbers of the map."""
        return np.concatenate([self._images.levels(image), self._numbers(self._map_of(image))])

    def _numbers(self, path: Path) -> NDArray[np.uint8]:
        """(1, size, size)."""
        image: Any = pixels.opened(path)
        if image.mode not in NUMBERS:
            raise UserError(
                f"{path}: wanted a label map, grey or with a palette, found mode {image.mode};"
                " save the numbers of its classes as 8 bits"
            )
        pixels.require_square(path, image, self.size, self.resize)
        if image.size != (self.size, self.size):
            nearest = library("PIL.Image").Resampling.NEAREST
            image = image.resize((self.size, self.size), nearest)
        numbers = np.asarray(image, np.uint8)
        if numbers.max() >= self.classes:
            raise UserError(
                f"{path}: wanted classes 0 to {self.classes - 1}, found {numbers.max()}; change"
                " classes, or the map"
            )
        return numbers[np.newaxis]

    def _finished(self, levels: NDArray[np.uint8]) -> NDArray[np.float32]:
        maps = levels[:, -1:] == np.arange(self.classes)[:, np.newaxis, np.newaxis]
        return np.concatenate([pixels.scaled(levels[:, :-1]), maps.astype(np.float32)], axis=1)
