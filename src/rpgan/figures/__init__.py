"""Figures, one file per kind, from the tables and series of a run and nothing else.

A kind is one function, ``draw(family, root) -> Figure``: it reads what it needs of a family under
`root` (`rpgan.figures.family`), refuses what is another's, and draws in the style of all
(`rpgan.figures.style`). Equal tables give equal bytes, so that a version control sees no change.
A kind of table is ``write(family, root, target)``. `rpgan.exhibits` says what each reads.
"""

from collections.abc import Callable
from pathlib import Path

from matplotlib.figure import Figure

from rpgan.figures import (
    autocorrelations,
    battery,
    combined,
    density_coverage,
    dynamics,
    examples,
    histograms,
    marginals,
    process,
    results,
    spectra,
    spectrograms,
    training,
)
from rpgan.figures.family import Family

KINDS: dict[str, Callable[[Family, Path], Figure]] = {
    "combined": combined.draw,
    "battery": battery.draw,
    "density_coverage": density_coverage.draw,
    "histograms": histograms.draw,
    "spectra": spectra.draw,
    "autocorrelations": autocorrelations.draw,
    "marginals": marginals.draw,
    "examples": examples.draw,
    "spectrograms": spectrograms.draw,
    "process": process.draw,
    "training": training.draw,
    "dynamics": dynamics.draw,
}
TABLES: dict[str, Callable[[Family, Path, Path], None]] = {"results": results.write}

__all__ = ["KINDS", "TABLES", "Family"]
