"""What a generator makes in the midst of its training."""

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from rpgan.figures import style

SHOWN = 4  # of the series that the fixed latents give
DEPTH, MARGIN = 70, 15  # dB: most below the target's peak, and around its range, that are shown

Spectrum = tuple[NDArray[np.float64], NDArray[np.float64]]  # frequencies, power spectral density


def of_series(
    real: NDArray[np.floating],
    made: NDArray[np.floating],
    spectra: tuple[Spectrum, Spectrum],
    title: str,
) -> Figure:
    """Left: the first series of the target above the first that were made, both (n, length).

    Right: the mean spectrum of the target, and of what was made.
    """
    with style.applied():
        figure = Figure(figsize=(style.WIDE, 3.2))
        left, right = figure.subfigures(1, 2, squeeze=False, width_ratios=(3, 2))[0]
        colours = [style.TARGET, *[style.COLOURS[0]] * SHOWN]
        axes = left.subplots(1 + SHOWN, 1, sharex=True, sharey=True)
        for ax, row, colour in zip(axes, [real[0], *made[:SHOWN]], colours, strict=False):
            ax.plot(row, color=colour, linewidth=0.6)
            ax.set_xlim(0, real.shape[-1] - 1)
        axes[0].set_title("target, and series of the same latents throughout the training")
        axes[-1].set_xlabel("time [samples]")
        ax = right.subplots()
        for (frequency, power), colour in zip(spectra, colours, strict=False):
            ax.plot(frequency, decibels(power), color=colour)
        target = decibels(spectra[0][1])
        ax.set(xlabel="frequency [cycles/sample]", ylabel="mean power spectral density [dB]")
        low = max(target.min(), target.max() - DEPTH)
        ax.set_ylim(low - MARGIN, target.max() + MARGIN)
        figure.suptitle(title)
    return figure


def of_images(real: NDArray[np.floating], made: NDArray[np.floating], title: str) -> Figure:
    """Above: the first images of the target; below: those that were made, both (n, c, h, w).

    One channel is drawn in grey, three in colour; the darkest and the lightest are the target's.
    """
    with style.applied():
        figure = Figure(figsize=(style.WIDE, 2.6))
        low, high = float(real.min()), float(real.max())
        axes = figure.subplots(2, 2 * SHOWN)
        for row, images in zip(axes, (real, made), strict=True):
            for ax, image in zip(row, images, strict=False):
                shade = np.clip((image - low) / ((high - low) or 1.0), 0, 1)
                colour = shade.transpose(1, 2, 0) if len(shade) == 3 else shade[0]
                ax.imshow(colour, cmap="gray", vmin=0, vmax=1, interpolation="nearest")
            for ax in row:
                ax.set_axis_off()
        axes[0, 0].set_title("target", loc="left")
        axes[1, 0].set_title("images of the same latents throughout the training", loc="left")
        figure.suptitle(title)
    return figure


def decibels(power: NDArray[np.float64]) -> NDArray[np.float64]:
    return 10 * np.log10(np.maximum(power, np.finfo(float).tiny))
