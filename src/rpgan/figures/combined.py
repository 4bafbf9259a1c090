"""Scores of a whole family: spectral distance and estimated parameters against the true one."""

import itertools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FixedLocator
from numpy.typing import NDArray

from rpgan import layout
from rpgan.figures import family as files
from rpgan.figures import style, words
from rpgan.figures.family import Family, Run, numbers, select

DISTANCES = {  # the first that a family has
    "psd_distance": "spectral distance\n[nepers]",
    "legacy_psd_distance": "distance of\nmedian spectra [nepers]",
}
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
FEW = 4  # members that one column of a journal holds


@dataclass(frozen=True)
class Places:
    """Where the groups of a family stand on the x axis, and each set within its group."""

    centres: dict[str, float]  # by dataset
    group: float  # width of a group, in units of the axis
    slots: dict[Run, float]  # offset of each set from the centre
    width: float  # of the figure, in inches

    @property
    def points(self) -> float:
        """Width of a slot in print, about."""
        low, high = self.limits()
        return 72 * (self.width - 0.8) * self.group / len(self.slots) / (high - low)

    def at(self, dataset: str, run: Run) -> float:
        return self.centres[dataset] + self.slots[run]

    def middle(self, model: str) -> NDArray[np.float64]:
        """Of a model's replicates, in each group."""
        offsets = [slot for (name, _), slot in self.slots.items() if name == model]
        return np.array(list(self.centres.values())) + float(np.mean(offsets))

    def limits(self) -> tuple[float, float]:
        margin = 0.5 if len(self.centres) == 1 else self.group
        return min(self.centres.values()) - margin, max(self.centres.values()) + margin


TARGET: Run = ("", -1)


def draw(family: Family, root: Path = Path()) -> Figure:
    """Top: spectral distance of every run above the floor. Below: estimates of each parameter."""
    scores = files.metrics(family, root)
    estimates = files.described(family, "estimates", files.ESTIMATES, root)
    law = root / layout.law(next(iter(family.ordered())), "estimates")
    with style.applied():
        return plot(family, scores, estimates, words.process(files.process(family, law)))


def plot(family: Family, scores: pd.DataFrame, estimates: pd.DataFrame, title: str) -> Figure:
    parameters = list(dict.fromkeys(estimates["parameter"]))
    distance = next((name for name in DISTANCES if has(scores, name)), None)
    rows = (distance is not None) + len(parameters)
    width = style.NARROW if len(family.members) <= FEW else style.WIDE
    figure = Figure(figsize=(width, 0.7 + 1.55 * rows))
    axes = list(figure.subplots(rows, 1, sharex=True, squeeze=False)[:, 0])
    places = placed(family, width)
    if distance:
        distances(axes[0], family, select(scores, metric=distance), places)
        axes[0].set_ylabel(DISTANCES[distance])
    for ax, name in zip(axes[rows - len(parameters) :], parameters, strict=True):
        truth = select(scores, metric=f"{name}_median")
        draw_truth(ax, truth, places)
        bars(ax, family, select(estimates, parameter=name), numbers(truth, "ideal"), places)
        note_missing(ax, family, select(estimates, parameter=name))
        ax.set_ylabel(broken(f"estimated {words.axis(family.process, name)}"))
    label_members(axes[-1], family, places)
    legend(figure, family, title, floor=distance is not None, truth=bool(parameters))
    figure.align_ylabels(axes)
    return figure


def has(scores: pd.DataFrame, metric: str) -> bool:
    return bool(np.isfinite(numbers(select(scores, metric=metric), "value")).any())


def placed(family: Family, width: float) -> Places:
    """Groups at the true values of the parameter, as wide as their least gap lets them be."""
    x = np.array(list(family.ordered().values()))
    span = np.ptp(x) or 1.0
    group = 0.8 * min(np.diff(x).min(), span / 3) if len(x) > 1 else 0.6
    sets = [TARGET, *family.runs()]
    step = group / len(sets)
    slots = {run: (i - (len(sets) - 1) / 2) * step for i, run in enumerate(sets)}
    return Places(family.ordered(), group, slots, width)


