"""What several metrics ask of the same series, computed once."""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class Memory:
    """The last `kept` results, arrays that cannot be written to.

    Threads that ask for what another is at work on wait for it.
    """

    def __init__(self, kept: int):
        self.kept = kept
        self.lock = threading.Lock()
        self.found: OrderedDict[Hashable, Future[Array]] = OrderedDict()

    def get(self, key: Hashable, compute: Callable[[], Array]) -> Array:
        """The result under `key`, of `compute` if there is none."""
        future, is_new = self.place(key)
        if is_new:
            try:
                result = compute()
                result.setflags(write=False)
                future.set_result(result)
            except BaseException as error:
                future.set_exception(error)
        return future.result()

    def place(self, key: Hashable) -> tuple[Future[Array], bool]:
        """Where the result under `key` is, or will be, and whether nobody has begun with it."""
        with self.lock:
            is_new = key not in self.found
            if is_new:
                self.found[key] = Future()
            self.found.move_to_end(key)
            future = self.found[key]
            while len(self.found) > self.kept:
                self.found.popitem(last=False)
        return future, is_new


def fingerprint(series: NDArray[np.inexact]) -> bytes:
    """The same for the same samples in the same shape, wherever in memory they are."""
    digest = hashlib.sha1(str((series.shape, series.dtype)).encode(), usedforsecurity=False)
    digest.update(np.ascontiguousarray(series).data)
    return digest.digest()
