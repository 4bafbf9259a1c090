"""Metrics on a whole set against the loop over series that one would write otherwise.

    python benchmarks/bench_metrics.py [n] [length]

Both sides are timed in this run, the least of three turns about; the ratio is what counts. The
loops see fewer series and are scaled up. "share of FFT" is the time of the seven FFTs alone over
that of the multitaper spectra: the rest is what could still be gained.
"""

import sys
import time
from collections.abc import Callable

import numpy as np
from scipy.signal.windows import dpss

from rpgan.metrics import Fitted, LegacyPSDDistance, Marginal, PSDDistance
from rpgan.metrics.intervals import jackknife
from rpgan.metrics.multitaper import multitaper
from rpgan.randomness import generator

LOOPED = 16  # series that the loops see


def main(n: int = 1024, length: int = 4096) -> None:
    real, fake = (generator(1, "bench", who).standard_normal((n, length)) for who in "rf")
    metrics = PSDDistance(), LegacyPSDDistance(), Marginal()
    psd, legacy, marginal = (metric.fit(real, None) for metric in metrics)  # designs the tapers
    edges = np.quantile(real, np.arange(1, 256) / 256)
    print(f"{n} series of {length} samples")
    against_loop("multitaper spectra", multitaper, multitaper_loop, real)
    against_loop("legacy spectra", legacy.statistic, legacy_loop, real)
    against_loop("marginal", marginal.statistic, lambda few: histogram_loop(few, edges), real)
    spectra, ffts = best(lambda: multitaper(real), lambda: seven_ffts(real))
    print(f"share of FFT in multitaper spectra: {ffts / spectra:.0%}")
    for metric, fitted in zip(metrics, (psd, legacy, marginal), strict=True):
        interval_against_statistic(metric.name, fitted, fake)


def against_loop(what: str, batched: Callable, loop: Callable, series: np.ndarray) -> None:
    few = series[:LOOPED]
    batch, looped = best(lambda: batched(series), lambda: loop(few))
    looped *= len(series) / LOOPED
    print(f"{what}: {batch:.3f} s, loop {looped:.2f} s: {looped / batch:.1f} x")


def interval_against_statistic(name: str, fitted: Fitted, fake: np.ndarray) -> None:
    rows = fitted.statistic(fake)
    one, interval = best(lambda: fitted.statistic(fake), lambda: jackknife(fitted.compare, rows))
    print(f"{name}: interval {interval:.3f} s, statistic {one:.3f} s")


def best(*functions: Callable[[], object]) -> list[float]:
    """Least of three times of each function, turn about, in seconds."""
    times = [[elapsed(function) for function in functions] for _ in range(3)]
    return [min(column) for column in zip(*times, strict=True)]


def elapsed(function: Callable[[], object]) -> float:
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def multitaper_loop(series: np.ndarray) -> list[np.ndarray]:
    """A DPSS design and a complex FFT per series, as in the published evaluation scripts."""
    spectra = []
    for x in series:
        tapers, shares = map(np.asarray, dpss(len(x), 4, 7, return_ratios=True))
        power = np.abs(np.fft.fft(tapers * (x - x.mean()))) ** 2
        spectra.append(np.average(power, axis=0, weights=shares)[1 : len(x) // 2])
    return spectra


def legacy_loop(series: np.ndarray) -> list[np.ndarray]:
    spectra = []
    for x in series:
        tapers, shares = map(np.asarray, dpss(len(x), 4, 7, return_ratios=True))
        weighted = np.fft.fft(tapers * x) * (shares / np.arange(1, 8))[:, None]
        spectra.append(np.abs(weighted.mean(axis=0))[: len(x) // 2] ** 2)
    return spectra


def histogram_loop(series: np.ndarray, edges: np.ndarray) -> list[np.ndarray]:
    bins = np.concatenate([[-np.inf], edges, [np.inf]])
    return [np.histogram(x, bins)[0] / len(x) for x in series]


def seven_ffts(series: np.ndarray) -> None:
    for start in range(0, len(series), 16):
        for _ in range(7):
            np.fft.rfft(series[start : start + 16])


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
