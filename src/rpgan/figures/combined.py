"""Scores of a whole family: spectral distance and estimated parameters against the true one."""

import itertools
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import cbook
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FixedLocator
from numpy.typing import NDArray

from rpgan import words
from rpgan.figures import family as files
from rpgan.figures import published, style
from rpgan.figures.family import Family, Run, numbers, select

DISTANCES = {  # the first that a family has
    "psd_distance": "spectral distance\n[nepers]",
    "legacy_psd_distance": "distance of\nmedian spectra [nepers]",
}
WHISKERS = (5, 95)  # percentiles
PUBLISHED_WHISKERS = 1.5  # times the box, at most
FEW = 4  # members that one column of a journal holds
NO_BREAK = "\N{NO-BREAK SPACE}"
MARGIN = 0.03  # of an axis, for the half of a mark
CHARACTERS = 16  # an inch of a note
SPREAD = 0.7  # of the width of a slot, over which replicates lie


@dataclass(frozen=True)
class Places:
    """Where the groups of a family stand on the x axis, and target and models within a group."""

    centres: dict[str, float]  # by dataset
    step: float  # width of a slot, in units of the axis
    slots: dict[str, float]  # offset of each model from the centre; the target is ""
    replicates: int
    width: float  # of the figure, in inches

    @property
    def group(self) -> float:
        """Width of a group, in units of the axis."""
        return self.step * len(self.slots)

    @property
    def points(self) -> float:
        """Width of a slot in print, about."""
        low, high = self.limits()
        return 72 * (self.width - 0.8) * self.step / (high - low)

    def at(self, dataset: str, run: Run) -> float:
        """Of one replicate; the target has none."""
        model, replicate = run
        off = (replicate + 0.5) / self.replicates - 0.5 if model else 0.0
        return self.centres[dataset] + self.slots[model] + SPREAD * self.step * off

    def middle(self, model: str) -> NDArray[np.float64]:
        """Of a model, in each group."""
        return np.array(list(self.centres.values())) + self.slots[model]

    def limits(self) -> tuple[float, float]:
        margin = 0.5 if len(self.centres) == 1 else self.group
        return min(self.centres.values()) - margin, max(self.centres.values()) + margin


TARGET: Run = ("", -1)


def draw(family: Family, root: Path = Path()) -> Figure:
    """Top: spectral distance of every run above the floor. Below: estimates of each parameter."""
    with style.applied():
        return plot(family, *files.estimated(family, root))


def plot(
    family: Family, scores: pd.DataFrame, estimates: pd.DataFrame, settings: dict[str, Any]
) -> Figure:
    parameters = published.parameters(family, list(dict.fromkeys(estimates["parameter"])))
    names = reversed(DISTANCES) if family.published else DISTANCES
    distance = next((name for name in names if has(scores, name)), None)
    rows = (distance is not None) + len(parameters)
    width = style.NARROW if len(family.members) <= FEW else style.WIDE
    figure = Figure(figsize=(width, 0.7 + 1.55 * rows))
    axes = list(figure.subplots(rows, 1, sharex=True, squeeze=False)[:, 0])
    places = placed(family, width)
    if distance:
        own = select(scores, metric=distance)
        distances(axes[0], family, own, places)
        axes[0].set_ylabel(DISTANCES[distance])
        published.limit(axes[0], family, settings, "distance")
        note(axes[0], beyond(axes[0], family, settings, "distance", numbers(own, "value")))
    for ax, name in zip(axes[rows - len(parameters) :], parameters, strict=True):
        own, truth = select(estimates, parameter=name), select(scores, metric=f"{name}_median")
        draw_truth(ax, truth, places)
        medians = boxes(ax, family, own, numbers(truth, "ideal"), places)
        ax.set_ylabel(broken(estimated(family, name)))
        published.limit(ax, family, settings, name)
        note(ax, without(family, own) + beyond(ax, family, settings, name, medians))
    label_members(axes[-1], family, places)
    title = words.process(settings)
    legend(figure, family, title, floor=distance is not None, truth=bool(parameters))
    figure.align_ylabels(axes)
    return figure


