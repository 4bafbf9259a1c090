"""Draw a set of series from its process."""

from pathlib import Path

from rpgan import series
from rpgan.draw import Draw
from rpgan.spec import plain


def simulate(draw: Draw, target: Path) -> None:
    """Write the series of `draw`, in physical units, to `target`."""
    series.write(target, draw.series(), plain(draw))
