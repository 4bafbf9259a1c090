"""The results of a family as tables: one row per run for machines, means for people."""

import itertools
import re
from pathlib import Path

import numpy as np
import pandas as pd

from rpgan import words
from rpgan.errors import UserError
from rpgan.figures import family as files
from rpgan.figures.family import Family, numbers, select
from rpgan.files import write_text

HEADLINES = (  # in this order
    r"(legacy_)?psd_distance",
    r"\w+_median",
    r"\w+_wasserstein",
    r"marginal_ks",
    r"legacy_(density|coverage)",
    r"feature_(density_clipped|coverage_5)",
    r"energy_distance",
)
LEGEND = """\
floor: mean and range of fresh draws from the law. Models: mean, and range over trainings. ideal:
of infinitely many series of the law; medians of `legacy_` estimates have that of the test set.
"""


def write(family: Family, root: Path, target: Path) -> None:
    """The table in the format of the suffix: .csv has every value, .md the first to look at."""
    scores = files.metrics(family, root)
    if target.suffix == ".csv":
        text = by_run(family, scores).to_csv(index=False, lineterminator="\n")
    elif target.suffix == ".md":
        table = means(family, scores)
        text = f"{table.to_markdown(index=False, disable_numparse=True)}\n\n{LEGEND}"
    else:
        raise UserError(f"{target}: tables are written as csv, md, not as {target.suffix!r}")
    write_text(target, text)


def by_run(family: Family, scores: pd.DataFrame) -> pd.DataFrame:
    """One row per run and one column per value; each member ends with its floor as a model."""
    names = list(dict.fromkeys(scores["metric"]))
    labels = ["dataset", *([family.parameter] if family.parameter else []), "model", "replicate"]
    rows = []
    for dataset, member in family.ordered().items():
        own = select(scores, dataset=dataset)
        start = {"dataset": dataset} | ({family.parameter: member} if family.parameter else {})
        for model, replicate in family.runs():
            run = select(own, model=model, replicate=replicate)
            found = dict(zip(run["metric"], numbers(run, "value"), strict=True))
            rows.append(start | {"model": model, "replicate": replicate} | found)
        first = own.drop_duplicates("metric")  # some may not be defined for each run
        found = dict(zip(first["metric"], numbers(first, "floor"), strict=True))
        rows.append(start | {"model": "floor", "replicate": None} | found)
    table = pd.DataFrame(rows, columns=[*labels, *names])
    return table.astype({"replicate": "Int64"})


def means(family: Family, scores: pd.DataFrame) -> pd.DataFrame:
    """One row per member and value, one column per model; cells are text."""
    found = list(dict.fromkeys(scores["metric"]))
    names = [name for wanted in HEADLINES for name in found if re.fullmatch(wanted, name)]
    rows = []
    for dataset, name in itertools.product(family.ordered(), dict.fromkeys(names)):
        own = select(scores, dataset=dataset, metric=name)
        if len(own):
            floor = [numbers(own, column)[0] for column in ("floor", "floor_low", "floor_high")]
            cells = {"dataset": dataset, "value": name, "ideal": f"{numbers(own, 'ideal')[0]:.3g}"}
            cells["floor"] = cell(*floor)
            for model in family.models:
                values = numbers(select(own, model=model), "value")
                values = values[np.isfinite(values)]
                ends = (values.mean(), values.min(), values.max()) if len(values) else 3 * (np.nan,)
                cells[words.model(model)] = cell(*ends)
            rows.append(cells)
    return pd.DataFrame(rows)


def cell(mean: float, low: float, high: float) -> str:
    """Mean and range; – if there is none."""
    return f"{mean:.3g} ({low:.3g} to {high:.3g})" if np.isfinite(mean) else "–"
