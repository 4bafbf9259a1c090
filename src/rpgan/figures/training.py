"""How the losses went while the networks were trained."""

import itertools
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from rpgan import layout, words
from rpgan.figures import family as files
from rpgan.figures import style
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
FITTED = "fitted at once, without a loss"


def draw(family: Family, root: Path = Path()) -> Figure:
    """One column per model, one row per quantity, one line per member and replicate.

    Models that are fitted at once have no column.
    """
    rows = files.history(family, root)
    with style.applied():
        return plot(family, rows, settings(family, root))


def settings(family: Family, root: Path) -> dict[str, Any]:
    """Those of the process that the first run was trained on."""
    run = (next(iter(family.ordered())), *family.runs()[0])
    return files.process(family, root / layout.run(*run, "history.parquet"))


def plot(family: Family, rows: pd.DataFrame, settings: dict[str, Any]) -> Figure:
    tables = {model: quantities(select(rows, model=model)) for model in family.models}
    tables = {model: found for model, found in tables.items() if len(found.columns) > len(LABELS)}
    names = list(
        dict.fromkeys(name for table in tables.values() for name in table.columns[len(LABELS) :])
    )
    if not names:
        return style.message(f"{words.process(settings)}: {FITTED}")
    width = style.NARROW if len(tables) == 1 else style.WIDE
    figure = Figure(figsize=(width, 0.9 + 1.3 * len(names)))
    axes = figure.subplots(len(names), len(tables), sharex="col", squeeze=False)
    for name, line in zip(names, axes, strict=True):
        line[0].set_ylabel(name)
        values = np.concatenate([numbers(t, name) for t in tables.values() if name in t])
        for ax, (model, table) in zip(line, tables.items(), strict=True):
            if name in table:
                colour = style.look(family.models, model)["color"]
                curves(ax, family, table, name, singly(family), colour)
                if name in POSITIVE:
                    style.scale(ax, values)
            else:
                absent(ax, "not in this loss")
    head(axes, tables)
    legend(figure, family, words.process(settings), singly(family))
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


def head(axes: NDArray[Any], models: Iterable[str]) -> None:
    """Name the model of each column, above it, and the axes below."""
    for model, top, bottom in zip(models, axes[0], axes[-1], strict=True):
        top.set_title(words.model(model))
        bottom.set_xlabel("generator update")
    axes[0, 0].figure.align_ylabels(axes[:, 0])


def absent(ax: Axes, why: str) -> None:
    """Say why a panel is empty."""
    ax.text(0.5, 0.5, why, transform=ax.transAxes, ha="center")
    ax.set_yticks([])


def curves(
    ax: Axes,
    family: Family,
    table: pd.DataFrame,
    name: str,
    each: bool,
    colour: str,
    line: Any = "-",
) -> None:
    """Every run's running mean; with `each`, the values themselves behind it."""
    for dataset, replicate in itertools.product(family.ordered(), range(family.replicates)):
        run = select(table, dataset=dataset, replicate=replicate)
        run = run.loc[
            np.isfinite(numbers(run, name))
        ]  # some have a part of the training to themselves
        own, step, values = shade(family, colour, dataset), numbers(run, "step"), numbers(run, name)
        if each:
            ax.plot(step, values, color=own, linewidth=0.5, alpha=0.35)
        ax.plot(step, running_mean(values), color=own, linewidth=1.0, linestyle=line)
    ax.set_xlim(0, numbers(table, "step").max())


def singly(family: Family) -> bool:
    """Whether single values are shown."""
    return len(family.members) <= FEW


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


def legend(figure: Figure, family: Family, title: str, each: bool) -> None:
    """Members by shade, in the target's black; with `each`, how values themselves are drawn."""
    handles = {}
    if len(family.members) > 1:
        for dataset, member in family.ordered().items():
            line = Line2D([], [], color=shade(family, style.TARGET, dataset))
            handles[f"{member:g}"] = line
        what = words.parameter(family.process, family.parameter)
    else:
        what = family.label(next(iter(family.members)))
    if each:
        handles["each value"] = Line2D([], [], color="grey", linewidth=0.5, alpha=0.6)
        handles["running mean"] = Line2D([], [], color="grey")
    else:
        what = f"running means by {what}"
    style.legend(figure, handles, f"{title}, {what}", 6)
