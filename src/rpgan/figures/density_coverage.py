"""Density and coverage as published, by dynamic time warping, with their published intervals."""

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from rpgan import layout, words
from rpgan.figures import combined, published, style
from rpgan.figures import family as files
from rpgan.figures.family import Family, numbers, select

PANELS = {"density": "legacy_density", "coverage": "legacy_coverage"}
MARK = {"marker": [(-1, -0.5), (1, 0.5)], "markersize": 6, "linestyle": "none", "color": "black"}


def draw(family: Family, root: Path = Path()) -> Figure:
    """Top: density of every run, beside the floor. Below: coverage."""
    scores = files.metrics(family, root)
    law = root / layout.law(next(iter(family.ordered())), "estimates")
    with style.applied():
        return plot(family, scores, files.process(family, law))


def plot(family: Family, scores: pd.DataFrame, settings: dict[str, Any]) -> Figure:
    names = {panel: name for panel, name in PANELS.items() if combined.has(scores, name)}
    title = words.process(settings)
    if not names:
        return style.message(f"{title}: no {' or '.join(PANELS.values())}")
    ranges = {panel: published.ranges(family, settings, panel) for panel in names}
    width = style.NARROW if len(family.members) <= combined.FEW else style.WIDE
    figure = Figure(figsize=(width, 0.7 + 1.75 * len(names)))
    panels, places = stacked(figure, ranges), combined.placed(family, width)
    for panel, parts in panels.items():
        rows = with_published_interval(scores, names[panel])
        for ax in parts:
            combined.scored(ax, family, rows, places)
        fit(parts, rows, ranges[panel])
        parts[0].set_ylabel(f"{panel}\n(time warping)", y=1.05 if len(parts) > 1 else 0.5)
        outside = beyond(rows, ranges[panel])
        if any(outside):
            combined.note(parts[-1], [f"{sum(outside)} of {len(outside)} beyond"])
    combined.label_members(figure.axes[-1], family, places)
    combined.legend(figure, family, title, floor=True, truth=False)
    figure.align_ylabels()
    return figure


def with_published_interval(scores: pd.DataFrame, name: str) -> pd.DataFrame:
    """The rows of a value, between the ends that were published: bootstrap's or Wilson's."""
    rows = select(scores, metric=name)
    ends = {end: select(scores, metric=f"{name}_{end}") for end in ("low", "high")}
    columns = {end: numbers(own, "value") for end, own in ends.items() if len(own) == len(rows)}
    return rows.assign(**columns)


def stacked(
    figure: Figure, ranges: dict[str, tuple[published.Range, ...]]
) -> dict[str, list[Axes]]:
    """Axes of each panel below each other, one for each of its ranges, the lowest first."""
    parts = {panel: max(1, len(own)) for panel, own in ranges.items()}
    heights = [1 / n for n in parts.values() for _ in range(n)]
    axes = iter(
        figure.subplots(len(heights), 1, sharex=True, squeeze=False, height_ratios=heights)[:, 0]
    )
    return {panel: [next(axes) for _ in range(n)][::-1] for panel, n in parts.items()}


def beyond(rows: pd.DataFrame, ranges: tuple[published.Range, ...]) -> list[bool]:
    """Whether each value that exists lies outside of all `ranges`; none if there are no ranges."""
    values = numbers(rows, "value")
    return [
        not any(low <= value <= high for low, high in ranges)
        for value in values[np.isfinite(values)]
        if ranges
    ]


def fit(parts: list[Axes], rows: pd.DataFrame, ranges: tuple[published.Range, ...]) -> None:
    """Give axes their limits: `ranges`, with a break between them, or all that there is."""
    for ax, limits in zip(parts, ranges, strict=False):
        ax.set_ylim(*limits)
    if not ranges:
        columns = ("value", "high", "floor_high", "untrained")
        top = np.concatenate([numbers(rows, name) for name in columns])
        parts[0].set_ylim(-0.03 * np.nanmax(top), 1.08 * np.nanmax(top))
    for lower, upper in itertools.pairwise(parts):
        upper.spines["bottom"].set_visible(False)
        upper.tick_params(bottom=False)
        lower.plot([0], [1], transform=lower.transAxes, clip_on=False, **MARK)
        upper.plot([0], [0], transform=upper.transAxes, clip_on=False, **MARK)
