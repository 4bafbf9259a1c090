"""Work on many series in blocks of fixed size, so that threads change the time and nothing else."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
T = TypeVar("T")

BLOCK = 64  # series; part of what a seed means, so changing it changes every sample
TILE = 2**17  # float64, 1 MB: what stays in a core's cache while it is worked on


def draw(
    fill: Callable[[Array, np.random.Generator], None],
    n: int,
    length: int,
    rng: np.random.Generator,
) -> Array:
    """Series of shape (n, length); `fill(rows, generator)` writes up to 64 of them in place.

    Block i gets the i-th generator spawned from `rng`, so the result depends neither on the number
    of threads nor on how many blocks follow.
    """
    if n < 0 or length < 1:
        raise ValueError(f"n must be at least 0 and length at least 1, got {n} and {length}")
    series = np.empty((n, length))
    rows = [series[start : start + BLOCK] for start in range(0, n, BLOCK)]
    in_threads(fill, rows, rng.spawn(len(rows)))
    return series


def estimate(
    estimate_block: Callable[[Array], dict[str, Array]], series: Array
) -> dict[str, Array]:
    """Apply an estimator of shape (m, length) -> {name: (m,)} to blocks of `series`.

    One block after another: estimators multiply matrices, which has threads of its own.
    """
    series = as_series(series)
    rows = [series[start : start + BLOCK] for start in range(0, len(series), BLOCK)]
    parts = [estimate_block(part) for part in rows or [series]]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def as_series(series: ArrayLike) -> Array:
    """`series` as float64, or ValueError unless its shape is (n, length)."""
    series = np.asarray(series, float)
    if series.ndim != 2 or series.shape[1] < 1:
        raise ValueError(f"series must have shape (n, length), got {series.shape}")
    return series


def in_threads(fill: Callable[[Array, T], None], rows: list[Array], generators: list[T]) -> None:
    """Call `fill` on each pair; NumPy's inner loops let go of the interpreter's lock."""
    with ThreadPoolExecutor(threads()) as pool:
        for _ in pool.map(fill, rows, generators):  # raises what `fill` raised
            pass


def threads() -> int:
    """What OMP_NUM_THREADS grants, else the CPUs this process may run on."""
    granted = os.environ.get("OMP_NUM_THREADS", "").split(",")[0]
    if granted.isdecimal() and int(granted) > 0:
        return int(granted)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def keep_pages() -> None:
    """Let the process keep the memory of freed arrays for its next block of series.

    glibc gives back what is free beyond twice the largest array of up to 32 MB that was freed
    before: see mallopt(3) on M_MMAP_THRESHOLD. To fault the same pages in again for every tile
    takes as long as the arithmetic, and threads wait for each other. This array is never written
    to, so it takes no memory itself.
    """
    np.empty(2**22, np.uint8)


keep_pages()


def tiles(rows: int, width: int) -> Iterator[slice]:
    """Slices over `rows` rows of `width` float64 each that fit a core's cache."""
    step = max(1, TILE // width)
    return (slice(start, start + step) for start in range(0, rows, step))
