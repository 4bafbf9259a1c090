"""Make a set of series: drawn from a process, or taken from recordings."""

from pathlib import Path

from rpgan import series
from rpgan.draw import Draw
from rpgan.spec import plain


def simulate(draw: Draw, target: Path) -> None:
    """Write the series of `draw`, in physical units, and their values to `target`."""
    made, values = draw.series_and_values()
    series.write(target, made, plain(draw), beside=values)
