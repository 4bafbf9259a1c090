"""What is known beside series, as classes that a classifier could learn."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rpgan.errors import UndefinedLaw
from rpgan.metrics.fitted import SeriesSet

Array = NDArray[np.float64]
Classes = Callable[[NDArray[Any]], Array]  # values, (n,), to the class of each, 0, 1, ...

ORIGIN = ("recording", "window", "index")  # where a series comes from, not what it is
MOST = 32  # different values that are labels each
PARTS = 4  # that numbers of more values are cut into

FIXED = (
    "the law has no parameter that differs from series to series, so nothing beside them tells one "
    "from another"
)
BARE = (
    "nothing is known beside the real series, no label and no parameter that differs from one to "
    "the next"
)


def told(real: SeriesSet, law: object) -> dict[str, NDArray[Any]]:
    """The columns beside the real series that say what each is. UndefinedLaw if there are none."""
    if law is not None and not hasattr(law, "draw"):
        raise UndefinedLaw(FIXED)
    columns = {name: values for name, values in real.beside.items() if name not in ORIGIN}
    if not columns:
        raise UndefinedLaw(BARE)
    return columns


def column(given: SeriesSet, name: str) -> NDArray[Any]:
    """The column `name` beside series. UndefinedLaw if there is none."""
    if name not in given.beside:
        raise UndefinedLaw(
            f"no column {name!r} is beside the generated series, as there is beside the real ones: "
            "their generator was not asked for any value of it"
        )
    return given.beside[name]


def classes(columns: Mapping[str, NDArray[Any]]) -> dict[str, Classes]:
    """The classes of each column that has at least two, see `classes_of`."""
    found = {name: classes_of(values) for name, values in columns.items()}
    return {name: of_one for name, of_one in found.items() if of_one is not None}


def classes_of(values: NDArray[Any]) -> Classes | None:
    """The classes of a column: its different values, or where they are many its quarters.

    None if there are not two, or names are too many. A value not among them is in class -1.
    """
    names = np.unique(values)
    if len(names) <= MOST:
        return partial(place, names) if len(names) > 1 else None
    if not np.issubdtype(values.dtype, np.number):
        return None
    edges = np.quantile(values, np.arange(1, PARTS) / PARTS)
    return lambda given: edges.searchsorted(given, side="right").astype(np.float64)


def place(names: NDArray[Any], values: NDArray[Any]) -> Array:
    """Where each value is among `names`, in order; -1 if it is not. Single precision is enough."""
    if np.issubdtype(names.dtype, np.floating):
        names, values = names.astype(np.float32), values.astype(np.float32)
    at = np.minimum(names.searchsorted(values), len(names) - 1)
    return np.where(names[at] == values, at, -1).astype(np.float64)
