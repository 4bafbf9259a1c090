"""The first series of files side by side: over time, and long ones by frequency too."""

from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from rpgan.figures import examples, style
from rpgan.figures.spectrograms import RANGE, spectrogram

Array = NDArray[np.floating[Any]]

LONG = 1024  # samples from which the colours of a series are seen better than its wiggles


def plot(sets: dict[str, Array]) -> Figure:
    """One column for each set of series (n, channels, length), one row for each series.

    All share their axes and colours. Of several channels the power is added up.
    """
    with style.applied():
        first = next(iter(sets.values()))
        n, _, length = first.shape
        heights = [3, 4] if length >= LONG else [1]
        tall = 1.4 if length >= LONG else 0.8
        figure = Figure(figsize=(style.WIDE, 0.7 + tall * n))
        axes = figure.subplots(
            n * len(heights), len(sets), sharex=True, squeeze=False, height_ratios=heights * n
        )
        over_time(axes[:: len(heights)], sets)
        if length >= LONG:
            by_frequency(figure, axes[1::2], sets)
        for ax, title in zip(axes[0], sets, strict=True):
            ax.set_title(title)
        figure.supxlabel("time [samples]")
    return figure


def over_time(axes: NDArray[Any], sets: dict[str, Array]) -> None:
    everything = np.concatenate([series.ravel() for series in sets.values()])
    target = next(iter(sets.values()))
    heavy = examples.is_heavy({"": target, "all": everything})
    threshold = float(np.quantile(np.abs(target), 0.95)) if heavy else 0.0
    for column, series in zip(axes.T, sets.values(), strict=True):
        colour = style.TARGET if series is target else style.COLOURS[0]
        for ax, channels in zip(column, series, strict=False):
            for line, channel in enumerate(channels):
                ax.plot(channel, color=colour, linewidth=0.6, alpha=1 / (1 + line))
            ax.set_xlim(0, series.shape[-1] - 1)
            examples.limit(ax, everything, threshold)
            ax.label_outer()
    for ax in axes[:, 0]:
        ax.set_ylabel("value")


def by_frequency(figure: Figure, axes: NDArray[Any], sets: dict[str, Array]) -> None:
    powers = {name: [power(series) for series in of] for name, of in sets.items()}
    top = float(np.ceil(max(one.max() for one in next(iter(powers.values())))))
    image = None
    for column, (name, of) in zip(axes.T, powers.items(), strict=True):
        for ax, decibels in zip(column, of, strict=False):
            image = ax.imshow(
                decibels, aspect="auto", origin="lower", vmin=top - RANGE, vmax=top,
                extent=(0, sets[name].shape[-1] - 1, 0, 0.5), cmap="cividis",
                interpolation="nearest",
            )  # fmt: skip
            ax.label_outer()
    for ax in axes[:, 0]:
        ax.set_ylabel("frequency\n[cycles/sample]")
    if image is not None:
        bar = figure.colorbar(image, ax=axes.ravel().tolist(), pad=0.01, aspect=40)
        bar.set_label("power density [dB]")


def power(channels: Array) -> Array:
    """Power density in dB of one series (channels, length), added up over its channels."""
    return 10 * np.log10(sum(10 ** (spectrogram(channel) / 10) for channel in channels))
