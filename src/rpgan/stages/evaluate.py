"""Score one generator's series against the law."""

import sys
from pathlib import Path
from typing import Any

import pandas as pd

from rpgan import series, tables
from rpgan.battery import Battery
from rpgan.metrics.fitted import SeriesSet, only_finite
from rpgan.metrics.score import score
from rpgan.spec import plain, spec
from rpgan.stages.described import estimates, spectra
from rpgan.stages.floor import real_set


@spec
class Evaluation:
    """One run's samples under a battery. `run` stays plain: no networks are needed here."""

    battery: Battery
    run: dict[str, Any]


def evaluate(
    evaluation: Evaluation,
    real: Path,
    training: Path,
    floor: Path,
    trained: Path,
    untrained: Path,
    metrics: Path,
    spectrum: Path,
    estimate: Path,
    threads: int = 1,
) -> None:
    """Write the scores, one row per value, and the spectra and estimates behind the figures."""
    battery, law = evaluation.battery, evaluation.battery.real.law
    sets = {
        "fake": series.read(trained, _made_from(evaluation, True)),
        "untrained": series.read(untrained, _made_from(evaluation, False)),
    }
    rows, skipped = score(
        battery.metrics,
        law,
        real_set(battery, real, training),
        SeriesSet(sets["fake"], series.read_beside(trained)),
        tables.read(floor, plain(battery)),
        SeriesSet(sets["untrained"], series.read_beside(untrained)),
        threads,
    )
    say_not_finite(rows)
    for name, reason in skipped.items():
        print(f"{battery.real.dataset}: no {name}: {reason}", file=sys.stderr)
    finite = {name: only_finite(SeriesSet(of)).series for name, of in sets.items()}
    sets = {name: of for name, of in finite.items() if len(of)}
    made_from = plain(evaluation)
    tables.write(metrics, _identified(evaluation, with_undefined(rows, skipped)), made_from)
    tables.write(spectrum, spectra(law, sets), made_from)
    tables.write(estimate, estimates(law, battery.metrics, sets), made_from)


def with_undefined(rows: pd.DataFrame, skipped: dict[str, str]) -> pd.DataFrame:
    """`rows`, and one for each metric that is not defined: no value, and `undefined` says why.

    It is empty for all others.
    """
    defined = rows.assign(undefined="")
    about = {name: rows[name].iloc[0] for name in ("n", "length")}
    others = [
        {"metric": name, "draws": 0, "undefined": why} | about for name, why in skipped.items()
    ]
    table = pd.DataFrame(defined.to_dict("records") + others, columns=defined.columns)
    return table.astype(defined.dtypes.to_dict())


def say_not_finite(rows: pd.DataFrame) -> None:
    """Warn of generated series that were counted and left out."""
    share, n = rows.loc[rows["metric"] == "not_finite", ["value", "n"]].iloc[0]
    if share > 0:
        print(
            f"{round(share * n)} of {n:.0f} generated series have NaN or infinite samples: all "
            "values but not_finite are of the others",
            file=sys.stderr,
        )


def _made_from(evaluation: Evaluation, trained: bool) -> dict[str, Any]:
    return {"run": evaluation.run, "n": evaluation.battery.real.n, "trained": trained}


def _identified(evaluation: Evaluation, rows: pd.DataFrame) -> pd.DataFrame:
    """`rows` with the columns that tell one run from another in front."""
    draw, run = evaluation.battery.real, evaluation.run
    columns = {"dataset": draw.dataset, "model": run["label"], "replicate": run["replicate"]}
    for position, (column, value) in enumerate(columns.items()):
        rows.insert(position, column, value)
    return rows
