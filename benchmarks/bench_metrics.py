"""Metrics on a whole set against the loop over series that one would write otherwise.

    python benchmarks/bench_metrics.py [n] [length] [threads]

Both sides are timed in this run, the least of three turns about; the ratio is what counts. The
loops see fewer series and are scaled up. "share of FFT" is the time of the seven FFTs alone over
that of the multitaper spectra: the rest is what could still be gained.

Last the primary battery against four laws, with 4096 4096 as published: for each metric the time to
look at the real set, of the generated set's rows, of their values, and of the intervals (metrics
share spectra and features; the first to ask for them pays); then what `score` takes with so many
threads, what a fresh draw of the floor takes, and what 100 of them would; CPU seconds are those of
all threads. Last the peak memory of this process. What runs beside it shows as a load above 1.
"""

import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # as the command line has it

import resource
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from scipy.signal.windows import dpss

from rpgan.metrics import (
    ACF,
    C2ST,
    Copies,
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
    Profile,
    PSDDistance,
    Residuals,
    SeriesSet,
    Tails,
    TimeReversal,
    draw_floor,
    fit_all,
    score,
)
from rpgan.metrics.acf import lagged
from rpgan.metrics.intervals import jackknife
from rpgan.metrics.multitaper import multitaper
from rpgan.processes import FGN, AlphaStable, BernoulliGaussian, ShotNoise
from rpgan.randomness import generator

LOOPED = 16  # series that the loops see


def main(n: int = 1024, length: int = 4096, threads: int = 2) -> None:
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
    for law in LAWS:
        primary_battery(law, n, length, threads)
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GiB")


LAWS = (
    FGN(hurst=0.7),
    ShotNoise(rate=1.0),
    BernoulliGaussian(probability=0.1),
    AlphaStable(alpha=1.5),
)
PRIMARY = [
    *[PSDDistance(), LogSpectrum(), Parameters(), Residuals(), Marginal(), MarginalLaw(), Tails()],
    *[ACF(), MagnitudeACF(), Profile(), TimeReversal()],
    *[EnergyDistance(), Coverage(), Duplicates(), Copies(), C2ST()],
]


def primary_battery(law, n: int, length: int, threads: int) -> None:
    test, fake = (law.sample(n, length, generator(1, "battery", who)) for who in "rf")
    training = law.sample(4 * n, length, generator(1, "battery", "t")).astype(np.float32)
    real = SeriesSet(test, training=training)
    print(f"\n{law.name}, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} CPUs, CPU seconds")
    print(f"{'':16s} {'fit':>6s} {'rows':>6s} {'values':>6s} {'intervals':>9s}")
    for metric in PRIMARY:
        parts = one_by_one(metric, law, real, fake)
        if parts:
            print(
                f"{metric.name:16s} {parts[0]:6.2f} {parts[1]:6.2f} {parts[2]:6.2f} {parts[3]:9.2f}"
            )
    floor, *one_each = timed(lambda: fresh(law, real, threads, threads))
    _, *two_each = timed(lambda: fresh(law, real, 2 * threads, threads))
    wall, cpu = np.subtract(two_each, one_each) / threads  # without the look at the real set
    print(f"fresh draw: {wall:.1f} s, {cpu:.1f} CPU s", end="; ")
    print(f"100 draws: {wall / 0.6:.1f} min, on {threads} idle CPUs {cpu / threads / 0.6:.1f}")
    _, wall, cpu = timed(lambda: score(PRIMARY, law, real, fake, floor, threads=threads))
    print(f"score: {wall:.1f} s, {cpu:.1f} CPU s, on {threads} threads")


def fresh(law, real: SeriesSet, draws: int, threads: int) -> pd.DataFrame:
    return draw_floor(
        PRIMARY, law, real, partial(generator, 1, "floor"), draws=draws, threads=threads
    )


def timed(function: Callable[[], Any]) -> tuple[Any, float, float]:
    """What it returns, seconds, and CPU seconds of all threads."""
    wall, cpu = time.perf_counter(), time.process_time()
    found = function()
    return found, time.perf_counter() - wall, time.process_time() - cpu


def one_by_one(metric, law, real: SeriesSet, fake: np.ndarray) -> list[float]:
    """CPU seconds of each step; none where the metric does not exist."""
    marks = [time.process_time()]
    known, _ = fit_all([metric], law, real)
    if not known:
        return []
    fitted = known[metric.name]
    marks.append(time.process_time())
    rows = fitted.statistic(fake)
    marks.append(time.process_time())
    values = fitted.compare(rows)
    marks.append(time.process_time())
    jackknife(fitted.compare, rows, deleted=fitted.deleted, whole=values)
    marks.append(time.process_time())
    return list(np.diff(marks))


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
