"""Figures with one panel for each member of a family, in which lines are sets of series."""

from collections.abc import Mapping
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from rpgan import words
from rpgan.figures import style
from rpgan.figures.family import Family


def panels(family: Family, sharex: bool = True) -> tuple[Figure, dict[str, Axes]]:
    """An empty figure, and the panel of each dataset in it, with its value as the title."""
    n = len(family.members)
    columns = 1 if n == 1 else 2 if n in (2, 4) else 3
    rows = -(-n // columns)
    figure = Figure(figsize=(style.NARROW if n == 1 else style.WIDE, 0.8 + 1.7 * rows))
    axes = figure.subplots(rows, columns, sharex=sharex, squeeze=False)
    for ax, dataset in zip(axes.flat, family.ordered(), strict=False):
        ax.set_title(family.heading(dataset))
    for ax in axes.flat[n:]:
        ax.remove()
    for ax in axes.flat[max(0, n - columns) : n]:
        ax.tick_params(labelbottom=True)
    return figure, dict(zip(family.ordered(), axes.flat, strict=False))


def line_of(family: Family, model: str) -> dict[str, Any]:
    """How a model's lines look; the target is ""."""
    if not model:
        return {"color": style.TARGET, "linewidth": 1.2}
    look = style.look(family.models, model)
    return {"color": look["color"], "linestyle": look["linestyle"], "linewidth": 0.8}


def legend(figure: Figure, family: Family, title: str, further: Mapping[str, Any]) -> None:
    """Target, models, and what else there is."""
    handles: dict[str, Any] = {"target": Line2D([], [], **line_of(family, ""))}
    for model in family.models:
        handles[words.model(model)] = Line2D([], [], **line_of(family, model))
    handles |= further
    columns = len(handles) if figure.get_figwidth() > style.NARROW else 2
    style.legend(figure, handles, title, columns)
