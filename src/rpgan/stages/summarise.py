"""Tables of many runs as one, on disk and for people."""

import hashlib
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from rpgan import tables
from rpgan.files import foreign, write_text
from rpgan.stages import leaderboard

RUN = ["dataset", "model", "replicate"]
DIGEST = r"psd_distance|marginal_ks|\w+_(median|wasserstein)"
NUMBERS = ["value", "floor", "excess", "untrained"]
MEASURED = ["seconds", "gpu_seconds", "samples_per_second", "peak_memory_mib"]


def summarise(
    sources: Sequence[Path],
    target: Path,
    digest: Path | None = None,
    costs: Path | None = None,
    board: Path | None = None,
) -> None:
    """Write the rows of all `sources` (each .../dataset/model/replicate/metrics.parquet) as one.

    If asked for: `digest`, a small JSON file for `dvc metrics`; `costs`, what each training took,
    from the history beside its scores, apart because it is not the same again; `board`, the
    leaderboard as .md and .html.
    """
    table = pd.concat([read_run(path) for path in sources], ignore_index=True)
    made_from = {"runs": sorted(map(str, set(_runs(table))))}
    tables.write(target, table, made_from)
    if digest:
        write_text(digest, json.dumps(nested(table), indent=1, allow_nan=False) + "\n")
    if costs:
        rows = [cost(path) for path in sources]
        tables.write(costs, pd.DataFrame(rows), made_from)
    if board:
        leaderboard.write(table, board)


def cost(scores: Path) -> dict[str, Any]:
    """Steps, device, seconds, speed, peak memory of the training whose scores are in this file."""
    last = tables.read(scores.with_name("history.parquet")).iloc[-1]
    dataset, model, replicate = scores.parts[-4:-1]
    run = {"dataset": dataset, "model": model, "replicate": int(replicate)}
    measured = {name: float(last[name]) for name in MEASURED}
    device = "gpu" if measured["gpu_seconds"] else "cpu"
    return run | {"steps": int(last["step"]), "device": device} | measured


def read_run(path: Path) -> pd.DataFrame:
    """The scores of one run, refused if they are those of another, with what it was in front.

    `settings` is a digest of all settings that they depend on.
    """
    table, made_from = tables.read_any(path)
    wanted = tuple(path.parts[-4:-1])
    if not set(RUN) <= set(table.columns) or {tuple(map(str, run)) for run in _runs(table)} != {
        wanted
    }:
        raise foreign(path, f"not the scores of {' / '.join(wanted)}")
    columns = identity(made_from)
    kept = list(table.columns)
    kept[1:1] = ["process", "parameters"]
    kept[kept.index("replicate") : kept.index("replicate")] = ["loss"]
    return table.assign(**columns).reindex(columns=[*kept, "settings"])


def identity(made_from: dict[str, Any]) -> dict[str, str]:
    """Process, parameters, loss and digest of what scores were made from."""
    draw = made_from["battery"]["real"]
    law = draw["process"] or draw["source"]
    text = json.dumps(made_from, sort_keys=True)
    return {
        "process": law["name"],
        "parameters": json.dumps(law | (draw["varying"] or {}), sort_keys=True),
        "loss": (made_from["run"]["loss"] or {"name": ""})["name"],
        "settings": hashlib.sha256(text.encode()).hexdigest()[:16],
    }


def _runs(table: pd.DataFrame) -> list[tuple[Any, ...]]:
    return list(table[RUN].drop_duplicates().itertuples(index=False, name=None))


def nested(table: pd.DataFrame) -> dict[str, Any]:
    """What is looked at first, averaged over replicates: {dataset: {model: {metric: value}}}.

    Beside the models stands ``floor``.
    """
    out: dict[str, Any] = {}
    for row in averaged(defined(table)).reset_index().to_dict("records"):
        if re.fullmatch(DIGEST, row["metric"]):
            of_dataset = out.setdefault(row["dataset"], {})
            for name, value in ((row["model"], row["value"]), ("floor", row["floor"])):
                rounded = None if pd.isna(value) else round(value, 6)
                of_dataset.setdefault(name, {})[row["metric"]] = rounded
    return out


def defined(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of metrics that exist; those of the others have a reason, see `evaluate`."""
    return pd.DataFrame(table.loc[table["undefined"] == ""]) if "undefined" in table else table


def averaged(table: pd.DataFrame) -> pd.DataFrame:
    """Means over replicates of the numbers of each dataset, model and metric, in table order."""
    by = ["dataset", "model", "metric"]
    return pd.DataFrame(table.groupby(by, sort=False)[NUMBERS].mean())
