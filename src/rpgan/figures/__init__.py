"""Figures, one file per kind, from the tables and series of a run and nothing else.

A kind is one function, ``draw(family, root) -> Figure``: it reads what it needs of a family under
`root` (`rpgan.figures.family`), refuses what is another's, and draws in the style of all
(`rpgan.figures.style`). Equal tables give equal bytes, so that a version control sees no change.
"""

from collections.abc import Callable
from pathlib import Path

from matplotlib.figure import Figure

from rpgan.figures import battery, combined, examples, spectra, training
from rpgan.figures.family import Family

KINDS: dict[str, Callable[[Family, Path], Figure]] = {
    "combined": combined.draw,
    "battery": battery.draw,
    "spectra": spectra.draw,
    "examples": examples.draw,
    "training": training.draw,
}

__all__ = ["KINDS", "Family"]
