"""What a family is before anything is learnt: series, spectra and densities of its members."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from rpgan import layout, words
from rpgan.figures import examples, marginals, published, spectra, style, training
from rpgan.figures import family as files
from rpgan.figures.family import Family, numbers, select

ROWS = 3  # of series
FINE = 2000  # frequencies
FLAT = 10  # dB that the axis of a white spectrum still has


def draw(family: Family, root: Path = Path()) -> Figure:
    """Left: series of up to three members. Right: spectra and densities of all of them."""
    settings = files.process(family, files.target(family, root))
    family = published.narrowed(family, settings, "process")
    laws = {d: files.law(family, d, root) for d in family.ordered()}
    tables = {
        d: files.read(family, root / layout.law(d, "spectra"), files.SPECTRA, d)
        for d in family.ordered()
    }
    tests = {
        d: files.first(family, files.target(family, root, d), None, d) for d in family.ordered()
    }
    with style.applied():
        return plot(family, tests, laws, tables, settings)


def plot(
    family: Family,
    tests: dict[str, NDArray[np.float32]],
    laws: dict[str, Any],
    tables: dict[str, pd.DataFrame],
    settings: dict[str, Any],
) -> Figure:
    figure = Figure(figsize=(style.WIDE, 3.9))
    left, right = figure.add_gridspec(1, 2, width_ratios=[1.2, 1])
    shown = family.spread(ROWS).ordered()
    series_of(figure, left, family, {d: tests[d][0] for d in shown})
    top, bottom = (figure.add_subplot(cell) for cell in right.subgridspec(2, 1))
    spectra_of(top, family, laws, tables)
    published.limit(top, family, settings, "process spectrum")
    densities_of(bottom, family, laws, tests, published.ranges(family, settings, "marginal"))
    legend(figure, family, words.process(settings))
    return figure


def series_of(
    figure: Figure, cell: Any, family: Family, series: dict[str, NDArray[np.float32]]
) -> None:
    """The first series of each member, below each other."""
    grid = cell.subgridspec(len(series), 1)
    for i, (dataset, values) in enumerate(series.items()):
        ax = figure.add_subplot(grid[i])
        ax.plot(values, color=shade(family, dataset), linewidth=0.6)
        ax.set_xlim(0, len(values) - 1)
        examples.limit(ax, values, 0.0)
        ax.set_title(family.heading(dataset))
        ax.tick_params(labelbottom=i == len(series) - 1)
        ax.set_ylabel("value")
        if i == len(series) - 1:
            ax.set_xlabel("time [samples]")


def spectra_of(
    ax: Axes, family: Family, laws: dict[str, Any], tables: dict[str, pd.DataFrame]
) -> None:
    """Of the law where it has one, else medians over the test set; in dB."""
    peak = -np.inf
    for dataset, table in tables.items():
        own = select(table, set="real")
        x = numbers(own, "frequency")
        fine = np.linspace(x[0], x[-1], FINE)
        law = files.closed_form(laws[dataset], "psd", fine)
        level = (published.LEVEL if law is None else published.LAW_LEVEL) * family.published
        if family.parameter == "band":
            level = 0.0  # gains of filters, not estimates
        x, power = (x, numbers(own, "median")) if law is None else (fine, law)
        decibel = level + 10 * np.log10(np.where(power > 0, power, np.nan))
        ax.plot(x, decibel, color=shade(family, dataset), linewidth=1.0)
        peak = max(peak, float(np.nanmax(decibel)))
        if family.parameter == "band":
            centre = float(x[decibel > np.nanmax(decibel) - 6].mean())
            ax.text(centre, peak, f"{family.members[dataset]:g}", ha="center", va="bottom",
                    fontsize=7, color=shade(family, dataset))  # fmt: skip
        ax.set_xlim(x[0], 0.5)
    if family.parameter in spectra.POWER_LAWS:
        style.logarithmic(ax, "x")
    low = np.clip(ax.get_ylim()[0], peak - spectra.DEPTH, peak - FLAT)
    ax.set_ylim(low, peak + 0.1 * (peak - low))
    ax.set_xlabel("frequency [cycles/sample]")
    ax.set_ylabel("power density [dB]")


def densities_of(
    ax: Axes,
    family: Family,
    laws: dict[str, Any],
    tests: dict[str, NDArray[np.float32]],
    ranges: tuple[published.Range, ...],
) -> None:
    """Of the law where it is known, else of the samples of the test set."""
    made = marginals.bins(np.concatenate([test.ravel() for test in tests.values()]), ranges)
    lowest, highest = np.inf, 0.0
    for dataset, test in tests.items():
        law = files.closed_form(laws[dataset], "pdf", made.centres)
        found = made.density(test)
        lowest, highest = min(lowest, np.nanmin(found)), max(highest, np.nanmax(found))
        look = {"color": shade(family, dataset), "linewidth": 1.0}
        if law is None:
            ax.stairs(found, made.edges, baseline=None, **look)
        else:
            ax.plot(made.centres, np.where(law > 0, law, np.nan), **look)
    ax.set_yscale("log")
    ax.set_ylim(lowest / 3, 2 * highest)
    marginals.bend(ax, made)
    ax.set_xlabel(marginals.BENT if made.bend else "value")
    ax.set_ylabel("density")


def shade(family: Family, dataset: str) -> tuple[float, float, float]:
    """A grey, the paler the smaller the member's parameter."""
    return training.shade(family, style.TARGET, dataset)


def legend(figure: Figure, family: Family, title: str) -> None:
    handles = {
        f"{member:g}" if family.parameter else dataset: Line2D([], [], color=shade(family, dataset))
        for dataset, member in family.ordered().items()
    }
    what = f", {words.parameter(family.process, family.parameter)}" if family.parameter else ""
    style.legend(figure, handles, title + what, 6)
