"""How fast processes are drawn and their parameters found.

Beside what a user would otherwise write, a loop over series as published, and beside the bound: the
time of the random numbers (and of the FFT or the filter) that any exact method needs, with as many
threads. All three in turn, the least of a few rounds. Ratios are what counts; run with
`python benchmarks/bench_processes.py`, which takes two minutes.
"""

import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter

import numpy as np
from scipy.signal import butter, fftconvolve, lfilter, sosfiltfilt

from rpgan.processes import (
    ARFIMA,
    FGN,
    AlphaStable,
    BandNoise,
    BernoulliGaussian,
    Process,
    ShotNoise,
    blocks,
)

N, LENGTH, ROUNDS = 1024, 4096, 5
ROWS = 16  # of what a bound works on, in cache

Work = Callable[[np.random.Generator], object]


def generator(seed: int = 0) -> np.random.Generator:
    return np.random.Generator(np.random.SFC64(seed))


def davies_harte(rng: np.random.Generator, autocovariance: Callable[[], np.ndarray]) -> None:
    """One series of the 4096: covariance, eigenvalues and complex noise anew, half thrown away."""
    r = autocovariance()
    circle = np.concatenate([r, r[-2:0:-1]])
    gain = np.sqrt(np.fft.fft(circle).real.clip(min=0) / len(circle))
    white = rng.standard_normal(len(circle)) + 1j * rng.standard_normal(len(circle))
    np.fft.fft(gain * white).real[:LENGTH]


def fgn_loop(rng: np.random.Generator) -> None:
    """The second difference of |k|^2H, as in the textbook."""

    def autocovariance() -> np.ndarray:
        k, h2 = np.arange(LENGTH), 1.4
        return 0.5 * (np.abs(k + 1) ** h2 - 2 * np.abs(k) ** h2 + np.abs(k - 1) ** h2)

    for _ in range(N):
        davies_harte(rng, autocovariance)


def arfima_loop(rng: np.random.Generator) -> None:
    """As for FGN, with Hosking's recursion for the covariance, as a cumulative product."""

    def autocovariance() -> np.ndarray:
        k = np.arange(1, LENGTH)
        return 1.0986855396044 * np.cumprod(np.append(1.0, (k - 0.8) / (k - 0.2)))

    for _ in range(N):
        davies_harte(rng, autocovariance)


def band_loop(rng: np.random.Generator) -> None:
    """The filter designed, and run forwards and backwards, for every series."""
    for _ in range(N):
        sos = butter(40, BandNoise(band=3).edges, "bandpass", output="sos")
        sosfiltfilt(sos, rng.standard_normal(LENGTH))


