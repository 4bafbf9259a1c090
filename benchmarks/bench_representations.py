"""Representations of a whole set against the loop over series that one would write otherwise.

    python benchmarks/bench_representations.py [n] [length]

Both sides are timed in this run, the least of three turns about; the ratio is what counts. The
loops see fewer series and are scaled up. Transforms are timed on one thread, chains on all that
OMP_NUM_THREADS or the machine grants; the peak of memory is that of the whole process. Encoding at
load is PyTorch's, on the GPU if there is one, else on one thread; its time holds the way of the
series to the device.
"""

import heapq
import os
import resource
import sys
import time
from collections.abc import Callable

import numpy as np
import scipy.signal
import torch

from rpgan.randomness import generator
from rpgan.representations import (
    STFT,
    Asinh,
    Gaussianise,
    Pad,
    Polar,
    Quantile,
    Scale,
    Spectrogram,
    Step,
    chain,
)
from rpgan.representations.blocks import threads
from rpgan.representations.phase_gradient import gradients, phase_gradient
from rpgan.stages import at_load

LOOPED = 32  # series that the loops see
SPECTRUM = STFT(nperseg=128, hop=64)
CHAINS: dict[str, tuple[Step, ...]] = {
    "pad, scale": (Pad(), Scale()),
    "pad, stft, scale": (Pad(), SPECTRUM, Scale()),
    "pad, stft, polar, scale": (Pad(), SPECTRUM, Polar(), Scale()),
    "asinh, scale": (Asinh(), Scale()),
    "gaussianise": (Gaussianise(),),
    "stft, quantile": (SPECTRUM, Quantile()),
    "stft, quantile by feature": (SPECTRUM, Quantile(by="feature")),
    "spectrogram, scale": (Spectrogram(nperseg=128, hop=32), Scale()),
}


def main(n: int = 16384, length: int = 4096) -> None:
    series = generator(1, "bench", "x").standard_normal((n, length), np.float32)
    print(f"{n} series of {length} samples, {memory():.2f} GB before anything")
    transforms_against_loops(series)
    phases_against_heap(series)
    print(f"chains on {threads()} threads")
    for name, steps in CHAINS.items():
        whole_chain(name, steps, series)


def transforms_against_loops(series: np.ndarray) -> None:
    few = series[: 16 * LOOPED]
    steps, states = (SPECTRUM,), chain.fit((SPECTRUM,), few)
    granted = os.environ.pop("OMP_NUM_THREADS", None)
    os.environ["OMP_NUM_THREADS"] = "1"
    tensors = chain.encode(steps, states, few)
    z = tensors[:, 0] + 1j * tensors[:, 1]
    against_loop(
        "STFT",
        lambda: chain.encode(steps, states, few),
        lambda: [
            scipy.signal.stft(x, nperseg=128, noverlap=64) for x in few[:LOOPED].astype(float)
        ],
    )
    against_loop(
        "inverse STFT",
        lambda: chain.decode(steps, states, tensors),
        lambda: [
            scipy.signal.istft(x, nperseg=128, noverlap=64) for x in z[:LOOPED].astype(complex)
        ],
    )
    del os.environ["OMP_NUM_THREADS"]
    if granted:
        os.environ["OMP_NUM_THREADS"] = granted


def phases_against_heap(series: np.ndarray) -> None:
    stft = STFT(nperseg=128, hop=32)
    magnitude = np.abs(stft.analyse(series[:4].astype(float)))
    tree, heap = best(
        lambda: phase_gradient(magnitude, stft), lambda: [heap_order(m, stft) for m in magnitude]
    )
    print(f"phase gradient: {250 * tree:.1f} ms a series, Python heap: {heap / tree:.1f} x")


def against_loop(what: str, batched: Callable, loop: Callable) -> None:
    batch, looped = best(batched, loop)
    looped *= 16
    print(f"{what}, 1 thread: {batch:.3f} s, loop {looped:.2f} s: {looped / batch:.1f} x")


def whole_chain(name: str, steps: tuple[Step, ...], series: np.ndarray) -> None:
    start = time.perf_counter()
    states = chain.fit(steps, series)
    fitted = time.perf_counter()
    tensors = chain.encode(steps, states, series)
    encoded = time.perf_counter()
    at_load = encoding_at_load(steps, states, series)
    started = time.perf_counter()
    few = tensors[: 4096 if chain.exact(steps) else 64]  # phases take their time to find
    chain.decode(steps, states, few)
    decoded = time.perf_counter() - started
    print(
        f"{name}: fit {fitted - start:.1f} s, encode {encoded - fitted:.1f} s, {at_load},"
        f" decode {len(few)} {decoded:.1f} s; peak so far {memory():.2f} GB"
    )


def encoding_at_load(steps: tuple[Step, ...], states: list, series: np.ndarray) -> str:
    """Time of the second of two turns: the first loads the GPU's kernels."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.set_num_threads(1)

    def encode() -> None:
        tensors = at_load.encode(steps, states, series, device)
        tensors.sum().item()  # waits for the device

    if device.type == "cuda":
        encode()
    return f"at load on {device} {elapsed(encode):.2f} s"


def heap_order(magnitude: np.ndarray, stft: STFT) -> np.ndarray:
    """Phase-gradient heap integration as published, in Python."""
    by_frame, by_bin = gradients(magnitude, stft)
    frames, bins = magnitude.shape
    phase = np.full((frames, bins), np.nan)
    root = divmod(int(magnitude.argmax()), bins)
    phase[root] = 0
    heap = [(-magnitude[root], *root)]
    while heap:
        _, n, m = heapq.heappop(heap)
        for dn, dm in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            to = n + dn, m + dm
            if 0 <= to[0] < frames and 0 <= to[1] < bins and np.isnan(phase[to]):
                slope = by_frame if dn else by_bin
                phase[to] = phase[n, m] + (dn + dm) * (slope[n, m] + slope[to]) / 2
                heapq.heappush(heap, (-magnitude[to], *to))
    return phase


def best(*functions: Callable[[], object]) -> list[float]:
    """Least of three times of each function, turn about, in seconds."""
    times = [[elapsed(function) for function in functions] for _ in range(3)]
    return [min(column) for column in zip(*times, strict=True)]


def elapsed(function: Callable[[], object]) -> float:
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def memory() -> float:
    """Largest resident set so far, in GB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
