"""Draw one figure of one family."""

from collections.abc import Sequence
from pathlib import Path

from rpgan.errors import UserError
from rpgan.figures import KINDS, Family
from rpgan.figures.style import save


def draw(kind: str, family: Family, targets: Sequence[Path], root: Path = Path()) -> None:
    """Write the figure `kind` of `family`, from the tables under `root`, to every target.

    The suffix of a target is its format: .pdf, .svg or .png.
    """
    if kind not in KINDS:
        raise UserError(f"no figure {kind!r}; there are {', '.join(KINDS)}")
    figure = KINDS[kind](family, root)
    for target in targets:
        save(figure, target)
