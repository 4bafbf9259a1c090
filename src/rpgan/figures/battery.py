"""What each kind of metric says of a whole family: one panel for each, beside its floor."""

from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from rpgan import layout, words
from rpgan.figures import combined, style
from rpgan.figures import family as files
from rpgan.figures.family import Family, select

VALUES = {  # in this order, as far as there are any
    "log_spectrum_rms": "spectrum against\ntheory [nepers]",
    "residual_energy": "energy of whitened\nresiduals",
    "residual_ks": "KS distance of\nwhitened residuals",
    "acf_distance": "distance of\nautocorrelations",
    "magnitude_acf_distance": "distance of those\nof magnitudes",
    "profile_size_line": "sizes repeating in\nplace, largest line",
    "time_reversal_distance": "direction of time,\ncubes of increments",
    "marginal_law_ks": "KS distance of\nmarginal from law",
    "marginal_ks": "KS distance of\nmarginals",
    "tail_high_1000": "share beyond the\n.999 quantile, ratio",
    "energy_distance": "energy distance\nof features",
    "feature_coverage_5": "coverage of\nfeatures (k = 5)",
    "feature_density_clipped": "clipped density\nof features",
    "duplicate_nearest": "nearest neighbours,\nratio of distances",
    "copy_nearest": "nearest of training\nset, ratio of distances",
    "c2st_auc": "classifier,\narea under curve",
    "legacy_density": "density (DTW,\nas published)",
    "legacy_coverage": "coverage (DTW,\nas published)",
}
FEW = 3  # panels that go below each other in one column


def draw(family: Family, root: Path = Path()) -> Figure:
    """A panel for each value of `VALUES`: every run with its interval, over the parameter."""
    scores = files.metrics(family, root)
    law = root / layout.law(next(iter(family.ordered())), "estimates")
    with style.applied():
        return plot(family, scores, files.process(family, law))


def plot(family: Family, scores: pd.DataFrame, settings: dict[str, Any]) -> Figure:
    title = words.process(settings)
    names = [name for name in VALUES if combined.has(scores, name)]
    if not names:
        return style.message(f"{title}: none of {', '.join(VALUES)}")
    columns = 1 if len(names) <= FEW else 2
    rows = -(-len(names) // columns)
    width = style.NARROW if columns == 1 else style.WIDE
    figure = Figure(figsize=(width, 0.7 + 1.3 * rows))
    axes = figure.subplots(rows, columns, sharex=True, squeeze=False)
    places = combined.placed(family, width / columns)
    for ax, name in zip(axes.flat, names, strict=False):
        combined.distances(ax, family, select(scores, metric=name), places)
        ax.set_ylabel(VALUES[name])
    for ax in axes.flat[len(names) :]:
        ax.remove()
    for ax in axes.flat[max(0, len(names) - columns) : len(names)]:
        ax.tick_params(labelbottom=True)
        combined.label_members(ax, family, places)
    combined.legend(figure, family, title, floor=True, truth=False)
    figure.align_ylabels()
    return figure
