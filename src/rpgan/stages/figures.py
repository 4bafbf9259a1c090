"""Draw one figure of one family, or write one of its tables."""

from collections.abc import Sequence
from pathlib import Path

from rpgan.errors import UserError
from rpgan.figures import KINDS, TABLES, Family
from rpgan.figures.style import save


def draw(kind: str, family: Family, targets: Sequence[Path], root: Path = Path()) -> None:
    """Write the figure or table `kind` of `family`, from what is under `root`, to every target.

    The suffix of a target is its format: .pdf, .svg or .png; .csv or .md.
    """
    if kind in TABLES:
        for target in targets:
            TABLES[kind](family, root, target)
        return
    if kind not in KINDS:
        raise UserError(f"no figure {kind!r}; there are {', '.join([*KINDS, *TABLES])}")
    figure = KINDS[kind](family, root)
    for target in targets:
        save(figure, target)
