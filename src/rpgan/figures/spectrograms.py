"""Spectrograms of the first series of the target and of each model, side by side."""

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray
from scipy.signal.windows import hann

from rpgan import words
from rpgan.figures import examples, style
from rpgan.figures import family as files
from rpgan.figures.family import Family

ROWS = 3  # members
RANGE = 60  # dB below the target's largest power that are shown at most
DARKEST = 1  # percentile of the target's powers at which colours end, within that range


def draw(family: Family, root: Path = Path()) -> Figure:
    """Columns: target and models (replicate 0). Rows: up to three members, each with one scale."""
    family = family.spread(ROWS)
    settings = files.process(family, files.target(family, root))
    sets = {d: files.examples(family, d, 1, root) for d in family.ordered()}
    with style.applied():
        return plot(family, sets, settings)


def plot(family: Family, sets: dict[str, examples.Sets], settings: dict[str, Any]) -> Figure:
    columns = ["", *family.models]
    figure = Figure(figsize=(style.WIDE, 0.7 + 1.25 * len(sets)))
    axes = figure.subplots(len(sets), len(columns), sharex=True, sharey=True, squeeze=False)
    for row, (dataset, of) in zip(axes, sets.items(), strict=True):
        powers = {name: spectrogram(values[0]) for name, values in of.items()}
        bottom, top = limits(powers[""])
        length = of[""].shape[1]
        images = [
            ax.imshow(
                power, aspect="auto", origin="lower", extent=(0, length, 0, 0.5),
                vmin=bottom, vmax=top, cmap="cividis", interpolation="nearest",
            )
            for ax, power in zip(row, powers.values(), strict=True)
        ]  # fmt: skip
        bar = figure.colorbar(images[0], ax=row.tolist(), pad=0.01, aspect=12)
        bar.set_label(f"{family.heading(dataset)}\npower density [dB]", fontsize=7)
        bar.outline.set_linewidth(0.6)  # type: ignore[operator]
    for ax, name in zip(axes[0], columns, strict=True):
        ax.set_title(words.model(name) if name else "target")
    figure.supxlabel("time [samples]")
    figure.supylabel("frequency [cycles/sample]")
    figure.suptitle(words.process(settings))
    return figure


def limits(power: NDArray[np.float64]) -> tuple[float, float]:
    """The ends of the colours, of the target's spectrogram in dB."""
    top = float(np.ceil(power.max()))
    return max(top - RANGE, float(np.floor(np.percentile(power, DARKEST)))), top


def spectrogram(series: NDArray[np.floating]) -> NDArray[np.float64]:
    """Power density in dB, shape (frequencies, times): Hann windows that overlap by 3/4.

    They are 128 samples long for series of 4096, as published, and in proportion to the root of
    the length for others. Silence is at the bottom of the scale.
    """
    length = len(series)
    size = min(length, max(4, 2 ** round(np.log2(2 * np.sqrt(length)))))
    window = hann(size, sym=False)
    frames = np.lib.stride_tricks.sliding_window_view(series, size)[:: max(1, size // 4)]
    power = np.abs(np.fft.rfft(frames * window)).T ** 2 / np.sum(window**2)
    return 10 * np.log10(np.maximum(power, np.finfo(float).tiny))
