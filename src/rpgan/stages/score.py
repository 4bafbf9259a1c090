"""Score any set of series against a known law."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from rpgan import series, tables
from rpgan.battery import Battery
from rpgan.errors import UserError
from rpgan.metrics.score import score as score_series
from rpgan.spec import plain
from rpgan.stages.floor import fresh_draws
from rpgan.stages.show import shown


def score(battery: Battery, source: Path, target: Path | None) -> None:
    """Print the scores of the series in `source`; write them to `target` if it is given.

    The real set is a fresh draw of the battery's test set, so this needs no other file, and the
    floor is that of as many series as `source` holds.
    """
    fake, _ = series.read_any(source)
    if fake.ndim != 2 or fake.shape[1] < 2:
        raise UserError(f"{source}: wanted series of shape (n, length), found {fake.shape}")
    draw = replace(battery.real, length=fake.shape[1])
    real = draw.series().astype(np.float64)
    floor = fresh_draws(battery, real, len(fake))
    rows, skipped = score_series(battery.metrics, draw.process, real, fake, floor)
    rows = rows.drop(columns="untrained")
    print(f"{len(fake)} series of {fake.shape[1]} samples against {draw.dataset}\n")
    print(shown(rows))
    for name, reason in skipped.items():
        print(f"no {name}: {reason}")
    if target:
        tables.write(target, pd.DataFrame(rows), plain(battery))