def distances(ax: Axes, family: Family, rows: pd.DataFrame, places: Places) -> None:
    """The floor, each run with its interval, the mean over replicates, the untrained networks."""
    draw_floor(ax, rows, places)
    for model in family.models:
        own, look = select(rows, model=model), style.look(family.models, model)
        colour, line = look["color"], look["linestyle"]
        x = places.middle(model)
        ax.plot(x, means(own, "value", places), color=colour, linestyle=line, linewidth=0.8)
        ax.plot(x, means(own, "untrained", places), color=colour, alpha=0.45, linestyle=":",
                linewidth=0.8, marker="x")  # fmt: skip
        draw_runs(ax, own, places, colour, look["marker"])
    shown = ["value", "low", "floor", "floor_low", "untrained"]
    style.scale(ax, np.concatenate([numbers(rows, name) for name in shown]))
    if ax.get_yscale() == "linear":
        ax.set_ylim(bottom=0)


def means(rows: pd.DataFrame, column: str, places: Places) -> NDArray[np.float64]:
    """Of a column, over the replicates of each member that have a value; NaN if none has."""
    values = [numbers(select(rows, dataset=dataset), column) for dataset in places.centres]
    finite = [part[np.isfinite(part)] for part in values]
    return np.array([part.mean() if len(part) else np.nan for part in finite])


def draw_floor(ax: Axes, rows: pd.DataFrame, places: Places) -> None:
    """What a perfect generator would reach: mean and range of the fresh draws."""
    x = np.array(list(places.centres.values()))
    x = np.concatenate([[x[0] - places.group / 2], x, [x[-1] + places.group / 2]])
    mean, low, high = (
        np.pad(means(rows, name, places), 1, "edge")
        for name in ("floor", "floor_low", "floor_high")
    )
    ax.fill_between(x, low, high, color=style.TARGET, alpha=0.15, linewidth=0)
    ax.plot(x, mean, color=style.TARGET, linestyle="--", linewidth=0.8)


def draw_runs(ax: Axes, rows: pd.DataFrame, places: Places, colour: str, marker: str) -> None:
    names = zip(rows["dataset"], rows["model"], rows["replicate"], strict=True)
    x = [places.at(dataset, (model, replicate)) for dataset, model, replicate in names]
    value = numbers(rows, "value")
    below, above = value - numbers(rows, "low"), numbers(rows, "high") - value
    error = np.nan_to_num(np.stack([below, above])).clip(min=0)
    ax.errorbar(x, value, error, fmt=marker, color=colour, markerfacecolor="white",
                markeredgewidth=0.8, markersize=size(places), elinewidth=0.8)  # fmt: skip


def draw_truth(ax: Axes, rows: pd.DataFrame, places: Places) -> None:
    """The true value of a parameter across each group."""
    for x, true in zip(places.centres.values(), means(rows, "ideal", places), strict=True):
        ends = [x - 0.55 * places.group, x + 0.55 * places.group]
        ax.plot(ends, [true, true], color=style.TRUTH, linewidth=0.8, zorder=1)


def bars(
    ax: Axes, family: Family, rows: pd.DataFrame, truth: NDArray[np.float64], places: Places
) -> None:
    """Central 90 % (thin), 50 % (thick) and median of each set's finite estimates."""
    seen = [truth]
    for dataset in places.centres:
        own = select(rows, dataset=dataset)
        for run in places.slots:
            model, replicate = run
            part = select(own, model=model, replicate=replicate, set="fake" if model else "real")
            values = numbers(part, "estimate")
            values = values[np.isfinite(values)]
            if len(values):
                quantiles = np.quantile(values, QUANTILES)
                draw_bar(ax, family, places.at(dataset, run), quantiles, model, places)
                seen.append(quantiles)
    style.scale(ax, np.concatenate(seen))


