"""Series of the target and of each model side by side, unpicked: the first of each file."""

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from rpgan import layout, words
from rpgan.figures import family as files
from rpgan.figures import published, style
from rpgan.figures.family import Family

ROWS = 3  # of series: so many for each of up to so many members, else one for each member
HEAVY = 50  # largest sample over the target's mean size that no linear axis can show

Sets = dict[str, NDArray[np.float32]]


def draw(family: Family, root: Path = Path()) -> Figure:
    """Columns: target and models (replicate 0). Members share their limits across columns."""
    settings = files.process(family, root / layout.series(next(iter(family.ordered())), "test"))
    family = published.narrowed(family, settings, "waveforms")
    each = ROWS if len(family.members) <= ROWS else 1
    sets = {d: files.examples(family, d, each, root) for d in family.ordered()}
    with style.applied():
        return plot(family, sets, settings)


def plot(family: Family, sets: dict[str, Sets], settings: dict[str, Any]) -> Figure:
    title = words.process(settings)
    columns = ["", *family.models]
    each = len(next(iter(sets.values()))[""])
    rows, heavy = each * len(sets), any(is_heavy(of) for of in sets.values())
    apart = heavy and family.published
    figure = Figure(figsize=(style.WIDE, 0.7 + (0.8 if each > 1 else 0.66) * rows))
    axes = figure.subplots(rows, len(columns), sharex=True, squeeze=False)
    for i, dataset in enumerate(family.ordered()):
        block = axes[i * each : (i + 1) * each]
        draw_member(block, family, sets[dataset], heavy, apart)
        member = family.label(dataset)
        if len(sets) > 1:
            beside(block[(each - 1) // 2, -1], family.heading(dataset).replace(" ", "\n"))
        else:
            title += f", {member}"
    for ax, name in zip(axes[0], columns, strict=True):
        ax.set_title(words.model(name) if name else "target")
    figure.supxlabel("time [samples]")
    bent = heavy and not apart
    figure.supylabel("value (linear near 0, logarithmic beyond)" if bent else "value")
    figure.suptitle(title)
    return figure


def draw_member(axes: NDArray, family: Family, sets: Sets, heavy: bool, apart: bool) -> None:
    """One block of panels, rows of series and columns of sets, with one y axis for all.

    If they are to be seen `apart`, each has its own, which is linear.
    """
    everything = np.concatenate([values.ravel() for values in sets.values()])
    threshold = float(np.quantile(np.abs(sets[""]), 0.95)) if heavy else 0.0
    for column, (name, values) in zip(axes.T, sets.items(), strict=True):
        colour = style.look(family.models, name)["color"] if name else style.TARGET
        for ax, row in zip(column, values, strict=True):
            ax.plot(row, color=colour, linewidth=0.6)
            ax.set_xlim(0, len(row) - 1)
            if apart:
                limit(ax, row, 0.0)
                ax.label_outer(remove_inner_ticks=False)
                ax.tick_params(labelleft=True)
            else:
                limit(ax, everything, threshold)
                ax.label_outer()


def is_heavy(sets: Sets) -> bool:
    largest = max(float(np.abs(values).max()) for values in sets.values())
    return largest > HEAVY * float(np.abs(sets[""]).mean()) > 0


def limit(ax: Axes, everything: NDArray, threshold: float) -> None:
    """Limits that hold every series of a member; logarithmic beyond a positive `threshold`."""
    low, high = float(everything.min()), float(everything.max())
    if threshold > 0:
        decade = 10 ** np.ceil(np.log10(threshold))
        ax.set_yscale("symlog", linthresh=decade)
        ax.set_ylim(low - 0.5 * max(-low, decade), high + 0.5 * max(high, decade))
        top = 10 ** np.floor(np.log10(max(-low, high, decade)))
        ax.set_yticks([-top, 0, top], [f"−{top:g}", "0", f"{top:g}"])
        ax.set_yticks([], minor=True)
    else:
        margin = 0.05 * (high - low) or 1.0
        ax.set_ylim(low - margin, high + margin)


def beside(ax: Axes, label: str) -> None:
    """`label` to the right of a panel."""
    ax.annotate(
        label, (1, 0.5), (6, 0), xycoords="axes fraction", textcoords="offset points", va="center"
    )