def shot_loop(rng: np.random.Generator, pulse: Callable[[np.ndarray], np.ndarray]) -> None:
    """Arrivals one by one into twice the length, convolved with as long a pulse; half discarded."""
    total = 2 * LENGTH
    for _ in range(N):
        count = rng.poisson(3 * (total - 1) * 0.1)
        slots = rng.integers(0, total, count)
        amplitudes = rng.exponential(1, count)
        train = np.zeros(total)
        for k in range(count):
            train[slots[k]] += amplitudes[k]
        shape = pulse((np.arange(total) - total // 2) * 0.1)
        fftconvolve(train, shape, mode="same")[LENGTH:]


def exponential_pulse(t: np.ndarray) -> np.ndarray:
    return np.where(t >= 0, np.exp(-np.maximum(t, 0)), 0)


def gaussian_pulse(t: np.ndarray) -> np.ndarray:
    return np.exp(-(t**2) / 2) / np.sqrt(2 * np.pi)


def bernoulli_loop(rng: np.random.Generator) -> None:
    """Background, impulses, and where they strike."""
    for _ in range(N):
        struck = rng.binomial(1, 0.1, LENGTH)
        np.add(rng.normal(0, 0.1, LENGTH), struck * rng.normal(0, 1, LENGTH))


def stable_loop(rng: np.random.Generator) -> None:
    """The formula of Chambers, Mallows and Stuck as it is printed."""
    a = 1.5
    for _ in range(N):
        v, w = rng.uniform(-np.pi / 2, np.pi / 2, LENGTH), rng.standard_exponential(LENGTH)
        size = (np.cos((1 - a) * v) / w) ** ((1 - a) / a) / np.cos(v) ** (1 / a)
        np.multiply(np.sin(a * v), size)


def gaussian_bound(share: float = 1.0) -> Work:
    """White noise for that share of the bins, and the FFT to twice the length."""

    def work(rng: np.random.Generator) -> None:
        spectrum = np.zeros((ROWS, LENGTH + 1), complex)
        drawn = np.empty((ROWS, 2 * int(share * LENGTH) + 2))
        series = np.empty((ROWS, 2 * LENGTH))
        for _ in range(N // ROWS // blocks.threads()):
            rng.standard_normal(out=drawn)
            np.fft.irfft(spectrum, out=series)

    return work


def shot_bound(rng: np.random.Generator) -> None:
    """Times and amplitudes of arrivals, and the recursion."""
    arrivals, cells = int(0.3 * LENGTH * ROWS), np.zeros((ROWS, LENGTH))
    for _ in range(N // ROWS // blocks.threads()):
        rng.random(arrivals)
        rng.standard_exponential(arrivals)
        lfilter([1.0], [1.0, -0.9], cells, axis=1)


def gaussian_shot_bound(rng: np.random.Generator) -> None:
    """Times and amplitudes of arrivals, and a convolution: two FFTs of the length."""
    arrivals, cells = int(0.3 * LENGTH * ROWS), np.zeros((ROWS, LENGTH))
    for _ in range(N // ROWS // blocks.threads()):
        rng.random(arrivals)
        rng.standard_exponential(arrivals)
        np.fft.irfft(np.fft.rfft(cells), out=cells)


def white_bound(second: str) -> Work:
    """Two random numbers for each sample: a uniform one and another."""

    def work(rng: np.random.Generator) -> None:
        values = np.empty((ROWS, LENGTH))
        for _ in range(N // ROWS // blocks.threads()):
            rng.random(out=values)
            getattr(rng, second)(out=values)

    return work


DRAWS: list[tuple[Process, Work, Work]] = [
    (FGN(hurst=0.7), fgn_loop, gaussian_bound()),
    (ARFIMA(d=0.2), arfima_loop, gaussian_bound()),
    (BandNoise(band=3), band_loop, gaussian_bound(0.11)),
    (ShotNoise(rate=3), lambda rng: shot_loop(rng, exponential_pulse), shot_bound),
    (
        ShotNoise(rate=3, pulse="gaussian", arrivals="grid"),  # as the loop has them
        lambda rng: shot_loop(rng, gaussian_pulse),
        gaussian_shot_bound,
    ),
    (
        ShotNoise(rate=3, pulse="gaussian"),
        lambda rng: shot_loop(rng, gaussian_pulse),
        gaussian_shot_bound,
    ),
    (BernoulliGaussian(probability=0.1), bernoulli_loop, white_bound("standard_normal")),
    (AlphaStable(alpha=1.5), stable_loop, white_bound("standard_exponential")),
]


def seconds(work: Callable[[], object]) -> float:
    start = perf_counter()
    work()
    return perf_counter() - start


def in_all_threads(work: Work) -> None:
    with ThreadPoolExecutor(blocks.threads()) as pool:
        for _ in pool.map(work, generator().spawn(blocks.threads())):
            pass


def times(process: Process, loop: Work, bound: Work) -> tuple[float, float, float]:
    """Seconds of ours, the loop and the bound, in turn: other work on the machine hits all."""
    rounds = [
        (
            seconds(lambda: process.sample(N, LENGTH, generator())),
            seconds(lambda: loop(np.random.default_rng(0))) if i < 2 else np.inf,
            seconds(lambda: in_all_threads(bound)),
        )
        for i in range(ROUNDS)
    ]
    ours, other, least = np.min(rounds, axis=0)
    return float(ours), float(other), float(least)


def peak_mebibytes(process: Process, n: int) -> int:
    """Peak memory of a Linux process that draws `n` series as `simulate` does, above its imports.

    VmHWM: getrusage's maximum is inherited from the parent.
    """
    code = f"""
import scipy.fft, scipy.signal, scipy.special
from rpgan.draw import Draw
from rpgan.processes import *

def peak():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))

Draw(dataset="x", part="test", process={process}, length=16, n=1, seed=0).series()
before = peak()
Draw(dataset="x", part="train", process={process}, length={LENGTH}, n={n}, seed=0).series()
print((peak() - before) // 1024)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return int(done.stdout)


def main() -> None:
    available = blocks.threads()
    for threads in sorted({1, available}):
        os.environ["OMP_NUM_THREADS"] = str(threads)
        print(f"{N} series of {LENGTH} samples, {threads} thread(s), the bound with as many")
        print(f"{'process':46}{'sample ns':>10}{'share of bound':>16}{'loop/ours':>11}")
        for process, loop, bound in DRAWS:
            ours, other, least = times(process, loop, bound)
            kind = [getattr(process, setting, "") for setting in ("pulse", "arrivals")]
            name = " ".join([process.name, *kind])
            ns = ours / N / LENGTH * 1e9
            print(f"{name:46}{ns:10.1f}{least / ours:16.2f}{other / ours:11.1f}")
    print(f"{'estimate of':30}{'ms':>10}")
    for process, _, _ in DRAWS:
        series = process.sample(N, LENGTH, generator())
        process.estimate(series[:1])  # makes the tables
        took = min(seconds(lambda p=process, x=series: p.estimate(x)) for _ in range(3))
        print(f"{process.name:30}{took * 1e3:10.0f}")
    n = 4 * N
    print(f"{n} series: MiB above the output's {n * LENGTH * 4 // 2**20}")
    for process, _, _ in DRAWS:
        extra = peak_mebibytes(process, n) - n * LENGTH * 4 // 2**20
        print(f"{process.name:30}{extra:10}")


if __name__ == "__main__":
    main()
