"""IDX files, the format of MNIST, plain or gzipped."""

import gzip
import math
import struct
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rpgan.errors import UserError

MAGIC = {1: 2049, 3: 2051}  # what unsigned bytes in so many dimensions begin with


def read(path: Path, dimensions: int) -> NDArray[np.uint8]:
    """The bytes of a file of `dimensions` dimensions, in its shape.

    Raises UserError if it is of another kind, or shorter or longer than its header says.
    """
    data = _bytes(path)
    header = struct.Struct(f">{1 + dimensions}I")
    magic, *shape = header.unpack_from(data.ljust(header.size, b"\0"))
    if magic != MAGIC[dimensions]:
        raise UserError(
            f"{path}: wanted an IDX file that begins with {MAGIC[dimensions]}, found {magic};"
            " have images and labels changed places?"
        )
    if len(data) != header.size + math.prod(shape):
        raise UserError(
            f"{path}: its header promises {' x '.join(map(str, shape))} bytes, but"
            f" {max(0, len(data) - header.size)} are there; get it anew"
        )
    return np.frombuffer(data, np.uint8, offset=header.size).reshape(shape)


def _bytes(path: Path) -> bytes:
    if path.suffix != ".gz":
        return path.read_bytes()
    try:
        return gzip.decompress(path.read_bytes())
    except (OSError, EOFError, zlib.error) as error:
        raise UserError(f"{path}: not a whole gzip file ({error}); get it anew") from None
