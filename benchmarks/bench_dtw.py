"""Dynamic time warping of many series at once against a pair at a time.

    python benchmarks/bench_dtw.py [n] [length] [window]

All are timed in this run, turn about, the least of three. The pair at a time is dtaidistance's C,
if it is installed (pip install dtaidistance), and the same recurrence as a plain loop compiled by
numba, which stands in for C where it is not. These see fewer series: their time is that of their
pairs.
"""

import importlib
import sys
import time
from collections.abc import Callable

import numpy as np

from rpgan.metrics.dtw import available_cpus, compiled, distances
from rpgan.randomness import generator

SLOW = 24  # series that dtaidistance and NumPy see


def main(n: int = 256, length: int = 4096, window: int = 32) -> None:
    series = generator(1, "bench", "dtw").standard_normal((n, length))
    single, few = series.astype(np.float32), series[:SLOW]
    kernel, cpus = compiled(), available_cpus()
    runs: dict[str, tuple[Callable[[], object], int]] = {}
    if kernel is not None:
        for threads in sorted({1, cpus}):
            for dtype, x in (("float32", single), ("float64", series)):
                runs[f"numba {dtype}, {threads} thread(s)"] = (timed(x, window, threads), n)
    runs["numpy float32, 1 thread"] = (
        lambda: distances(single[:SLOW], single[:SLOW], window, None, 1),
        SLOW,
    )
    library = installed("dtaidistance.dtw")
    if library is not None:
        runs["dtaidistance, 1 thread"] = (
            lambda: library.distance_matrix_fast(
                list(few), window=window, use_pruning=True, parallel=False
            ),
            SLOW,
        )
    plain = plain_loop()
    if plain is not None:
        runs["plain compiled loop, 1 thread"] = (lambda: plain(few, window), SLOW)
    for run, _ in runs.values():
        run()  # compiles
    times = [[elapsed(run) for run, _ in runs.values()] for _ in range(3)]
    least = [min(column) for column in zip(*times, strict=True)]
    cells = cells_of(length, window)
    print(f"series of {length} samples, window {window}: {cells} cells a pair; {cpus} processors")
    pair = {
        name: seconds / (size * (size - 1) / 2)
        for (name, (_, size)), seconds in zip(runs.items(), least, strict=True)
    }
    rivals = {
        "plain loop": "plain compiled loop, 1 thread",
        "dtaidistance": "dtaidistance, 1 thread",
    }
    for name, seconds in pair.items():
        ratios = (
            f", {pair[rival] / seconds:.1f} x {short}"
            for short, rival in rivals.items()
            if rival in pair
        )
        print(
            f"{name}: {seconds * 1e6:.1f} us a pair, {cells / seconds / 1e9:.2f} Gcell/s"
            + "".join(ratios)
        )
    for short, rival in rivals.items():
        if rival not in pair:
            print(f"no {short}: not installed")


def plain_loop() -> Callable[[np.ndarray, int], None] | None:
    """The recurrence over all pairs, cell by cell in two rows of the band."""
    numba = installed("numba")
    if numba is None:
        return None

    @numba.njit
    def run(series, window):
        n, length = series.shape
        reach = window - 1
        for a in range(n):
            for b in range(a):
                above, row = np.full(length + 1, np.inf), np.full(length + 1, np.inf)
                above[0] = 0
                for i in range(length):
                    low, high = max(0, i - reach), min(length, i + reach + 1)
                    if high < length:
                        row[high + 1] = np.inf  # of two rows before
                    row[low] = np.inf
                    for j in range(low, high):
                        d = series[a, i] - series[b, j]
                        row[j + 1] = d * d + min(above[j], above[j + 1], row[j])
                    above, row = row, above

    return run


def timed(series: np.ndarray, window: int, threads: int) -> Callable[[], object]:
    return lambda: distances(series, series, window, compiled(), threads)


def installed(name: str):
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        return None


def cells_of(length: int, window: int) -> int:
    i = np.arange(length)
    return int((np.minimum(i + window, length) - np.maximum(i - window + 1, 0)).sum())


def elapsed(function: Callable[[], object]) -> float:
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
