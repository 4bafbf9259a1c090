"""The published estimates of all series at once against the published loop over series.

    python benchmarks/bench_legacy.py [n] [length]

Both sides are timed in this run, turn about, the least of three; the loops see fewer series and
are scaled up. The loop of the impulses needs scikit-learn (pip install scikit-learn) and is left
out without it.
"""

import importlib
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.signal import lfilter
from scipy.stats import linregress

from rpgan.metrics import legacy
from rpgan.processes import FGN, AlphaStable, BernoulliGaussian, ShotNoise
from rpgan.randomness import generator

LOOPED = 32  # series that the loops see


def main(n: int = 1024, length: int = 4096) -> None:
    print(f"{n} series of {length} samples")
    compare("Hurst", FGN(hurst=0.7), lambda x: legacy.hurst(x, "fgn"), hurst, n, length)
    rate = ShotNoise(rate=1.0)
    compare(
        "event rate",
        rate,
        lambda x: legacy.event_rate(x, rate.pulse, rate.amplitude),
        event_rate,
        n,
        length,
    )
    compare("alpha", AlphaStable(alpha=1.5), legacy.alpha, alpha, n, length)
    try:
        mixture = importlib.import_module("sklearn.mixture").GaussianMixture
    except ModuleNotFoundError:
        print("scikit-learn is not installed: no loop for the impulses")
        return
    for p in (0.01, 0.1, 0.5):
        law = BernoulliGaussian(probability=p)
        compare(
            f"impulses, p = {p}", law, legacy.impulses, lambda x: impulses(x, mixture), n, length
        )


def compare(
    what: str,
    law,
    batched: Callable[[np.ndarray], object],
    one: Callable[[np.ndarray], object],
    n: int,
    length: int,
) -> None:
    series = law.sample(n, length, generator(1, "bench", what))

    def loop() -> list[object]:
        return [one(x) for x in series[:LOOPED]]

    times = [(elapsed(lambda: batched(series)), elapsed(loop)) for _ in range(3)]
    batch, looped = (min(column) for column in zip(*times, strict=True))
    looped *= n / LOOPED
    print(f"{what}: {batch:.3f} s, loop {looped:.2f} s: {looped / batch:.1f} x")


def elapsed(function: Callable[[], object]) -> float:
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def hurst(x: np.ndarray) -> float:
    z = np.concatenate([[0], np.cumsum(x[1:])])
    log_u = []
    for m in range(1, 6):
        taps = np.zeros(3 * m)
        taps[[0, m, 2 * m]] = 1, -2, 1
        y = np.asarray(lfilter(taps, 1, z))[3 * m - 1 :]
        log_u.append(np.log(np.mean(np.abs(y) ** 2)))
    fitted: Any = linregress(np.log(np.arange(1, 6)), log_u)
    return fitted.slope / 2


def event_rate(x: np.ndarray) -> float:
    return float(2 * np.mean(x) ** 2 / 2 / np.var(x))


def alpha(x: np.ndarray) -> float:
    segments = (x - np.median(x)).reshape(128, -1)
    above, below = np.log(segments.max(axis=1)), np.log(-segments.min(axis=1))
    return np.pi / (2 * np.sqrt(6)) * (1 / np.std(above, ddof=1) + 1 / np.std(below, ddof=1))


def impulses(x: np.ndarray, mixture: Callable) -> object:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # not all converge in 500 rounds
        return mixture(
            n_components=2,
            tol=1e-6,
            max_iter=500,
            means_init=np.zeros((2, 1)),
            random_state=0,
        ).fit(x[:, None])


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
