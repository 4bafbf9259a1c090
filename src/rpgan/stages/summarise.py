"""Tables of many runs as one, on disk and for people."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from rpgan import tables
from rpgan.errors import UserError
from rpgan.files import write_text

RUN = ["dataset", "model", "replicate"]
DIGEST = r"psd_distance|marginal_ks|\w+_(median|wasserstein)"
NUMBERS = ["value", "floor", "excess", "untrained"]


def summarise(sources: Sequence[Path], target: Path, digest: Path | None = None) -> None:
    """Write the rows of all `sources` (each .../dataset/model/replicate/metrics.parquet) as one.

    `digest`, if asked for, is a small JSON file for `dvc metrics`.
    """
    table = pd.concat([read_run(path) for path in sources], ignore_index=True)
    tables.write(target, table, {"runs": sorted(map(str, set(_runs(table))))})
    if digest:
        write_text(digest, json.dumps(nested(table), indent=1, allow_nan=False) + "\n")


def read_run(path: Path) -> pd.DataFrame:
    """The scores of one run, refused if they are those of another."""
    table = tables.read(path)
    wanted = tuple(path.parts[-4:-1])
    if not set(RUN) <= set(table.columns) or {tuple(map(str, run)) for run in _runs(table)} != {
        wanted
    }:
        raise UserError(f"{path}: not the scores of {' / '.join(wanted)}; delete it and run again")
    return table


def _runs(table: pd.DataFrame) -> list[tuple[Any, ...]]:
    return list(table[RUN].drop_duplicates().itertuples(index=False, name=None))


def nested(table: pd.DataFrame) -> dict[str, Any]:
    """What is looked at first, averaged over replicates: {dataset: {model: {metric: value}}}.

    Beside the models stands ``floor``.
    """
    out: dict[str, Any] = {}
    for row in averaged(table).reset_index().to_dict("records"):
        if re.fullmatch(DIGEST, row["metric"]):
            of_dataset = out.setdefault(row["dataset"], {})
            for name, value in ((row["model"], row["value"]), ("floor", row["floor"])):
                rounded = None if pd.isna(value) else round(value, 6)
                of_dataset.setdefault(name, {})[row["metric"]] = rounded
    return out


def averaged(table: pd.DataFrame) -> pd.DataFrame:
    """Means over replicates of the numbers of each dataset, model and metric, in table order."""
    by = ["dataset", "model", "metric"]
    return pd.DataFrame(table.groupby(by, sort=False)[NUMBERS].mean())
