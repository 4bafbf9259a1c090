"""Median spectra of one member of a family after another."""

import itertools
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from rpgan import layout
from rpgan.figures import family as files
from rpgan.figures import style, words
from rpgan.figures.family import Family, numbers, select

POWER_LAWS = {"hurst"}  # parameters whose spectra are straight on logarithmic axes
DEPTH = 70  # dB below the target's peak that are worth showing


def draw(family: Family, root: Path = Path()) -> Figure:
    """One panel per member: median spectra of the target, of every run, and before training."""
    rows = files.described(family, "spectra", files.SPECTRA, root)
    law = root / layout.law(next(iter(family.ordered())), "spectra")
    with style.applied():
        return plot(family, rows, words.process(files.process(family, law)))


def plot(family: Family, rows: pd.DataFrame, title: str) -> Figure:
    n = len(family.members)
    columns = 1 if n == 1 else 2 if n in (2, 4) else 3
    height = -(-n // columns)
    figure = Figure(figsize=(style.NARROW if n == 1 else style.WIDE, 0.8 + 1.7 * height))
    axes = figure.subplots(height, columns, sharex=True, squeeze=False)
    for ax, dataset in zip(axes.flat, family.ordered(), strict=False):
        panel(ax, family, select(rows, dataset=dataset))
        ax.set_title(family.heading(dataset))
    for ax in axes.flat[n:]:
        ax.remove()
    for ax in axes.flat[max(0, n - columns) : n]:
        ax.tick_params(labelbottom=True)
    figure.supxlabel("frequency [cycles/sample]")
    figure.supylabel("median power density [dB]")
    legend(figure, family, title)
    return figure


def panel(ax: Axes, family: Family, rows: pd.DataFrame) -> None:
    target = select(rows, set="real")
    x, median = numbers(target, "frequency"), decibel(target, "median")
    low, high = decibel(target, "low"), decibel(target, "high")
    ax.fill_between(x, low, high, color=style.TARGET, alpha=0.15, linewidth=0)
    ax.plot(x, median, color=style.TARGET, linewidth=1.2)
    for which, (model, replicate) in itertools.product(("untrained", "fake"), family.runs()):
        own = select(rows, model=model, replicate=replicate, set=which)
        look = style.look(family.models, model)
        line = {"color": look["color"], "linestyle": look["linestyle"], "linewidth": 0.8}
        faint = {"linestyle": ":", "alpha": 0.5} if which == "untrained" else {}
        ax.plot(numbers(own, "frequency"), decibel(own, "median"), **line | faint)
    ax.set_xlim(x[0], 0.5)
    if family.parameter in POWER_LAWS:
        style.logarithmic(ax, "x")
    ax.set_ylim(bottom=max(ax.get_ylim()[0], np.nanmax(median) - DEPTH))


def decibel(rows: pd.DataFrame, column: str) -> NDArray[np.float64]:
    """Power in dB; NaN, hence a gap, where there is none."""
    power = numbers(rows, column)
    return 10 * np.log10(np.where(power > 0, power, np.nan))


def legend(figure: Figure, family: Family, title: str) -> None:
    handles = {"target": Line2D([], [], color=style.TARGET, linewidth=1.2)}
    for model in family.models:
        look = style.look(family.models, model)
        handles[words.model(model)] = Line2D(
            [], [], color=look["color"], linestyle=look["linestyle"], linewidth=0.8
        )
    handles["untrained"] = Line2D([], [], color="grey", linestyle=":", linewidth=0.8)
    style.legend(figure, handles, title, len(handles) if len(family.members) > 1 else 2)
