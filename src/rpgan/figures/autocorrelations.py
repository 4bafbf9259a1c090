"""Median autocorrelations over series, of the target and of every training, beside the law's."""

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from rpgan import words
from rpgan.figures import family as files
from rpgan.figures import members, style
from rpgan.figures.family import Family, Run
from rpgan.metrics.known import stationary, unchanged

LAGS = 59  # as published, or half of the length
CHUNK = 256  # series
LAW = Line2D([], [], color=style.TRUTH, linewidth=1.6)

Array = NDArray[np.float64]
Member = tuple[dict[Run | None, Array], Array | None]


def draw(family: Family, root: Path = Path()) -> Figure:
    """One panel per member: lines are medians, the band is the central 90 % of the target."""
    found = {dataset: of_member(family, dataset, root) for dataset in family.ordered()}
    path, law = files.target(family, root), files.law(family, next(iter(found)), root)
    whose = "" if made_by(law) is unchanged else "\nof increments"
    with style.applied():
        return plot(family, found, files.process(family, path), whose)


def of_member(family: Family, dataset: str, root: Path) -> Member:
    """Quantiles .05, .5 and .95 of each set, shape (3, lags + 1), and those of the law."""
    law = files.law(family, dataset, root)
    made, quantiles = made_by(law), {}
    for run, series in files.all_series(family, dataset, root):
        rows = made(series)
        correlations = autocorrelations(rows, min(LAGS, rows.shape[1] // 2))
        quantiles[run] = np.quantile(correlations, [0.05, 0.5, 0.95], axis=0)
    lags = np.arange(quantiles[None].shape[1])
    behind = stationary(law)[0] if law is not None else None
    covariance = files.closed_form(behind, "autocovariance", lags)
    if covariance is None or not (np.isfinite(covariance).all() and covariance[0] > 0):
        return quantiles, None
    return quantiles, covariance / covariance[0]


def made_by(law: Any) -> Any:
    """What makes stationary series of those of `law`."""
    return stationary(law)[1] if law is not None else unchanged


def autocorrelations(series: NDArray[np.floating], lags: int) -> Array:
    """Of each series about its own mean, at lags 0 to `lags`: shape (n, lags + 1).

    Biased, as published: sums of ever fewer products over that of lag 0. A constant series has 0.
    """
    n, length = series.shape
    size = 1 << (2 * length - 1).bit_length()
    found = np.empty((n, lags + 1))
    for start in range(0, n, CHUNK):
        rows = np.asarray(series[start : start + CHUNK], np.float64)
        rows = rows - rows.mean(axis=1, keepdims=True)
        rows /= np.maximum(np.abs(rows).max(axis=1, keepdims=True), np.finfo(float).tiny)
        power = np.abs(np.fft.rfft(rows, size)) ** 2
        products = np.fft.irfft(power, size)[:, : lags + 1]
        total = products[:, :1]
        found[start : start + CHUNK] = np.divide(
            products, total, out=np.zeros_like(products), where=total > 0
        )
    return found


def plot(family: Family, found: dict[str, Member], settings: dict[str, Any], whose: str) -> Figure:
    figure, axes = members.panels(family)
    for dataset, ax in axes.items():
        panel(ax, family, *found[dataset])
    figure.supxlabel("lag [samples]")
    figure.supylabel(f"median autocorrelation{whose}")
    known = any(law is not None for _, law in found.values())
    members.legend(figure, family, words.process(settings), {"law": LAW} if known else {})
    return figure


def panel(ax: Axes, family: Family, quantiles: dict[Run | None, Array], law: Array | None) -> None:
    lags = np.arange(quantiles[None].shape[1])
    low, _, high = quantiles[None]
    ax.fill_between(lags, low, high, color=style.TARGET, alpha=0.15, linewidth=0)
    if law is not None:
        ax.plot(lags, law, color=style.TRUTH, linewidth=1.6)
    for run, (_, median, _) in quantiles.items():
        ax.plot(lags, median, **members.line_of(family, run[0] if run else ""))
    ax.set_xlim(0, lags[-1])
