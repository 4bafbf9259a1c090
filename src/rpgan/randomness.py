"""Random numbers as a function of a seed and a purpose, never of time, threads or call order."""

from zlib import crc32

import numpy as np

Key = int | str


def sequence(seed: int, *purpose: Key) -> np.random.SeedSequence:
    """The seed sequence of one purpose, unrelated to that of any other.

    `purpose` is a path of words and counts, e.g. ``("train", "fgn_h0.2", "wavegan", 0)``.
    """
    words = [crc32(part.encode()) if isinstance(part, str) else part for part in purpose]
    return np.random.SeedSequence([seed, *words])


def generator(seed: int, *purpose: Key) -> np.random.Generator:
    """A NumPy generator for one purpose (SFC64: the fastest normal variates NumPy has)."""
    return np.random.Generator(np.random.SFC64(sequence(seed, *purpose)))


def integer(seed: int, *purpose: Key) -> int:
    """A 63-bit seed for one purpose, for libraries that take an integer."""
    return int(sequence(seed, *purpose).generate_state(1, np.uint64)[0] >> np.uint64(1))
