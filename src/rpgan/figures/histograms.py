"""Histograms of the estimates of each parameter, one row of panels for each member."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from rpgan import words
from rpgan.figures import combined, members, published, style
from rpgan.figures import family as files
from rpgan.figures.family import Family, numbers, select

BINS = 50
KEPT = (0.005, 0.995)  # quantiles of the estimates of one set, of which all bins hold the widest
HIGH = 4  # times the target's peak, beyond which others are cut off
TRUE = Line2D([], [], color=style.TRUTH, linewidth=1.2)


def draw(family: Family, root: Path = Path()) -> Figure:
    """Columns: parameters. Rows: members. Lines: the target, and all trainings of each model."""
    with style.applied():
        return plot(family, *files.estimated(family, root))


def plot(
    family: Family, scores: pd.DataFrame, estimates: pd.DataFrame, settings: dict[str, Any]
) -> Figure:
    names = published.parameters(family, list(dict.fromkeys(estimates["parameter"])))
    width = style.NARROW if len(names) == 1 else style.WIDE
    figure = Figure(figsize=(width, 0.9 + 1.1 * len(family.members)))
    axes = figure.subplots(len(family.members), len(names), squeeze=False)
    for row, dataset in zip(axes, family.ordered(), strict=True):
        for ax, name in zip(row, names, strict=True):
            own = select(estimates, dataset=dataset, parameter=name)
            truth = select(scores, dataset=dataset, metric=f"{name}_median")
            panel(ax, family, own, numbers(truth, "ideal")[:1])
        if len(family.members) > 1:
            row[-1].annotate(
                family.heading(dataset).replace(" ", "\n"), (1, 0.5), (6, 0), va="center",
                xycoords="axes fraction", textcoords="offset points",
            )  # fmt: skip
    for ax, name in zip(axes[-1], names, strict=True):
        ax.set_xlabel(combined.estimated(family, name))
    figure.supylabel("density of estimates")
    title = words.process(settings)
    if len(family.members) == 1:
        title += f", {family.label(next(iter(family.members)))}"
    members.legend(figure, family, title, {"true value": TRUE})
    return figure


def panel(ax: Axes, family: Family, rows: pd.DataFrame, truth: NDArray[np.float64]) -> None:
    """One parameter of one member: the target filled, the trainings of a model one line."""
    sets = {"": combined.finite(select(rows, set="real"))}
    for model in family.models:
        sets[model] = combined.finite(select(rows, set="fake", model=model))
    edges = bins([values for values in sets.values() if len(values)], truth)
    ax.axvline(truth[0] if len(truth) else np.nan, color=style.TRUTH, linewidth=1.2, zorder=1)
    tallest: dict[str, float] = {}
    for model, values in sets.items():
        if len(values):
            heights = np.histogram(values, edges)[0] / (len(values) * np.diff(edges))
            look = members.line_of(family, model)
            if not model:
                ax.stairs(heights, edges, fill=True, color=style.TARGET, alpha=0.15)
            ax.stairs(heights, edges, color=look["color"], linewidth=0.8)
            tallest[model] = max(tallest.get(model, 0.0), float(heights.max()))
    ax.set_xlim(edges[0], edges[-1])
    ax.set_ylim(0, 1.05 * min(max(tallest.values(), default=1.0), HIGH * tallest.get("", np.inf)))
    ax.set_yticks([])


def bins(sets: list[NDArray[np.float64]], truth: NDArray[np.float64]) -> NDArray[np.float64]:
    """Edges of `BINS` bins that hold nearly all estimates, and the true value."""
    ends = [np.quantile(values, KEPT) for values in sets] or [np.array([0.0, 1.0])]
    everything = np.concatenate([*ends, truth[np.isfinite(truth)]])
    low, high = float(everything.min()), float(everything.max())
    margin = 0.02 * (high - low) or 0.01 * (abs(low) or 1.0)
    return np.linspace(low - margin, high + margin, BINS + 1)