def note_missing(ax: Axes, family: Family, rows: pd.DataFrame) -> None:
    """Above a panel, the largest share of series without an estimate, of each model with any."""
    notes = []
    for model in family.models:
        own = select(rows, model=model, set="fake")
        sets = itertools.product(family.members, range(family.replicates))
        shares = [missing(select(own, dataset=d, replicate=r)) for d, r in sets]
        if max(shares) >= 0.005:
            notes.append(f"{words.model(model)} ≤ {100 * max(shares):.0f} %")
    if notes:
        ax.set_title(f"no estimate: {', '.join(notes)}", loc="right", fontsize=7, pad=3)


def missing(rows: pd.DataFrame) -> float:
    """Share of the series that have no finite estimate."""
    lacking = ~np.isfinite(numbers(rows, "estimate"))
    return float(lacking.mean()) if len(lacking) else 0.0


def draw_bar(
    ax: Axes, family: Family, x: float, quantiles: NDArray, model: str, places: Places
) -> None:
    look = style.look(family.models, model) if model else {"color": style.TARGET, "marker": "d"}
    thick = min(6.0, 0.6 * places.points)
    low, q1, median, q3, high = quantiles
    ax.plot([x, x], [low, high], color=look["color"], linewidth=0.8, solid_capstyle="butt")
    ax.plot([x, x], [q1, q3], color=look["color"], linewidth=thick, solid_capstyle="butt")
    ax.plot([x], [median], linestyle="", marker=look["marker"], markersize=0.7 * size(places),
            color=look["color"], markerfacecolor="white", markeredgewidth=0.6)  # fmt: skip


def size(places: Places) -> float:
    """Of a marker, in points."""
    return float(np.clip(0.75 * places.points, 1.8, 4.0))


def label_members(ax: Axes, family: Family, places: Places) -> None:
    """Ticks at the members' values where there is room, else at round numbers."""
    x = np.array(list(places.centres.values()))
    low, high = places.limits()
    room = (places.width - 0.8) / (high - low) * (np.diff(x).min() if len(x) > 1 else high - low)
    if not family.parameter:
        ax.set_xticks(x, list(places.centres))
    elif room > 0.06 * max(len(f"{v:g}") for v in x) + 0.08:
        ax.set_xticks(x, [f"{v:g}" for v in x])
    else:
        ax.xaxis.set_minor_locator(FixedLocator(x.tolist()))
    ax.set_xlim(low, high)
    ax.set_xlabel(family.axis())


def broken(label: str, room: int = 22) -> str:
    """`label` in two lines if one is too long for a panel."""
    if len(label) <= room:
        return label
    spaces = [i for i, c in enumerate(label) if c == " "]
    i = label.find(" [")
    i = i if i > 0 else min(spaces, key=lambda i: abs(i - len(label) / 2))
    return f"{label[:i]}\n{label[i + 1 :]}"


def legend(figure: Figure, family: Family, title: str, floor: bool, truth: bool) -> None:
    """One legend above all panels."""
    handles: dict[str, Any] = {}
    if truth:
        handles["target"] = Line2D([], [], color=style.TARGET, linewidth=3, solid_capstyle="butt")
    for model in family.models:
        look = style.look(family.models, model)
        line = Line2D([], [], **look, markerfacecolor="white", markersize=4, linewidth=0.8)
        handles[words.model(model)] = line
    if truth:
        handles["true value"] = Line2D([], [], color=style.TRUTH, linewidth=0.8)
    if floor:
        band = Patch(color=style.TARGET, alpha=0.15, linewidth=0)
        handles["floor"] = (band, Line2D([], [], color=style.TARGET, linestyle="--", linewidth=0.8))
        cross = Line2D([], [], color="grey", alpha=0.6, marker="x", linestyle=":")
        handles["untrained"] = cross
    columns = len(handles) if figure.get_figwidth() > style.NARROW else 3
    style.legend(figure, handles, title, columns)
