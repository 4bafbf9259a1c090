"""Recorded data as sets of series or images: what is known only by its samples.

`files()` lists all that is read, sorted, or says where to get it. `shape(length)` is the shape of
an item, known before any file is read: (length,), (channels, length) or (channels, height, width).
So are the names in `tells`, of what may be known of each item.
`read(part, n, length, rng)` gives `n` items of the part "train" or "test", and what is known of
each, as `Recorded`. The same `rng`, seeded alike for both parts, makes them disjoint: where nothing
is published to be the test set, whole recordings (those of equal contents together) or the last
share of each belong to it. Items come in random order, none twice, so that the first of them are a
sample too. A source that has too few of them raises `UserError`.
"""

from rpgan.sources.image_folder import ImageFolder
from rpgan.sources.labelled_images import LabelledImages
from rpgan.sources.mnist_idx import MNISTIDX
from rpgan.sources.multiresolution_hdf5 import MultiresolutionHDF5
from rpgan.sources.noisegan_hdf5 import NoiseGANHDF5, read_generated
from rpgan.sources.recorded import Recorded
from rpgan.sources.table import Table
from rpgan.sources.wav_folder import WavFolder

Images = ImageFolder | LabelledImages | MNISTIDX | MultiresolutionHDF5
Source = WavFolder | Images | NoiseGANHDF5 | Table

__all__ = [
    "MNISTIDX",
    "ImageFolder",
    "LabelledImages",
    "MultiresolutionHDF5",
    "NoiseGANHDF5",
    "Recorded",
    "Source",
    "Table",
    "WavFolder",
    "read_generated",
]
