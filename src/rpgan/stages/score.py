"""Score any set of series against a known law."""

from dataclasses import replace
from pathlib import Path
from textwrap import fill

from rpgan import series, tables
from rpgan.battery import Battery
from rpgan.errors import UserError
from rpgan.metrics.fitted import SeriesSet, as_set
from rpgan.metrics.score import score as score_series
from rpgan.sources.noisegan_hdf5 import read_generated
from rpgan.spec import plain
from rpgan.stages.evaluate import say_not_finite, with_undefined
from rpgan.stages.floor import fresh_draws
from rpgan.stages.show import shown


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
    draw = battery.real
    if draw.source is None:
        draw = replace(draw, length=shape[-1])
    real = SeriesSet(*draw.series_and_values())
    floor = fresh_draws(battery, real, len(fake), threads)
    rows, skipped = score_series(battery.metrics, draw.law, real, fake, floor, None, threads)
    rows = rows.drop(columns="untrained")
    say_not_finite(rows)
    print(f"{len(fake)} series of {shape[-1]} samples against {draw.dataset}\n")
    print(shown(rows))
    for name, reason in skipped.items():
        print(f"no {name}: {reason}")
    print("\nWhat each cannot see:")
    for metric in battery.metrics:
        if metric.name not in skipped:
            print(fill(f"{metric.name}: {metric.blind}", 100, subsequent_indent="  "))
    if target:
        tables.write(target, with_undefined(rows, skipped), plain(battery))


def generated(source: Path) -> SeriesSet:
    """The series of a file: ours, NumPy's, or the HDF5 that NoiseGAN and OFDM-GAN leave behind."""
    if source.suffix in (".h5", ".hdf5"):
        return SeriesSet(read_generated(source))
    found, _ = series.read_any(source)
    return SeriesSet(found, {} if source.suffix == ".npy" else series.read_beside(source))
