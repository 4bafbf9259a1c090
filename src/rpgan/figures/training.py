"""How the losses went while the networks were trained."""

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from rpgan import layout
from rpgan.figures import family as files
from rpgan.figures import style, words
from rpgan.figures.family import Family, numbers, select

LABELS = ["dataset", "model", "replicate", "loss", "step"]
CRITICS = {"wgan", "wgan_gp", "wgan_lp"}  # losses whose discriminator estimates that distance
WASSERSTEIN = "estimated\nWasserstein distance"
PENALTY = "gradient penalty"
POSITIVE = {WASSERSTEIN, PENALTY}  # if the critic is any good; others have any origin
KNOWN = {"D/gradient_penalty": PENALTY, "G/fake": "generator loss"}
PALEST = 0.65  # share of white in the colour of a family's first member
FEW = 2  # members whose single values can be shown without a tangle
SHARE = 0.05  # of the logged values, in each running mean


def draw(family: Family, root: Path = Path()) -> Figure:
    """One column per model, one row per quantity, one line per member and replicate."""
    rows = files.history(family, root)
    run = (next(iter(family.ordered())), *family.runs()[0])
    path = root / layout.run(*run, "history.parquet")
    with style.applied():
        return plot(family, rows, files.process(family, path))


def plot(family: Family, rows: pd.DataFrame, settings: dict[str, Any]) -> Figure:
    tables = {model: quantities(select(rows, model=model)) for model in family.models}
    names = list(
        dict.fromkeys(name for table in tables.values() for name in table.columns[len(LABELS) :])
    )
    if not names:
        return style.message(f"{words.process(settings)}: fitted at once, without a loss")
    width = style.NARROW if len(tables) == 1 else style.WIDE
    figure = Figure(figsize=(width, 0.9 + 1.3 * len(names)))
    axes = figure.subplots(len(names), len(tables), sharex="col", squeeze=False)
    for name, line in zip(names, axes, strict=True):
        line[0].set_ylabel(name)
        values = np.concatenate([numbers(t, name) for t in tables.values() if name in t])
        for ax, (model, table) in zip(line, tables.items(), strict=True):
            if name in table:
                panel(ax, family, table, model, name)
                if name in POSITIVE:
                    style.scale(ax, values)
            else:
                ax.text(0.5, 0.5, "not in this loss", transform=ax.transAxes, ha="center")
                ax.set_yticks([])
    for model, top, bottom in zip(tables, axes[0], axes[-1], strict=True):
        top.set_title(words.model(model))
        bottom.set_xlabel("generator update")
    figure.align_ylabels(axes[:, 0])
    legend(figure, family, words.process(settings))
    return figure


def quantities(rows: pd.DataFrame) -> pd.DataFrame:
    """One model's terms under the labels of their axes, behind those of the run.

    A critic of one of the losses `CRITICS` minimises ``D/real`` + ``D/fake`` (and the penalty):
    less that is its estimate of the Wasserstein distance.
    """
    names, critic = list(rows.columns), set(rows["loss"]) <= CRITICS
    terms = [name for name in names if "/" in name and np.isfinite(numbers(rows, name)).any()]
    found = {name: rows[name] for name in LABELS}
    if critic and {"D/real", "D/fake"} <= set(terms):
        found[WASSERSTEIN] = -numbers(rows, "D/real") - numbers(rows, "D/fake")
        terms = [name for name in terms if name not in ("D/real", "D/fake")]
    return pd.DataFrame(found | {KNOWN.get(t, words.loss(t)): rows[t] for t in terms})


def panel(ax: Axes, family: Family, table: pd.DataFrame, model: str, name: str) -> None:
    """Every run's running mean; if there are few members, the values themselves behind it."""
    colour = style.look(family.models, model)["color"]
    for dataset, replicate in itertools.product(family.ordered(), range(family.replicates)):
        run = select(table, dataset=dataset, replicate=replicate)
        run = run.loc[
            np.isfinite(numbers(run, name))
        ]  # some have a part of the training to themselves
        own, step, values = shade(family, colour, dataset), numbers(run, "step"), numbers(run, name)
        if len(family.members) <= FEW:
            ax.plot(step, values, color=own, linewidth=0.5, alpha=0.35)
        ax.plot(step, running_mean(values), color=own, linewidth=1.0)
    ax.set_xlim(0, numbers(table, "step").max())


def running_mean(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Centred means of about `SHARE` of the values, of fewer at the ends."""
    half = round(SHARE * len(values) / 2)
    total = np.concatenate([[0.0], values.cumsum()])
    first = (np.arange(len(values)) - half).clip(min=0)
    last = (np.arange(len(values)) + half + 1).clip(max=len(values))
    return (total[last] - total[first]) / (last - first)


def shade(family: Family, colour: str, dataset: str) -> tuple[float, float, float]:
    """`colour`, the paler the smaller the member's parameter: full for the largest."""
    order = list(family.ordered())
    rank = order.index(dataset) / (len(order) - 1) if len(order) > 1 else 1.0
    white = PALEST * (1 - rank)
    red, green, blue = (white + (1 - white) * part for part in to_rgb(colour))
    return red, green, blue


def legend(figure: Figure, family: Family, title: str) -> None:
    """Members by shade, in the target's black."""
    handles = {}
    if len(family.members) > 1:
        for dataset, member in family.ordered().items():
            line = Line2D([], [], color=shade(family, style.TARGET, dataset))
            handles[f"{member:g}"] = line
        what = words.parameter(family.process, family.parameter)
    else:
        what = family.label(next(iter(family.members)))
    if len(family.members) <= FEW:
        handles["each value"] = Line2D([], [], color="grey", linewidth=0.5, alpha=0.6)
        handles["running mean"] = Line2D([], [], color="grey")
    else:
        what = f"running means by {what}"
    style.legend(figure, handles, f"{title}, {what}", 6)
