"""A representation: steps applied one after the other, and undone in the opposite order."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rpgan.errors import UserError
from rpgan.representations import Mel, Step
from rpgan.representations.blocks import by_block
from rpgan.representations.items import fitted_item

Array = NDArray[np.floating[Any]]
State = dict[str, NDArray[Any]]

BLOCK = 2**15  # samples at a time: intermediate arrays stay in the cache, and in the heap


def shape(steps: Sequence[Step], item: tuple[int, ...]) -> tuple[int, ...]:
    """Shape (channels, ...) of one encoded item, which is (length,) or (channels, ...) before."""
    item = item if len(item) > 1 else (1, *item)
    for before, step in zip((None, *steps), steps, strict=False):
        if isinstance(step, Mel):
            step.require_after(before)
        item = step.shape(item)
    return item


def bounded(steps: Sequence[Step], bounded: bool = False) -> bool:
    """Whether the encoded training set lies in [-1, 1], the range of a generator with tanh.

    The argument says whether the series themselves do.
    """
    for step in steps:
        bounded = step.bounded(bounded)
    return bounded


def exact(steps: Sequence[Step]) -> bool:
    """Whether decode(encode(x)) = x, to float precision, for every finite x."""
    return all(step.exact for step in steps)


def fit(steps: Sequence[Step], series: Array) -> list[State]:
    """What each step learns from the training set: (n, length) or (n, channels, ...).

    Each state also holds the shape of the ``item`` that its step takes. A set is read once for
    each step that learns something, and encoded anew by the steps before it, so that no more than
    a few blocks of it are ever held in double precision.
    """
    series = np.asarray(series)
    item = _item(series)
    shape(steps, item)
    _require_finite(series)
    states: list[State] = []
    for i, step in enumerate(steps):
        learnt = step.fit(Encoded(steps[:i], tuple(states), series))
        states.append({"item": np.array(item)} | learnt)
        item = step.shape(item)
    return states


def encode(steps: Sequence[Step], states: Sequence[State], series: Array) -> NDArray[np.float32]:
    """Tensors (n, channels, ...) of `series`, shape (n, length) or (n, channels, ...)."""
    series = np.asarray(series)
    shape = require_encodable(steps, states, series)
    tensors = np.empty((len(series), *shape), np.float32)

    def write(block: slice) -> None:
        tensors[block] = encoded(steps, states, _double(series[block]))

    for _ in by_block(write, len(series), _rows(series)):
        pass
    return tensors


def decode(steps: Sequence[Step], states: Sequence[State], tensors: Array) -> NDArray[np.float64]:
    """Series in physical units from `tensors`, shape (n, channels, ...).

    Shape (n, length) if they have one channel, else (n, channels, ...).
    """
    tensors = np.asarray(tensors)
    item = fitted_item(states[0]) if states and "item" in states[0] else tensors.shape[1:]
    wanted = _require_fitted(steps, states, item)
    if tensors.shape[1:] != wanted:
        raise UserError(
            f"wanted tensors of shape {wanted}, as the representation makes them,"
            f" got {tensors.shape[1:]}"
        )
    series = np.empty((len(tensors), *item))

    def write(block: slice) -> None:
        x = np.asarray(tensors[block], np.float64)
        for step, state in zip(reversed(steps), reversed(states), strict=True):
            x = step.decode(x, state)
        series[block] = x

    for _ in by_block(write, len(tensors), _rows(series)):
        pass
    return series[:, 0] if series.ndim == 3 and series.shape[1] == 1 else series


@dataclass(frozen=True)
class Encoded:
    """Blocks of `series` as `steps` encode them, made anew each time they are gone through."""

    steps: Sequence[Step]
    states: Sequence[State]
    series: Array

    def __iter__(self) -> Iterator[NDArray[np.float64]]:
        def block(rows: slice) -> NDArray[np.float64]:
            return encoded(self.steps, self.states, _double(self.series[rows]))

        return by_block(block, len(self.series), _rows(self.series))


def encoded(steps: Sequence[Step], states: Sequence[State], x: Any) -> Any:
    """One block of series in double precision, of NumPy or, with the states, of PyTorch."""
    x = x[:, np.newaxis] if x.ndim == 2 else x
    for step, state in zip(steps, states, strict=True):
        x = step.encode(x, state)
    return x


def require_encodable(
    steps: Sequence[Step], states: Sequence[State], series: Array
) -> tuple[int, ...]:
    """Shape of one encoded item of `series`. Raises UserError if they are not to be encoded."""
    shape = _require_fitted(steps, states, _item(series))
    _require_finite(series)
    return shape


def _double(series: Array) -> NDArray[np.float64]:
    return np.asarray(series, np.float64)


def _item(series: Array) -> tuple[int, ...]:
    if series.ndim < 2 or not len(series):
        raise UserError(
            f"wanted one series or more, of shape (n, length) or (n, channels, ...),"
            f" got {series.shape}"
        )
    return (1, *series.shape[1:]) if series.ndim == 2 else series.shape[1:]


def _rows(series: Array) -> int:
    """Series in a block."""
    return max(1, BLOCK // max(1, math.prod(series.shape[1:])))


def _require_finite(series: Array) -> None:
    wrong = np.empty(len(series), bool)
    rows = 32 * _rows(series)
    for i in range(0, len(series), rows):
        block = series[i : i + rows]
        wrong[i : i + rows] = ~np.isfinite(block).reshape(len(block), -1).all(axis=1)
    if wrong.any():
        raise UserError(
            f"wanted finite series, but {wrong.sum()} of {len(series)} hold NaN or infinity"
            f" (the first is number {wrong.argmax()}); remove them"
        )


def _require_fitted(
    steps: Sequence[Step], states: Sequence[State], item: tuple[int, ...]
) -> tuple[int, ...]:
    """Shape of an encoded `item`. Raises UserError if `states` are of other steps or items."""
    if len(states) != len(steps):
        raise UserError(
            f"wanted the fitted states of {len(steps)} steps, got {len(states)};"
            " fit the representation again"
        )
    for step, state in zip(steps, states, strict=True):
        fitted = fitted_item(state) if "item" in state else None
        if fitted != item:
            raise UserError(
                f"{step.name} was fitted on items of shape {fitted}, got {item};"
                " fit the representation on series of that shape"
            )
        item = step.shape(item)
    return item