def has(scores: pd.DataFrame, metric: str) -> bool:
    return bool(np.isfinite(numbers(select(scores, metric=metric), "value")).any())


def placed(family: Family, width: float) -> Places:
    """Groups at the true values of the parameter, as wide as their least gap lets them be.

    As published they stand one unit apart, and slots have a fifth of it.
    """
    names = ["", *family.models]
    centres = family.ordered()
    if family.published:
        centres, group = {d: float(i) for i, d in enumerate(centres)}, 0.2 * min(len(names), 4)
    else:
        x = np.array(list(centres.values()))
        span = np.ptp(x) or 1.0
        group = 0.8 * min(np.diff(x).min(), span / 3) if len(x) > 1 else 0.6
    step = group / len(names)
    slots = {name: (i - (len(names) - 1) / 2) * step for i, name in enumerate(names)}
    return Places(centres, step, slots, family.replicates, width)


def distances(ax: Axes, family: Family, rows: pd.DataFrame, places: Places) -> None:
    """`scored` from 0 up, or on a logarithmic axis if the values ask for that.

    Estimates without bias may lie below 0, and then so does the end of the axis; below marks at 0
    there is room for their lower half.
    """
    scored(ax, family, rows, places)
    shown = ["value", "low", "floor", "floor_low", "untrained"]
    values = np.concatenate([numbers(rows, name) for name in shown])
    style.scale(ax, values)
    if ax.get_yscale() == "linear" and not (values < 0).any():
        room = MARGIN * ax.get_ylim()[1]
        marked = np.concatenate([numbers(rows, "value"), numbers(rows, "untrained")])
        ax.set_ylim(bottom=-room if (marked < room).any() else 0)


def scored(ax: Axes, family: Family, rows: pd.DataFrame, places: Places) -> None:
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


def boxes(
    ax: Axes, family: Family, rows: pd.DataFrame, truth: NDArray[np.float64], places: Places
) -> NDArray[np.float64]:
    """A box for the finite estimates of each set, those of all replicates together.

    Markers are the medians of single replicates, which are returned.
    """
    seen, medians = [truth], []
    for dataset, model in itertools.product(places.centres, places.slots):
        own = select(rows, dataset=dataset, model=model, set="fake" if model else "real")
        values = finite(own)
        if len(values):
            look = look_of(family, model)
            x = places.centres[dataset] + places.slots[model]
            whiskers = PUBLISHED_WHISKERS if family.published else WHISKERS
            seen.append(draw_box(ax, x, values, whiskers, look["color"], places))
            of_runs = {run: finite(select(own, replicate=run)) for run in own["replicate"].unique()}
            found = {run: float(np.median(each)) for run, each in of_runs.items() if len(each)}
            ax.plot([places.at(dataset, (model, run)) for run in found], list(found.values()),
                    linestyle="", marker=look["marker"], markersize=0.8 * size(places),
                    color=look["color"], markerfacecolor="white", markeredgewidth=0.6,
                    zorder=4)  # fmt: skip
            medians += found.values()
    style.scale(ax, np.concatenate(seen))
    return np.array(medians)


def finite(rows: pd.DataFrame) -> NDArray[np.float64]:
    """The estimates that exist."""
    values = numbers(rows, "estimate")
    return values[np.isfinite(values)]


def look_of(family: Family, model: str) -> dict[str, Any]:
    """Colour and marker of a model, or of the target, which is ""."""
    return style.look(family.models, model) if model else {"color": style.TARGET, "marker": "d"}


def draw_box(
    ax: Axes,
    x: float,
    values: NDArray[np.float64],
    whiskers: float | tuple[float, float],
    colour: str,
    places: Places,
) -> NDArray[np.float64]:
    """Quartiles, median with the notch of its 95 % interval, and whiskers; their ends."""
    box = cbook.boxplot_stats(values, whis=whiskers)[0]  # type: ignore[arg-type]
    box["cilo"], box["cihi"] = max(box["cilo"], box["q1"]), min(box["cihi"], box["q3"])
    line = {"color": colour, "linewidth": 0.7}
    ax.bxp(
        [box],
        positions=[x],
        widths=0.85 * places.step,
        shownotches=True,
        showfliers=False,
        showcaps=False,
        manage_ticks=False,
        patch_artist=True,
        boxprops={"facecolor": to_rgba(colour, 0.25), "edgecolor": colour, "linewidth": 0.7},
        medianprops=line | {"linewidth": 1.2},
        whiskerprops=line,
    )
    return np.array([box["whislo"], box["whishi"]])


