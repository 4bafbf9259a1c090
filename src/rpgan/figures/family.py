"""One family of datasets, and the tables and series that its figures are drawn from."""

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rpgan import layout, series, tables
from rpgan.errors import UserError
from rpgan.figures import words
from rpgan.spec import spec

Run = tuple[str, int]  # model, replicate

METRICS = ["dataset", "model", "replicate", "metric", "value", "low", "high"]
METRICS += ["floor", "floor_low", "floor_high", "ideal", "untrained"]
SPECTRA = ["set", "frequency", "median", "low", "high"]
ESTIMATES = ["set", "parameter", "estimate"]
HISTORY = ["step"]


@spec
class Family:
    """Datasets whose processes differ in one setting, and the models trained on each.

    `process` is the name of those processes; `members` maps each dataset to its value of
    `parameter`, the setting that is swept. A single dataset may have neither: `process` is empty
    for recordings whose law is not known, `parameter` if there is no number to order it by.
    """

    name: str
    process: str
    parameter: str
    members: dict[str, float]
    models: list[str]
    replicates: int

    def __post_init__(self) -> None:
        for setting in ("members", "models", "replicates"):
            if not getattr(self, setting) or getattr(self, setting) == 0:
                raise ValueError(f"a family needs {setting}, got {getattr(self, setting)!r}")
        if not self.parameter and len(self.members) > 1:
            raise ValueError(f"several members need a parameter, got {list(self.members)}")
        values = list(self.members.values())
        if len(set(values)) < len(values):
            raise ValueError(f"members must differ in {self.parameter}, got {values}")

    def ordered(self) -> dict[str, float]:
        """The members by their value of the parameter."""
        return dict(sorted(self.members.items(), key=lambda member: member[1]))

    def label(self, dataset: str) -> str:
        """What a member is called in print."""
        if not self.parameter:
            return dataset
        return f"{words.parameter(self.process, self.parameter)} {self.members[dataset]:g}"

    def heading(self, dataset: str) -> str:
        """The label of a member where it begins a line."""
        return words.capital(self.label(dataset)) if self.parameter else dataset

    def axis(self) -> str:
        """What the members' values are called in print."""
        return words.axis(self.process, self.parameter) if self.parameter else "dataset"

    def runs(self) -> list[Run]:
        """All (model, replicate) of one member."""
        return list(itertools.product(self.models, range(self.replicates)))


def metrics(family: Family, root: Path) -> pd.DataFrame:
    """The scores of all runs."""
    paths = {
        (dataset, *run): root / layout.run(dataset, *run, "metrics.parquet")
        for dataset, run in itertools.product(family.ordered(), family.runs())
    }
    return pd.concat(
        [read(family, path, METRICS, *names) for names, path in paths.items()], ignore_index=True
    )


def described(family: Family, table: str, columns: list[str], root: Path) -> pd.DataFrame:
    """A table of the law, with rows of the target (`set` is ``real``), and those of all runs.

    In front are the columns dataset, model and replicate; the target's rows have model "" and
    replicate -1.
    """
    parts = []
    for dataset in family.ordered():
        path = root / layout.law(dataset, table)
        parts.append(labelled(read(family, path, columns, dataset), dataset, "", -1))
        for run in family.runs():
            path = root / layout.run(dataset, *run, f"{table}.parquet")
            parts.append(labelled(read(family, path, columns, dataset, *run), dataset, *run))
    return pd.concat(parts, ignore_index=True)


def history(family: Family, root: Path) -> pd.DataFrame:
    """The loss terms of all runs, with the columns dataset, model and replicate in front."""
    parts = []
    for dataset, run in itertools.product(family.ordered(), family.runs()):
        path = root / layout.run(dataset, *run, "history.parquet")
        parts.append(labelled(read(family, path, HISTORY, dataset, *run), dataset, *run))
    return pd.concat(parts, ignore_index=True)


