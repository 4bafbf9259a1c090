"""Dynamic time warping distances of many series."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rpgan.errors import UserError
from rpgan.metrics import dtw_numpy

Matrix = NDArray[Any]  # float32 or float64


def dtw(series: NDArray[Any], others: NDArray[Any], window: int) -> Matrix:
    """Dynamic time warping distance [1]_ of each of `series` from each of `others`.

    The root of the least sum of squared differences along a path through the matrix of samples
    that starts at both firsts, ends at both lasts and at each step moves on by one sample in the
    one, the other or both, where it may pair samples i and j only if |i - j| < `window`. As
    dtaidistance 2 has it; NoiseGAN divides by `window`. A window of 1 is the Euclidean distance.

    Compiled by numba where it is installed; without it the values are the same and take some
    100 times as long. If `others` is the very array `series`, each pair is computed once.

    Parameters
    ----------
    series : (n, length)
        Both of one length, and finite. The distances of float32 series are computed in float32,
        of others in float64.
    others : (m, length)
    window : int >= 1

    Returns
    -------
    (n, m)

    References
    ----------
    .. [1] Sakoe, Chiba. "Dynamic programming algorithm optimization for spoken word recognition."
       IEEE Trans. Acoustics, Speech, and Signal Processing 26 (1978), 43-49.
    """
    return distances(series, others, window, compiled())


def distances(
    series: NDArray[Any],
    others: NDArray[Any],
    window: int,
    numba: ModuleType | None,
    threads: int | None = None,
) -> Matrix:
    """`dtw` by the compiled kernel, or by NumPy without one."""
    one_set = others is series
    series, others = checked(series), checked(others)
    if series.shape[1] != others.shape[1]:
        raise UserError(
            f"both sets must hold series of one length, got {series.shape[1]} and "
            f"{others.shape[1]}: cut the longer ones"
        )
    if window < 1:
        raise UserError(f"window must be at least 1, got {window}")
    dtype = np.result_type(series, others)
    series, others = series.astype(dtype, copy=False), others.astype(dtype, copy=False)
    reach = min(window, series.shape[1]) - 1
    threads = threads or available_cpus()
    if numba is None:
        squares = by_numpy(series, others, reach, one_set, threads)
    else:
        squares = by_numba(numba, series, others, reach, one_set, threads)
    found = np.sqrt(squares, out=squares)
    return mirrored(found) if one_set else found


def checked(series: NDArray[Any]) -> Matrix:
    """`series` in single or double precision, if they are a matrix of finite numbers."""
    array = np.asarray(series)
    if array.ndim != 2 or array.shape[1] == 0:
        raise UserError(f"series must have shape (n, length), got {array.shape}: one per row")
    if not np.isfinite(array).all():
        raise UserError("finite samples are warped, but some are NaN or infinite: leave them out")
    return array if array.dtype in (np.float32, np.float64) else array.astype(np.float64)


def compiled() -> ModuleType | None:
    """The compiled kernel, or None where numba is missing or refuses this version of NumPy."""
    try:
        from rpgan.metrics import dtw_numba
    except ImportError as missing:
        if (missing.name or "").startswith("rpgan"):
            raise
        return None
    return dtw_numba


def available_cpus() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def by_numba(
    numba: ModuleType, series: Matrix, others: Matrix, reach: int, one_set: bool, threads: int
) -> Matrix:
    """Squared distances; of one set those above the diagonal, and what a vector holds besides."""
    n, m, lanes = len(series), len(others), numba.lanes(series.dtype)
    blocks = interleaved(others, reach, lanes, numba.ROWS)
    series = np.ascontiguousarray(series)
    found = np.full((n, len(blocks), lanes), np.inf, series.dtype)

    def fill(i: int) -> None:
        numba.against(series[i], blocks, reach, i // lanes if one_set else 0, found[i])

    each(fill, n, threads)
    return np.ascontiguousarray(found.reshape(n, len(blocks) * lanes)[:, :m])


def interleaved(others: Matrix, reach: int, lanes: int, rows: int) -> Matrix:
    """Blocks (blocks, reach + length + reach + rows, lanes): samples between infinite ones."""
    m, length = others.shape
    blocks = aligned((-(-m // lanes), length + 2 * reach + rows, lanes), others.dtype)
    blocks[:] = np.inf
    for block, start in zip(blocks, range(0, m, lanes), strict=True):
        rows_of_block = others[start : start + lanes]
        block[reach : reach + length, : len(rows_of_block)] = rows_of_block.T
    return blocks


def aligned(shape: tuple[int, ...], dtype: np.dtype[Any]) -> Matrix:
    """An empty array that starts at a cache line, so that no vector straddles two."""
    size = int(np.prod(shape)) * dtype.itemsize
    raw = np.empty(size + 64, np.uint8)
    start = -raw.ctypes.data % 64
    return raw[start : start + size].view(dtype).reshape(shape)


def by_numpy(series: Matrix, others: Matrix, reach: int, one_set: bool, threads: int) -> Matrix:
    """Squared distances; of one set those above the diagonal only."""
    found = np.full((len(series), len(others)), np.inf, series.dtype)
    first, second = np.triu_indices(len(series), 1) if one_set else np.indices(found.shape)
    first, second = first.ravel(), second.ravel()
    step = dtw_numpy.PAIRS

    def fill(i: int) -> None:
        a, b = first[i * step : (i + 1) * step], second[i * step : (i + 1) * step]
        found[a, b] = dtw_numpy.warp(series[a].T, others[b].T, reach)

    each(fill, -(-len(first) // step), threads)
    return found


def each(fill: Callable[[int], None], n: int, threads: int) -> None:
    """Run `fill` for 0 to n - 1, on as many threads."""
    if threads == 1 or n == 1:
        for i in range(n):
            fill(i)
        return
    with ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(partial(run_share, fill, n, threads), range(threads)):
            pass


def run_share(fill: Callable[[int], None], n: int, threads: int, first: int) -> None:
    """Every `threads`-th of them, from `first` on: of a triangle, too, a fair share."""
    for i in range(first, n, threads):
        fill(i)


def mirrored(found: Matrix) -> Matrix:
    """The symmetric matrix, 0 on its diagonal, of which `found` holds what is above that."""
    upper = np.triu(found, 1)
    return upper + upper.T
