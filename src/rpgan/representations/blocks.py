"""Work on blocks of series in threads, so that their number changes the time and nothing else."""

import os
import sys
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

from tqdm import tqdm

T = TypeVar("T")


def by_block(function: Callable[[slice], T], n: int, size: int) -> Iterator[T]:
    """Results, in order, of `function` on slices of `size` that cover `n` series.

    NumPy's transforms and inner loops let go of the interpreter's lock. At most one result more
    than there are threads waits to be taken, which bounds the memory.
    """
    slices = [slice(start, start + size) for start in range(0, n, size)]
    shown = tqdm(slices, unit="block", file=sys.stderr, delay=3, leave=False)
    workers = min(threads(), len(slices))
    if workers < 2:
        yield from map(function, shown)
        return
    with ThreadPoolExecutor(workers) as pool:
        waiting: deque[Future[T]] = deque()
        try:
            for block in shown:
                waiting.append(pool.submit(copy_context().run, function, block))
                if len(waiting) > workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def threads() -> int:
    """What OMP_NUM_THREADS grants, else the CPUs this process may run on."""
    granted = os.environ.get("OMP_NUM_THREADS", "").split(",")[0]
    if granted.isdecimal() and int(granted) > 0:
        return int(granted)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
