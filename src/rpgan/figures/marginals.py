"""Densities of single samples, of the target and of every training, beside that of the law."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from rpgan import words
from rpgan.figures import family as files
from rpgan.figures import members, published, style
from rpgan.figures.family import Family, Run

BINS = 100
KEPT = (0.0005, 0.9995)  # quantiles of the target's samples that bins reach beyond
HEAVY = 50  # range of the bins over the quartiles' that no linear axis can show
BENT = "value (linear near 0, logarithmic beyond)"
LAW = Line2D([], [], color=style.TRUTH, linewidth=2)


@dataclass(frozen=True)
class Bins:
    """Edges, and the width of the linear part of an axis that is bent around `middle`, or 0."""

    edges: NDArray[np.float64]
    bend: float

    @property
    def centres(self) -> NDArray[np.float64]:
        return (self.edges[1:] + self.edges[:-1]) / 2

    def density(self, samples: NDArray[np.floating]) -> NDArray[np.float64]:
        """Of finite samples, NaN where there are none; those outside of all bins count too."""
        counts = np.histogram(samples, self.edges)[0]
        density = counts / (max(1, samples.size) * np.diff(self.edges))
        return np.where(counts > 0, density, np.nan)


def draw(family: Family, root: Path = Path()) -> Figure:
    """One panel per member: logarithm of density against value."""
    found = {}
    for dataset in family.ordered():
        found[dataset] = of_member(family, dataset, root)
    settings = files.process(family, files.target(family, root))
    with style.applied():
        return plot(family, found, settings)


Member = tuple[Bins, dict[Run | None, NDArray[np.float64]], NDArray[np.float64] | None]


def of_member(family: Family, dataset: str, root: Path) -> Member:
    """Bins, the density of each set, and that of the law at the centres if it is known."""
    made_bins, densities = None, {}
    law = files.law(family, dataset, root)
    settings = files.process(family, files.target(family, root, dataset))
    for run, series in files.all_series(family, dataset, root):
        if made_bins is None:
            made_bins = bins(series, published.ranges(family, settings, "marginal"))
        densities[run] = made_bins.density(series)
    assert made_bins is not None
    return made_bins, densities, files.closed_form(law, "pdf", made_bins.centres)


def bins(target: NDArray[np.floating], ranges: tuple[published.Range, ...] = ()) -> Bins:
    """Equal bins over nearly all of the target, or over published limits.

    Of heavy tails they are equal in asinh of the value.
    """
    low, q1, q3, high = np.quantile(target, [KEPT[0], 0.25, 0.75, KEPT[1]])
    if ranges:
        return Bins(np.linspace(ranges[0][0], ranges[0][1], BINS + 1), 0.0)
    margin = 0.15 * (high - low) or 1.0
    low, high = low - margin, high + margin
    bend = float(q3 - q1) if high - low > HEAVY * (q3 - q1) > 0 else 0.0
    if not bend:
        return Bins(np.linspace(low, high, BINS + 1), 0.0)
    ends = np.arcsinh(low / bend), np.arcsinh(high / bend)
    return Bins(bend * np.sinh(np.linspace(ends[0], ends[1], BINS + 1)), bend)


def plot(family: Family, found: dict[str, Member], settings: dict[str, Any]) -> Figure:
    figure, axes = members.panels(family, sharex=False)
    for dataset, ax in axes.items():
        panel(ax, family, *found[dataset])
    figure.supxlabel(BENT if any(made.bend for made, _, _ in found.values()) else "value")
    figure.supylabel("density of samples")
    known = any(law is not None for _, _, law in found.values())
    members.legend(figure, family, words.process(settings), {"law": LAW} if known else {})
    return figure


def panel(
    ax: Axes,
    family: Family,
    made_bins: Bins,
    densities: dict[Run | None, NDArray[np.float64]],
    law: NDArray[np.float64] | None,
) -> None:
    x = made_bins.centres
    if law is not None:
        ax.plot(x, np.where(law > 0, law, np.nan), color=style.TRUTH, linewidth=2, zorder=0.9)
    for run, density in densities.items():
        look = members.line_of(family, run[0] if run else "")
        ax.stairs(density, made_bins.edges, baseline=None, **look)
    target = densities[None]
    ax.set_yscale("log")
    top = max(np.nanmax(d) for d in densities.values() if np.isfinite(d).any())
    ax.set_ylim(np.nanmin(target) / 3, 2 * top)
    bend(ax, made_bins)


def bend(ax: Axes, made_bins: Bins) -> None:
    """The x axis of `made_bins`: linear, or bent with a tick at every few powers of ten."""
    if made_bins.bend:
        ax.set_xscale("asinh", linear_width=made_bins.bend)
        end = min(abs(made_bins.edges[0]), abs(made_bins.edges[-1]))
        last = int(np.floor(np.log10(end)))
        tens = [10.0**k for k in (last - 2, last) if 10.0**k > 2 * made_bins.bend]
        tens = tens or [10.0**last]
        ticks = [-t for t in reversed(tens)] + [0.0] + tens
        ax.set_xticks(ticks, [f"{t:g}".replace("-", "−") for t in ticks], minor=False)
        ax.set_xticks([], minor=True)
    ax.set_xlim(made_bins.edges[0], made_bins.edges[-1])
