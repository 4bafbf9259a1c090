"""The first items of a file, to look at or to listen to."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rpgan import series
from rpgan.draw import Draw
from rpgan.errors import UserError
from rpgan.settings import build


@dataclass(frozen=True)
class Items:
    """`values` (n, ...) in physical units, what they are called, and the set they are of or like.

    Files of other programs say nothing about that: then `draw` is None.
    """

    values: NDArray[np.float32]
    title: str
    draw: Draw | None


def read(path: Path, n: int) -> Items:
    """The first `n` items of a file of series, `.arrow` or `.npy`; fewer if it has fewer."""
    if n < 1:
        raise UserError(f"--n must be at least 1, got {n}")
    values, made_from = series.read_any(path)
    made_from = made_from or {}
    if "steps" in made_from:
        raise UserError(f"{path}: holds tensors that a network sees; name a file of series")
    if not 2 <= values.ndim <= 4 or not values.size:
        raise UserError(f"{path}: wanted series or images, of shape (n, ...), found {values.shape}")
    values = np.asarray(values[:n], np.float32)
    if not np.isfinite(values).all():
        raise UserError(f"{path}: holds NaN or infinity among its first {len(values)} items")
    run: dict[str, Any] = made_from.get("run", {})
    plain = run["data"]["draw"] if run else made_from
    draw = build(Draw, plain, str(path)) if plain else None
    return Items(values, titled(path, run, draw), draw)


def titled(path: Path, run: dict[str, Any], draw: Draw | None) -> str:
    if draw is None:
        return path.stem
    return f"{draw.dataset} / {run['label']} / {run['replicate']}" if run else draw.dataset
