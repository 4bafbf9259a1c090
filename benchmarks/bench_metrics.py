"""Metrics on a whole set against the loop over series that one would write otherwise.

    python benchmarks/bench_metrics.py [n] [length]

Both sides are timed in this run, the least of three turns about; the ratio is what counts. The
loops see fewer series and are scaled up. "share of FFT" is the time of the seven FFTs alone over
that of the multitaper spectra: the rest is what could still be gained.

Last the primary battery against fractional Gaussian noise: for each metric the time to look at the
real set, of the generated set's rows, of their values, and of the intervals; then the total and the
peak memory of this process. What runs beside it shows as a load above 1.
"""

import os
import resource
import sys
import time
from collections.abc import Callable

import numpy as np
from scipy.signal.windows import dpss

from rpgan.metrics import (
    ACF,
    C2ST,
    Coverage,
    Duplicates,
    EnergyDistance,
    Fitted,
    LegacyPSDDistance,
    LogSpectrum,
    MagnitudeACF,
    Marginal,
    MarginalLaw,
    Parameters,
    PSDDistance,
    Residuals,
    Tails,
)
from rpgan.metrics.acf import lagged
from rpgan.metrics.intervals import jackknife
from rpgan.metrics.multitaper import multitaper
from rpgan.processes import FGN
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
    against_loop("autocovariance", lambda x: lagged(x, 0.0, 32), acf_loop, real)
    spectra, ffts = best(lambda: multitaper(real), lambda: seven_ffts(real))
    print(f"share of FFT in multitaper spectra: {ffts / spectra:.0%}")
    for metric, fitted in zip(metrics, (psd, legacy, marginal), strict=True):
        interval_against_statistic(metric.name, fitted, fake)
    primary_battery(n, length)


PRIMARY = [
    *[PSDDistance(), LogSpectrum(), Parameters(), Residuals(), Marginal(), MarginalLaw(), Tails()],
    *[ACF(), MagnitudeACF(), EnergyDistance(), Coverage(), Duplicates(), C2ST()],
]


def primary_battery(n: int, length: int) -> None:
    law = FGN(hurst=0.7)
    real, fake = (law.sample(n, length, generator(1, "battery", who)) for who in "rf")
    print(f"primary battery, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} CPUs, seconds")
    print(f"{'':16s} {'fit':>6s} {'rows':>6s} {'values':>6s} {'intervals':>9s}")
    total = 0.0
    for metric in PRIMARY:
        start = time.perf_counter()
        fitted = metric.fit(real, law)
        seen = time.perf_counter()
        rows = fitted.statistic(fake)
        stated = time.perf_counter()
        values = fitted.compare(rows)
        compared = time.perf_counter()
        jackknife(fitted.compare, rows, deleted=fitted.deleted, whole=values)
        end = time.perf_counter()
        total += end - start
        parts = seen - start, stated - seen, compared - stated, end - compared
        print(f"{metric.name:16s} {parts[0]:6.2f} {parts[1]:6.2f} {parts[2]:6.2f} {parts[3]:9.2f}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"total {total:.1f} s, peak memory {peak:.2f} GiB")


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


def acf_loop(series: np.ndarray) -> list[np.ndarray]:
    """All lags of each series by direct correlation, of which some are kept."""
    return [np.correlate(x, x, "full")[len(x) - 1 : len(x) + 32] / len(x) for x in series]


def histogram_loop(series: np.ndarray, edges: np.ndarray) -> list[np.ndarray]:
    bins = np.concatenate([[-np.inf], edges, [np.inf]])
    return [np.histogram(x, bins)[0] / len(x) for x in series]


def seven_ffts(series: np.ndarray) -> None:
    for start in range(0, len(series), 16):
        for _ in range(7):
            np.fft.rfft(series[start : start + 16])


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
