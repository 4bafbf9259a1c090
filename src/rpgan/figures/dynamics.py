"""How the networks kept each other in balance: losses, mean scores, and norms of gradients."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.legend_handler import HandlerTuple
from matplotlib.lines import Line2D

from rpgan import words
from rpgan.figures import family as files
from rpgan.figures import style, training
from rpgan.figures.family import Family, numbers, select
from rpgan.figures.training import LABELS

LOSS, SCORE, NORM = "loss", "mean score", "gradient norm"
ENDING = "_gradient_norm"  # of the columns of norms
REAL, FAKE = "real", "generated"
SCORES = {"score_real": REAL, "score_fake": FAKE}
PLAYERS = words.PLAYERS | {"embedding": "first embedder", "supervised": "first supervisor"}
OTHERS = {"E": "-", "embedding": "--", "S": "-.", "supervised": ":"}  # styles of lines

Quantities = dict[str, pd.DataFrame]  # by panel, a column for each of its curves


def draw(family: Family, root: Path = Path()) -> Figure:
    """One column per model; losses, scores and norms below each other, one line per run.

    Models that are fitted at once have no column.
    """
    rows = files.history(family, root)
    with style.applied():
        return plot(family, rows, training.settings(family, root))


def plot(family: Family, rows: pd.DataFrame, settings: dict[str, Any]) -> Figure:
    found = {model: quantities(select(rows, model=model)) for model in family.models}
    found = {model: panels for model, panels in found.items() if any(curves_of(panels).values())}
    title = words.process(settings)
    if not found:
        return style.message(f"{title}: {training.FITTED}")
    width = style.NARROW if len(found) == 1 else style.WIDE
    figure = Figure(figsize=(width, 4.7))
    axes = figure.subplots(3, len(found), sharex="col", squeeze=False)
    for name, line in zip((LOSS, SCORE, NORM), axes, strict=True):
        line[0].set_ylabel(name)
        for ax, (model, panels) in zip(line, found.items(), strict=True):
            panel(ax, family, panels[name], model)
            if name == NORM:
                style.scale(ax, panels[name].drop(columns=LABELS).to_numpy(np.float64).ravel())
        whose = [curve for panels in found.values() for curve in curves_of(panels)[name]]
        key(line[-1], family, list(found), list(dict.fromkeys(whose)))
    training.head(axes, found)
    training.legend(figure, family, title, singly(family))
    return figure


def quantities(rows: pd.DataFrame) -> Quantities:
    """What the panels show of one model. A network's loss is the sum of its terms."""
    names = sorted(str(name) for name in rows.columns if name not in LABELS)
    names = [name for name in names if np.isfinite(numbers(rows, name)).any()]
    terms: dict[str, list[str]] = {}
    for name in names:
        who, slash, _ = name.partition("/")
        if slash:
            terms.setdefault(who, []).append(name)
    columns = {
        LOSS: {who: rows[own].sum(axis="columns", min_count=1) for who, own in terms.items()},
        SCORE: {whose: rows[name] for name, whose in SCORES.items() if name in names},
        NORM: {n.removesuffix(ENDING): rows[n] for n in names if n.endswith(ENDING)},
    }
    return {name: rows[LABELS].assign(**found) for name, found in columns.items()}


def curves_of(panels: Quantities) -> dict[str, list[str]]:
    """Whose curves are in each panel."""
    return {name: [c for c in table.columns if c not in LABELS] for name, table in panels.items()}


def panel(ax: Axes, family: Family, table: pd.DataFrame, model: str) -> None:
    names = [name for name in table.columns if name not in LABELS]
    for name in names:
        colour, line = look(family, model, name)
        training.curves(ax, family, table, name, singly(family), colour, line)
    if not names:
        training.absent(ax, "has none")


def singly(family: Family) -> bool:
    """Whether single values are shown: there are twice as many curves as in losses alone."""
    return len(family.members) == 1


def look(family: Family, model: str, whose: str) -> tuple[str, Any]:
    """The generator has its model's colour, the discriminator the target's, as has the target."""
    if whose in ("D", REAL):
        return style.TARGET, "-"
    if whose in ("G", FAKE):
        return style.look(family.models, model)["color"], "-"
    return style.TRUTH, OTHERS.get(whose, (0, (1, 3)))


def key(ax: Axes, family: Family, models: list[str], whose: list[str]) -> None:
    """Whose the curves of a row are, on its right."""
    handles = []
    for name in whose:
        looks = dict.fromkeys(look(family, model, name) for model in models)
        handles.append(tuple(Line2D([], [], color=c, linestyle=line) for c, line in looks))
    ax.legend(
        handles,
        [PLAYERS.get(name, name) for name in whose],
        loc="center left",
        bbox_to_anchor=(1, 0.5),
        handler_map={tuple: HandlerTuple(ndivide=None, pad=0.1)},
    )
