"""Data sets in HDF5 files."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rpgan.errors import UserError
from rpgan.sources.extras import library

CHUNK = 1 << 25  # bytes read at once


@contextlib.contextmanager
def opened(path: Path, *keys: str) -> Iterator[Any]:
    """The data set of the first of `keys` that the file has, to be sliced within the block."""
    h5py = library("h5py")
    if not path.is_file():
        raise UserError(f"{path}: no such file")
    try:
        with h5py.File(path, "r") as f:
            yield _found(path, f, keys)
    except (OSError, RuntimeError) as error:  # h5py's own for a damaged group is the second
        raise UserError(f"{path}: not a whole HDF5 file ({error}); get it anew") from None


def blocks(data: Any) -> list[slice]:
    """Slices of rows that hold `CHUNK` bytes each, or one row if that is more."""
    row_bytes = data.dtype.itemsize * int(np.prod(data.shape[1:]))
    rows = max(1, CHUNK // max(1, row_bytes))
    return [slice(i, min(i + rows, len(data))) for i in range(0, len(data), rows)]


def take(data: Any, rows: NDArray[np.int64]) -> Iterator[tuple[NDArray[np.int64], NDArray[Any]]]:
    """`data[rows]` a block at a time: places in `rows`, and the rows that belong there.

    In the order of the file: HDF5 reads a slice fast and a list of rows very slowly.
    """
    order = np.argsort(rows, kind="stable")
    ordered = rows[order]
    for block in blocks(data):
        first, last = np.searchsorted(ordered, [block.start, block.stop])
        if first < last:
            yield order[first:last], data[block][ordered[first:last] - block.start]


def _found(path: Path, f: Any, keys: tuple[str, ...]) -> Any:
    h5py = library("h5py")
    for key in keys:
        if isinstance(found := f.get(key), h5py.Dataset):
            return found
    there = ", ".join(f"{name} (no data set)" if name in keys else name for name in sorted(f))
    wanted = " or ".join(keys)
    raise UserError(f"{path}: wanted the data set {wanted}, found {there or 'nothing'}")
