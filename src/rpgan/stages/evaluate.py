"""Score one generator's series against the law."""

import sys
from pathlib import Path
from typing import Any

import pandas as pd

from rpgan import series, tables
from rpgan.battery import Battery
from rpgan.metrics.score import score
from rpgan.spec import plain, spec
from rpgan.stages.described import estimates, spectra


@spec
class Evaluation:
    """One run's samples under a battery. `run` stays plain: no networks are needed here."""

    battery: Battery
    run: dict[str, Any]


def evaluate(
    evaluation: Evaluation,
    real: Path,
    floor: Path,
    trained: Path,
    untrained: Path,
    metrics: Path,
    spectrum: Path,
    estimate: Path,
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
        series.read(real, plain(battery.real)),
        sets["fake"],
        tables.read(floor, plain(battery)),
        sets["untrained"],
    )
    for name, reason in skipped.items():
        print(f"{battery.real.dataset}: no {name}: {reason}", file=sys.stderr)
    made_from = plain(evaluation)
    tables.write(metrics, _identified(evaluation, rows), made_from)
    tables.write(spectrum, spectra(law, sets), made_from)
    tables.write(estimate, estimates(law, sets), made_from)


def _made_from(evaluation: Evaluation, trained: bool) -> dict[str, Any]:
    return {"run": evaluation.run, "n": evaluation.battery.real.n, "trained": trained}


def _identified(evaluation: Evaluation, rows: pd.DataFrame) -> pd.DataFrame:
    """`rows` with the columns that tell one run from another in front."""
    draw, run = evaluation.battery.real, evaluation.run
    columns = {"dataset": draw.dataset, "model": run["label"], "replicate": run["replicate"]}
    for position, (column, value) in enumerate(columns.items()):
        rows.insert(position, column, value)
    return rows