def without(family: Family, rows: pd.DataFrame) -> list[str]:
    """The largest share of series without an estimate, of each model with any."""
    notes = []
    for model in family.models:
        own = select(rows, model=model, set="fake")
        sets = itertools.product(family.members, range(family.replicates))
        shares = [missing(select(own, dataset=d, replicate=r)) for d, r in sets]
        if max(shares) >= 0.005:
            notes.append(f"{words.model(model)} ≤ {100 * max(shares):.0f} %".replace(" ", NO_BREAK))
    return [f"no estimate: {', '.join(notes)}"] if notes else []


def beyond(
    ax: Axes,
    family: Family,
    settings: dict[str, Any],
    panel: str,
    values: NDArray[np.float64],
) -> list[str]:
    """How many of the marked `values` published limits leave out."""
    if not published.ranges(family, settings, panel):
        return []
    out = published.beyond(values, ax.get_ylim())
    return [f"{out} of {len(values)} beyond"] if out else []


def note(ax: Axes, notes: list[str]) -> None:
    """What a panel does not show, above it, in as many lines as it takes."""
    if notes:
        room = round(CHARACTERS * ax.figure.get_figwidth())  # type: ignore[union-attr]
        text = textwrap.fill("; ".join(notes), room)
        ax.set_title(text, loc="right", fontsize=7, pad=3)


def missing(rows: pd.DataFrame) -> float:
    """Share of the series that have no finite estimate."""
    lacking = ~np.isfinite(numbers(rows, "estimate"))
    return float(lacking.mean()) if len(lacking) else 0.0


def size(places: Places) -> float:
    """Of a marker, in points."""
    return float(np.clip(0.75 * places.points / places.replicates, 1.8, 4.0))


def label_members(ax: Axes, family: Family, places: Places) -> None:
    """Ticks at the members' values where there is room, else at round numbers."""
    x, values = list(places.centres.values()), [f"{v:g}" for v in family.ordered().values()]
    low, high = places.limits()
    room = (places.width - 0.8) / (high - low) * (np.diff(x).min() if len(x) > 1 else high - low)
    if not family.parameter:
        ax.set_xticks(x, list(places.centres))
    elif room > 0.06 * max(map(len, values)) + 0.08:
        ax.set_xticks(x, values)
    elif family.published:
        ax.set_xticks(x[::2], values[::2])
        ax.xaxis.set_minor_locator(FixedLocator(x))
    else:
        ax.xaxis.set_minor_locator(FixedLocator(x))
    ax.set_xlim(low, high)
    ax.set_xlabel(family.axis())


def estimated(family: Family, name: str) -> str:
    """What the estimates of a parameter are called in print; a published one has its method."""
    label = words.axis(family.process, name)
    return label if name in published.ESTIMATES else f"estimated {label}"


def broken(label: str, room: int = 22) -> str:
    """`label` in two lines if one is too long for a panel: before the unit, or in the middle."""
    if len(label) <= room:
        return label
    spaces = [i for i, c in enumerate(label) if c == " "]
    i = label.find(" [")
    i = i if 0 < i <= room else min(spaces, key=lambda i: abs(i - len(label) / 2))
    return f"{label[:i]}\n{label[i + 1 :]}"


def legend(figure: Figure, family: Family, title: str, floor: bool, truth: bool) -> None:
    """One legend above all panels."""
    handles: dict[str, Any] = {}
    if truth:
        look = {"edgecolor": style.TARGET, "facecolor": to_rgba(style.TARGET, 0.25)}
        handles["target"] = Patch(linewidth=0.7, **look)
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
    narrow = 3 if len(handles) > 4 else 2
    columns = len(handles) if figure.get_figwidth() > style.NARROW else narrow
    style.legend(figure, handles, title, columns)
