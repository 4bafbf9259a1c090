"""One family of datasets, and the tables and series that its figures are drawn from."""

import itertools
from collections.abc import Iterator
from dataclasses import field, replace
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field

from rpgan import layout, series, tables, words
from rpgan.errors import UndefinedLaw, UserError
from rpgan.files import foreign
from rpgan.metrics.known import known
from rpgan.processes import Process
from rpgan.processes.parameter_laws import ParameterLaw
from rpgan.processes.varying import Varying
from rpgan.settings import build
from rpgan.spec import spec

Run = tuple[str, int]  # model, replicate

METRICS = ["dataset", "model", "replicate", "metric", "value", "low", "high"]
METRICS += ["floor", "floor_low", "floor_high", "ideal", "untrained", "undefined"]
SPECTRA = ["set", "frequency", "median", "low", "high"]
ESTIMATES = ["set", "parameter", "estimate"]
HISTORY = ["step"]


@spec
class Family:
    """Datasets whose processes differ in one setting, and the models trained on each.

    `process` is the name of those processes; `members` maps each dataset to its value of
    `parameter`, the setting that is swept. A single dataset may have neither: `process` is empty
    for recordings whose law is not known, `parameter` if there is no number to order it by.
    `axes` are chosen for what is shown, or those of `rpgan.figures.published`.
    """

    name: str
    process: str
    parameter: str
    members: dict[str, float]
    models: list[str]
    replicates: int
    axes: Literal["own", "published"] = "own"

    def __post_init__(self) -> None:
        for setting in ("members", "models", "replicates"):
            if not getattr(self, setting) or getattr(self, setting) == 0:
                raise ValueError(f"a family needs {setting}, got {getattr(self, setting)!r}")
        if not self.parameter and len(self.members) > 1:
            raise ValueError(f"several members need a parameter, got {list(self.members)}")
        values = list(self.members.values())
        if len(set(values)) < len(values):
            raise ValueError(f"members must differ in {self.parameter}, got {values}")

    @property
    def published(self) -> bool:
        """Whether axes are those of the published figures."""
        return self.axes == "published"

    def spread(self, n: int) -> "Family":
        """The same with at most `n` members, evenly from the smallest to the largest."""
        names = list(self.ordered())
        kept = [names[round(i)] for i in np.linspace(0, len(names) - 1, min(n, len(names)))]
        return replace(self, members={name: self.members[name] for name in kept})

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
    """The scores of all runs: without the rows that say why a metric is not defined."""
    paths = {
        (dataset, *run): root / layout.run(dataset, *run, "metrics.parquet")
        for dataset, run in itertools.product(family.ordered(), family.runs())
    }
    parts = [read(family, path, METRICS, *names) for names, path in paths.items()]
    return pd.concat([select(part, undefined="") for part in parts], ignore_index=True)


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


def estimated(family: Family, root: Path) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, Any]]:
    """Scores of all runs, estimates from single series, and the settings of the first process."""
    law = root / layout.law(next(iter(family.ordered())), "estimates")
    scores, estimates = metrics(family, root), described(family, "estimates", ESTIMATES, root)
    return scores, estimates, process(family, law)


def history(family: Family, root: Path) -> pd.DataFrame:
    """The loss terms of all runs, with the columns dataset, model, replicate and loss in front."""
    parts = []
    for dataset, run in itertools.product(family.ordered(), family.runs()):
        path = root / layout.run(dataset, *run, "history.parquet")
        table = labelled(read(family, path, HISTORY, dataset, *run), dataset, *run)
        loss = (tables.read_any(path)[1].get("loss") or {"name": ""})["name"]
        table.insert(3, "loss", loss)
        parts.append(table)
    return pd.concat(parts, ignore_index=True)


def examples(family: Family, dataset: str, n: int, root: Path) -> dict[str, NDArray[np.float32]]:
    """The first `n` series of the test set, under "", and of replicate 0 of each model."""
    path = root / layout.series(dataset, "test")
    found = {"": first(family, path, n, dataset)}
    for model in family.models:
        path = root / layout.run(dataset, model, 0, "samples.arrow")
        found[model] = first(family, path, n, dataset, model, 0)
    return found


def all_series(
    family: Family, dataset: str, root: Path
) -> Iterator[tuple[Run | None, NDArray[np.float32]]]:
    """The test set, under None, and what each run generated: the first channel, (n, length)."""
    path = root / layout.series(dataset, "test")
    yield None, first(family, path, None, dataset)
    for run in family.runs():
        path = root / layout.run(dataset, *run, "samples.arrow")
        yield run, first(family, path, None, dataset, *run)


def target(family: Family, root: Path, dataset: str | None = None) -> Path:
    """The test set of a member, the first unless it is named."""
    return root / layout.series(dataset or next(iter(family.ordered())), "test")


@spec
class Drawn:
    """What the law of a set of series is read from, among the settings that it was drawn by."""

    process: Annotated[Process, Field(discriminator="name")]
    varying: dict[str, Annotated[ParameterLaw, Field(discriminator="name")]] = field(
        default_factory=dict
    )


def law(family: Family, dataset: str, root: Path) -> Any:
    """The law of a member's test set; None for recordings of which it is not known."""
    path = target(family, root, dataset)
    made_from = series.read_any(path)[1]
    require(family, path, made_from, dataset, None, None)
    given = {name: (made_from or {}).get(name) for name in ("process", "varying")}
    if given["process"] is None:
        return None
    drawn = build(Drawn, given | {"varying": given["varying"] or {}}, str(path))
    return Varying(drawn.process, drawn.varying) if drawn.varying else drawn.process


def closed_form(law: Any, quantity: str, x: NDArray[Any]) -> NDArray[np.float64] | None:
    """`quantity` of a law at `x`, or None if it has none in closed form."""
    try:
        return np.asarray(known(law, quantity)(x), np.float64)
    except UndefinedLaw:
        return None


def process(family: Family, path: Path) -> dict[str, Any]:
    """The settings of the process behind the table or series in `path`."""
    read_any = series.read_any if path.suffix == ".arrow" else tables.read_any
    try:
        return identity(read_any(path)[1] or {})[1]
    except (KeyError, TypeError):
        raise foreign(path, "is of unknown series") from None


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
    n: int | None,
    dataset: str,
    model: str | None = None,
    replicate: int | None = None,
) -> NDArray[np.float32]:
    """The first `n` series in `path`, shape (n, length); the first channel if there are more.

    All series if `n` is None.
    """
    found, made_from = series.read_any(path)
    require(family, path, made_from, dataset, model, replicate)
    n = len(found) if n is None else n
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
        raise foreign(path, f"is of {names[0]}, wanted {names[1]}")
    value = settings.get(family.parameter)
    if family.parameter and value != family.members[dataset]:
        wanted = f"{family.members[dataset]:g}"
        raise foreign(path, f"{family.parameter} is {value}, wanted {wanted}")


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
