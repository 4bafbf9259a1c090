"""What the law itself reaches: the floor of every metric, its spectra and its estimates."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import tqdm

from rpgan import series, tables
from rpgan.battery import Battery
from rpgan.metrics.fitted import SeriesSet
from rpgan.metrics.floor import draw_floor
from rpgan.spec import plain
from rpgan.stages.described import estimates, spectra


def floor(
    battery: Battery,
    real: Path,
    training: Path,
    target: Path,
    spectrum: Path,
    estimate: Path,
    threads: int = 1,
) -> None:
    """Write the floors for `real`, the test set, and the spectra and estimates of its series."""
    law = battery.real.law
    test = real_set(battery, real, training)
    sets = {"real": test.series}
    tables.write(target, fresh_draws(battery, test, len(test), threads), plain(battery))
    tables.write(spectrum, spectra(law, sets), plain(battery))
    tables.write(estimate, estimates(law, battery.metrics, sets), plain(battery))


def real_set(battery: Battery, real: Path, training: Path) -> SeriesSet:
    """The test set, with what is known beside it, and the training set if `battery` looks at it."""
    return SeriesSet(
        series.read(real, plain(battery.real)),
        series.read_beside(real),
        series.read(training, plain(battery.training)) if battery.training else None,
    )


def fresh_draws(battery: Battery, real: SeriesSet, n: int, threads: int) -> pd.DataFrame:
    """The floors of `battery` for sets of `n` series against `real`, with a line of progress.

    So many `threads` draw at a time, each with memory for a set and what is computed from it.
    """
    stream, law = battery.stream(), battery.real.law
    with tqdm(total=battery.floor_draws, unit="fresh draw", file=sys.stderr, delay=3) as bar:

        def rng(draw: int) -> np.random.Generator:
            bar.update()
            return stream(draw)

        return draw_floor(battery.metrics, law, real, rng, battery.floor_draws, n, threads)
