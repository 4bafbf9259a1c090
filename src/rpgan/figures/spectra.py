"""Median spectra of one member of a family after another."""

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from rpgan import layout, words
from rpgan.figures import family as files
from rpgan.figures import members, published, style
from rpgan.figures.family import Family, numbers, select

POWER_LAWS = {"hurst"}  # parameters whose spectra are straight on logarithmic axes
UNTRAINED = Line2D([], [], color="grey", linestyle=":", linewidth=0.8)
DEPTH = 70  # dB below the target's peak that are worth showing


def draw(family: Family, root: Path = Path()) -> Figure:
    """One panel per member: median spectra of the target, of every run, and before training."""
    rows = files.described(family, "spectra", files.SPECTRA, root)
    law = root / layout.law(next(iter(family.ordered())), "spectra")
    with style.applied():
        return plot(family, rows, files.process(family, law))


def plot(family: Family, rows: pd.DataFrame, settings: dict[str, Any]) -> Figure:
    figure, axes = members.panels(family)
    level = published.LEVEL if family.published else 0.0
    for dataset, ax in axes.items():
        panel(ax, family, select(rows, dataset=dataset), level)
        published.limit(ax, family, settings, "spectrum")
    figure.supxlabel("frequency [cycles/sample]")
    unit = "dB, as published" if family.published else "dB"
    figure.supylabel(f"median power density [{unit}]")
    members.legend(figure, family, words.process(settings), {"untrained": UNTRAINED})
    return figure


def panel(ax: Axes, family: Family, rows: pd.DataFrame, level: float) -> None:
    """One member, `level` dB higher than it is."""
    target = select(rows, set="real")
    x = numbers(target, "frequency")
    low, median, high = (level + decibel(target, name) for name in ("low", "median", "high"))
    ax.fill_between(x, low, high, color=style.TARGET, alpha=0.15, linewidth=0)
    ax.plot(x, median, color=style.TARGET, linewidth=1.2)
    for which, (model, replicate) in itertools.product(("untrained", "fake"), family.runs()):
        own = select(rows, model=model, replicate=replicate, set=which)
        look = style.look(family.models, model)
        line = {"color": look["color"], "linestyle": look["linestyle"], "linewidth": 0.8}
        faint = {"linestyle": ":", "alpha": 0.5} if which == "untrained" else {}
        shown = level + decibel(own, "median")
        ax.plot(numbers(own, "frequency"), shown, **line | faint)
    ax.set_xlim(x[0], 0.5)
    if family.parameter in POWER_LAWS and not family.published:
        style.logarithmic(ax, "x")
    ax.set_ylim(bottom=max(ax.get_ylim()[0], np.nanmax(median) - DEPTH))


def decibel(rows: pd.DataFrame, column: str) -> NDArray[np.float64]:
    """Power in dB; NaN, hence a gap, where there is none."""
    power = numbers(rows, column)
    return 10 * np.log10(np.where(power > 0, power, np.nan))
