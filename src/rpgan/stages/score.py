"""Score any set of series against a known law."""

from dataclasses import replace
from pathlib import Path
from textwrap import fill

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rpgan import series, tables
from rpgan.battery import Battery
from rpgan.errors import UserError
from rpgan.metrics.score import score as score_series
from rpgan.sources.noisegan_hdf5 import read_generated
from rpgan.spec import plain
from rpgan.stages.floor import fresh_draws
from rpgan.stages.show import shown


def score(battery: Battery, source: Path, target: Path | None) -> None:
    """Print the scores of the series in `source`; write them to `target` if it is given.

    The real set is made anew, a fresh draw of the battery's test set or its recordings, and the
    floor is that of as many series as `source` holds.
    """
    fake = generated(source)
    wanted = len(battery.real.shape()) + 1
    if fake.ndim != wanted or fake.shape[-1] < 2:
        axes = {2: "(n, length)", 3: "(n, channels, length)"}.get(wanted, "(n, channels, ...)")
        raise UserError(f"{source}: wanted series of shape {axes}, found {fake.shape}")
    draw = battery.real
    if draw.source is None:
        draw = replace(draw, length=fake.shape[-1])
    real = draw.series().astype(np.float64)
    floor = fresh_draws(battery, real, len(fake))
    rows, skipped = score_series(battery.metrics, draw.law, real, fake, floor)
    rows = rows.drop(columns="untrained")
    print(f"{len(fake)} series of {fake.shape[-1]} samples against {draw.dataset}\n")
    print(shown(rows))
    for name, reason in skipped.items():
        print(f"no {name}: {reason}")
    print("\nWhat each cannot see:")
    for metric in battery.metrics:
        if metric.name not in skipped:
            print(fill(f"{metric.name}: {metric.blind}", 100, subsequent_indent="  "))
    if target:
        tables.write(target, pd.DataFrame(rows), plain(battery))


def generated(source: Path) -> NDArray[np.float32]:
    """The series of a file: ours, NumPy's, or the HDF5 that NoiseGAN and OFDM-GAN leave behind."""
    if source.suffix in (".h5", ".hdf5"):
        return read_generated(source)
    return series.read_any(source)[0]
