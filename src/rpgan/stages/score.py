"""Score any set of series against a known law."""

import contextlib
import hashlib
import json
from dataclasses import replace
from pathlib import Path
from textwrap import fill
from typing import Any

import pandas as pd
from numpy.typing import NDArray

from rpgan import layout, series, tables
from rpgan.battery import Battery
from rpgan.errors import UserError
from rpgan.metrics.fitted import SeriesSet, as_set
from rpgan.metrics.score import alike
from rpgan.metrics.score import score as score_series
from rpgan.provenance import code_digest
from rpgan.sources.noisegan_hdf5 import read_generated
from rpgan.spec import plain
from rpgan.stages.evaluate import say_not_finite, with_undefined
from rpgan.stages.floor import fresh_draws
from rpgan.stages.show import shown

HDF5 = (".h5", ".hdf5")
READ = (".arrow", ".npy", *HDF5)

LEGEND = """\
low, high: 95 % interval over generated series. floor, floor_low, floor_high: mean and range of so \
many draws of as many series from the law itself, which no generator can beat. excess: value - \
floor. p_value: of a perfect generator; p_adjusted: for all values together. detectable_n: series \
that would show the difference. ideal: what the law has."""
LEGEND_WITHOUT_LAW = """\
low, high: 95 % interval over generated series. No law is known: floor, floor_low, floor_high are \
mean and range of so many splits of the real set into halves, one against the other, so somewhat \
high, and there are no p-values. excess: value - floor. ideal: what a perfect generator has."""


def score(battery: Battery, source: Path, target: Path | None, threads: int = 1) -> None:
    """Print the scores of the series in `source`; write them to `target` if it is given.

    The real set is made anew, a fresh draw of the battery's test set or its recordings, and the
    floor is that of as many series as `source` holds.
    """
    fake = generated(source)
    shape = fake.series.shape
    wanted = len(battery.real.shape()) + 1
    if len(shape) != wanted or shape[-1] < 2:
        axes = {2: "(n, length)", 3: "(n, channels, length)"}.get(wanted, "(n, channels, ...)")
        raise UserError(f"{source}: wanted series of shape {axes}, found {shape}")
    fake = as_set(fake, "generated")
    if battery.real.source is None:
        battery = replace(battery, real=replace(battery.real, length=shape[-1]))
    law, real = battery.real.law, SeriesSet(*battery.real.series_and_values(), trained_on(battery))
    alike(real, fake, "generated")  # before the floor takes its time
    floor = floor_of(battery, real, len(fake), threads)
    rows, skipped = score_series(battery.metrics, law, real, fake, floor, None, threads)
    rows = rows.drop(columns="untrained")
    say_not_finite(rows)
    print(f"{len(fake)} series of {shape[-1]} samples against {battery.real.dataset}\n")
    print(shown(rows))
    for name, reason in skipped.items():
        print(f"no {name}: {reason}")
    print(f"\n{fill(LEGEND if law is not None else LEGEND_WITHOUT_LAW, 100)}")
    print("\nWhat each cannot see:")
    for metric in battery.metrics:
        if metric.name not in skipped:
            print(fill(f"{metric.name}: {metric.blind}", 100, subsequent_indent="  "))
    if target:
        tables.write(target, with_undefined(rows, skipped), plain(battery))


def trained_on(battery: Battery) -> NDArray[Any] | None:
    """The training set, if `battery` looks at it and its series are as long as the real ones."""
    training = battery.training
    if training is None or training.shape() != battery.real.shape():
        return None
    return training.series()


def generated(source: Path) -> SeriesSet:
    """The series of a file: ours, NumPy's, or the HDF5 that NoiseGAN and OFDM-GAN leave behind."""
    if source.suffix not in READ:
        raise UserError(f"{source}: wanted series in a file that ends in {', '.join(READ)}")
    if source.suffix in HDF5:
        return SeriesSet(read_generated(source))
    found, _ = series.read_any(source)
    return SeriesSet(found, {} if source.suffix == ".npy" else series.read_beside(source))


def floor_of(battery: Battery, real: SeriesSet, n: int, threads: int) -> pd.DataFrame:
    """Fresh draws of `n` series, or those of an earlier score with the same settings and code.

    Of recordings, which may have changed since, they are always made anew.
    """
    draw = battery.real
    if draw.source is not None or draw.process is None:
        return fresh_draws(battery, real, n, threads)
    modules = [f"metrics.{metric.name}" for metric in battery.metrics]
    code = code_digest("stages.floor", f"processes.{draw.process.name}", *modules)
    made_from = {"battery": plain(battery), "n": n, "code": code}
    digest = hashlib.sha256(json.dumps(made_from, sort_keys=True).encode()).hexdigest()[:16]
    kept = layout.kept_floor(draw.dataset, digest)
    if kept.exists():
        return tables.read(kept, made_from)
    floor = fresh_draws(battery, real, n, threads)
    with contextlib.suppress(OSError):  # a folder that cannot be written to keeps nothing
        tables.write(kept, floor, made_from)
    return floor
