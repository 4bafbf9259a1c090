"""Items as a picture to look at."""

from pathlib import Path

import numpy as np

from rpgan.errors import UserError
from rpgan.figures import mosaic, traces
from rpgan.figures.style import save
from rpgan.stages.items import Items, read

IMAGES, SERIES = 16, 4  # items of one file


def pictures(source: Path, target: Path, n: int | None = None, real: Path | None = None) -> None:
    """Draw the first `n` items of `source`, beside those of `real` if it is given.

    Images are drawn as images, pixel by pixel. Series are drawn over time, those of 1024 samples
    or more also by time and frequency.
    """
    sets = [read(path, IMAGES if n is None else n) for path in (real, source) if path]
    shapes = {items.values.shape[1:] for items in sets}
    if len(shapes) > 1:
        raise UserError(f"{source} and {real} hold items of different shapes, {shapes}")
    if sets[0].values.ndim == 4:
        grids = {title: items.values for title, items in by_title(sets).items()}
        mosaic.save(grids, target, upwards=is_spectrogram(sets[-1]))
        return
    shown = {
        title: items.values[: SERIES if n is None else n] for title, items in by_title(sets).items()
    }
    save(traces.plot({title: each(values) for title, values in shown.items()}), target)


def by_title(sets: list[Items]) -> dict[str, Items]:
    """The real ones are called target, and others by what made them."""
    return {"target" if items is not sets[-1] else items.title: items for items in sets}


def each(series: np.ndarray) -> np.ndarray:
    """Series with an axis of channels."""
    return series[:, np.newaxis] if series.ndim == 2 else series


def is_spectrogram(items: Items) -> bool:
    square = items.draw.square if items.draw else None
    return square is not None and square.form != "raw"
