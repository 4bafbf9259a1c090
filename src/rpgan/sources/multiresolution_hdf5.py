"""Images of several resolutions in one HDF5 file, for progressive growing."""

from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np

from rpgan.errors import UserError
from rpgan.sources import hdf5, lengths, parts, pixels
from rpgan.sources.gather import Advice, Recordings, gather
from rpgan.sources.recorded import Recorded
from rpgan.spec import spec


@spec
class MultiresolutionHDF5:
    """One resolution of a file of pggan-pytorch's OldH5Dataset, levels 0..255 as -1..1.

    The file holds data sets ``data{r}x{r}`` for r = 1, 2, 4, ... of unsigned bytes, shape
    (n, channels, r, r).

    Parameters
    ----------
    path : str
        The file.
    resolution : int
        r, in pixels.
    channels : int
        Of the images in the file.
    test_share : float in (0, 1)
        Share of the images that are the test part; equal images belong to the same part. Images
        are split alike at all resolutions, as long as they differ there.
    """

    bounded: ClassVar[bool] = True  # all values lie in [-1, 1]
    tells: ClassVar[tuple[str, ...]] = ("index",)

    path: str
    resolution: int
    channels: int = 1
    test_share: float = 0.2
    name: Literal["multiresolution_hdf5"] = "multiresolution_hdf5"

    def __post_init__(self) -> None:
        parts.require_share(self.test_share)
        for name in ("resolution", "channels"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, got {getattr(self, name)}")

    def files(self) -> list[Path]:
        """The one file. Raises UserError if it is missing."""
        path = Path(self.path)
        if not path.is_file():
            raise UserError(f"{path}: no such file; wanted an HDF5 file with {self._key}")
        return [path]

    def shape(self, length: int | None) -> tuple[int, ...]:
        """(channels, resolution, resolution); there is no length."""
        return lengths.not_wanted(length, (self.channels, self.resolution, self.resolution))

    def read(self, part: str, n: int, length: int | None, rng: np.random.Generator) -> Recorded:
        """`n` images of `part` in random order; see `rpgan.sources`."""
        parts.require_part(part)
        shape = self.shape(length)
        (path,) = self.files()
        with hdf5.opened(path, self._key) as data:
            self._require_images(path, data, shape)
            recordings = Recordings(
                blocks=hdf5.blocks(data),
                load=lambda block: list(data[block]),
                items=pixels.one_each,
                finish=pixels.scaled,
                advice=Advice(path, "images", " or change test_share", "add images"),
            )
            series, index, _ = gather(recordings, shape, part, n, self.test_share, rng)
        return Recorded(series, {"index": index})

    @property
    def _key(self) -> str:
        return f"data{self.resolution}x{self.resolution}"

    def _require_images(self, path: Path, data: Any, shape: tuple[int, ...]) -> None:
        if data.dtype != np.uint8 or data.shape[1:] != shape:
            raise UserError(
                f"{path}: wanted {self._key} of uint8 and shape (n, {', '.join(map(str, shape))}),"
                f" found {data.dtype} and {data.shape}; are resolution and channels right?"
            )
