"""How fast processes are drawn and their parameters found.

Beside what a user would otherwise write, a loop over series, and beside the bound: the time of the
random numbers (and of the FFT) that any exact method needs, measured in the same run. Ratios are
what counts; run with `python benchmarks/bench_processes.py`, OMP_NUM_THREADS=1 for one thread.
"""

from collections.abc import Callable
from time import perf_counter

import numpy as np
from scipy.signal import butter, fftconvolve, lfilter, sosfiltfilt

from rpgan.processes import (
    FGN,
    AlphaStable,
    BandNoise,
    BernoulliGaussian,
    Process,
    ShotNoise,
    blocks,
)

N, LENGTH, ROUNDS = 1024, 4096, 3


def generator() -> np.random.Generator:
    return np.random.Generator(np.random.SFC64(0))


def best(work: Callable[[], object]) -> float:
    """Seconds, the least of a few rounds."""
    times = []
    for _ in range(ROUNDS):
        start = perf_counter()
        work()
        times.append(perf_counter() - start)
    return min(times)


def fgn_loop(rng: np.random.Generator) -> None:
    r = FGN(hurst=0.7).autocovariance(np.r_[0:LENGTH, LENGTH - 2 : 0 : -1])
    gain = np.sqrt(np.fft.fft(r).real / len(r))
    for _ in range(N):
        white = rng.standard_normal(len(r)) + 1j * rng.standard_normal(len(r))
        np.fft.fft(gain * white).real[:LENGTH]


def band_loop(rng: np.random.Generator) -> None:
    sos = butter(40, BandNoise(band=3).edges, "bandpass", output="sos")
    for _ in range(N):
        sosfiltfilt(sos, rng.standard_normal(LENGTH))


def shot_loop(rng: np.random.Generator) -> None:
    pulse = np.exp(-0.1 * np.arange(400))
    for _ in range(N):
        slots = np.zeros(LENGTH + 400)
        arrivals = rng.poisson(0.3 * len(slots))
        where = rng.integers(0, len(slots), arrivals)
        np.add.at(slots, where, rng.standard_exponential(arrivals))
        fftconvolve(slots, pulse)[400 : 400 + LENGTH]


def bernoulli_loop(rng: np.random.Generator) -> None:
    for _ in range(N):
        struck = rng.binomial(1, 0.1, LENGTH)
        np.add(rng.normal(0, 0.1, LENGTH), struck * rng.normal(0, 1, LENGTH))


def stable_loop(rng: np.random.Generator) -> None:
    a = 1.5
    for _ in range(N):
        v, w = rng.uniform(-np.pi / 2, np.pi / 2, LENGTH), rng.standard_exponential(LENGTH)
        size = (np.cos((1 - a) * v) / w) ** ((1 - a) / a) / np.cos(v) ** (1 / a)
        np.multiply(np.sin(a * v), size)


def gaussian_bound(rng: np.random.Generator, share: float = 1.0) -> None:
    """White noise for that share of the bins, and the FFT to twice the length."""
    white = np.zeros((16, LENGTH + 1), complex)
    drawn = np.empty((16, 2 * int(share * LENGTH) + 2))
    series = np.empty((16, 2 * LENGTH))
    for _ in range(N // 16):
        rng.standard_normal(out=drawn)
        np.fft.irfft(white, out=series)


def bernoulli_bound(rng: np.random.Generator) -> None:
    values = np.empty((16, LENGTH))
    for _ in range(N // 16):
        rng.standard_normal(out=values)
        rng.random(out=values)


def stable_bound(rng: np.random.Generator) -> None:
    values = np.empty((16, LENGTH))
    for _ in range(N // 16):
        rng.random(out=values)
        rng.standard_exponential(out=values)


def shot_bound(rng: np.random.Generator) -> None:
    arrivals = int(0.3 * LENGTH * 16)
    cells = np.zeros((16, LENGTH))
    for _ in range(N // 16):
        rng.random(arrivals)
        rng.standard_exponential(arrivals)
        lfilter([1.0], [1.0, -0.9], cells, axis=1)


Draw = Callable[[np.random.Generator], None]
DRAWS: list[tuple[Process, Draw, Draw]] = [
    (FGN(hurst=0.7), fgn_loop, gaussian_bound),
    (BandNoise(band=3), band_loop, lambda rng: gaussian_bound(rng, 0.11)),
    (ShotNoise(rate=3), shot_loop, shot_bound),
    (ShotNoise(rate=3, pulse="gaussian"), shot_loop, shot_bound),
    (BernoulliGaussian(probability=0.1), bernoulli_loop, bernoulli_bound),
    (AlphaStable(alpha=1.5), stable_loop, stable_bound),
]


def main() -> None:
    print(f"{N} series of {LENGTH} samples, {blocks.threads()} threads; bounds are for one thread")
    print(f"{'process':22}{'sample ns':>10}{'loop/ours':>11}{'bound/ours':>12}{'estimate ms':>13}")
    for process, loop, bound in DRAWS:
        ours = best(lambda p=process: p.sample(N, LENGTH, generator()))
        other = best(lambda f=loop: f(generator()))
        least = best(lambda f=bound: f(generator()))
        series = process.sample(N, LENGTH, generator())
        process.estimate(series[:1])  # makes the tables
        estimate = best(lambda p=process, x=series: p.estimate(x))
        print(
            f"{process.name:22}{ours / N / LENGTH * 1e9:10.1f}{other / ours:11.1f}"
            f"{least / ours:12.2f}{estimate * 1e3:13.0f}"
        )


if __name__ == "__main__":
    main()