def examples(family: Family, dataset: str, n: int, root: Path) -> dict[str, NDArray[np.float32]]:
    """The first `n` series of the test set, under "", and of replicate 0 of each model."""
    path = root / layout.series(dataset, "test")
    found = {"": first(family, path, n, dataset)}
    for model in family.models:
        path = root / layout.run(dataset, model, 0, "samples.arrow")
        found[model] = first(family, path, n, dataset, model, 0)
    return found


def process(family: Family, path: Path) -> dict[str, Any]:
    """The settings of the process behind the table or series in `path`."""
    read_any = series.read_any if path.suffix == ".arrow" else tables.read_any
    made_from = read_any(path)[1]
    return identity(made_from or {})[1]


def read(
    family: Family,
    path: Path,
    columns: list[str],
    dataset: str,
    model: str | None = None,
    replicate: int | None = None,
) -> pd.DataFrame:
    """The table in `path`, refused if it is another's or lacks one of `columns`."""
    table, made_from = tables.read_any(path)
    require(family, path, made_from, dataset, model, replicate)
    missing = [name for name in columns if name not in table.columns]
    lawless = columns is ESTIMATES and not family.process  # nothing to estimate
    if missing or not (len(table) or lawless):
        what = f"column {missing[0]!r}" if missing else "rows"
        raise UserError(f"{path}: has no {what}; delete it and run again")
    return table


def first(
    family: Family,
    path: Path,
    n: int,
    dataset: str,
    model: str | None = None,
    replicate: int | None = None,
) -> NDArray[np.float32]:
    """The first `n` series in `path`, shape (n, length); the first channel if there are more."""
    found, made_from = series.read_any(path)
    require(family, path, made_from, dataset, model, replicate)
    if len(found) < n:
        raise UserError(f"{path}: wanted at least {n} series, found {len(found)}")
    return np.array(found[:n].reshape(n, -1, found.shape[-1])[:, 0])


def require(
    family: Family,
    path: Path,
    made_from: dict[str, Any] | None,
    dataset: str,
    model: str | None,
    replicate: int | None,
) -> None:
    """Refuse a file that is not of this member of the family, or not of this run on it."""
    try:
        found, settings = identity(made_from or {})
    except (KeyError, TypeError):
        found, settings = ("unknown",), {}
    wanted = (dataset,) if model is None else (dataset, model, replicate)
    if found != wanted:
        names = " / ".join(map(str, found)), " / ".join(map(str, wanted))
        raise UserError(f"{path}: is of {names[0]}, wanted {names[1]}; delete it and run again")
    value = settings.get(family.parameter)
    if family.parameter and value != family.members[dataset]:
        raise UserError(
            f"{path}: made with {family.parameter} {value}, wanted {family.members[dataset]:g};"
            " delete it and run again"
        )


def identity(made_from: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Whose file it is, (dataset,) or (dataset, model, replicate), and its process's settings.

    Those of its source if there is no process.
    """
    run = made_from.get("run", made_from)
    draw = run["data"]["draw"] if "label" in run else made_from.get("real", made_from)
    own = (run["label"], run["replicate"]) if "label" in run else ()
    return (draw["dataset"], *own), draw["process"] or draw["source"]


def labelled(table: pd.DataFrame, dataset: str, model: str, replicate: int) -> pd.DataFrame:
    """`table` with the columns that tell one run from another in front."""
    labels = pd.DataFrame(
        {"dataset": dataset, "model": model, "replicate": replicate}, index=table.index
    )
    return pd.concat([labels, table], axis="columns")


def select(table: pd.DataFrame, **wanted: Any) -> pd.DataFrame:
    """The rows whose columns have the values `wanted`."""
    for name, value in wanted.items():
        table = table.loc[table[name] == value]
    return table


def numbers(table: pd.DataFrame, column: str) -> NDArray[np.float64]:
    """A column as numbers."""
    return np.asarray(table[column], np.float64)
