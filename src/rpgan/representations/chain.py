"""A representation: steps applied one after the other, and undone in the opposite order."""

import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from rpgan.errors import UserError
from rpgan.representations import Step

Array = NDArray[np.floating[Any]]
State = dict[str, NDArray[Any]]

BLOCK = 1024  # series at a time: bounds the memory of intermediate arrays


def shape(steps: Sequence[Step], item: tuple[int, ...]) -> tuple[int, ...]:
    """Shape (channels, ...) of one encoded item, which is (length,) or (channels, ...) before."""
    item = item if len(item) > 1 else (1, *item)
    for step in steps:
        item = step.shape(item)
    return item


def fit(steps: Sequence[Step], series: Array) -> list[State]:
    """What each step learns from the training set: (n, length) or (n, channels, ...)."""
    x = _with_channel(series)
    _require_finite(x)
    states: list[State] = []
    for step, before in zip(steps, (None, *steps), strict=False):
        if before:
            x = _by_block(before.encode, x, states[-1])
        states.append(step.fit(x))
    return states


def encode(steps: Sequence[Step], states: Sequence[State], series: Array) -> NDArray[np.float32]:
    """Tensors (n, channels, ...) of `series`, shape (n, length) or (n, channels, ...)."""
    x = _with_channel(series)
    _require_finite(x)
    for step, state in zip(steps, states, strict=True):
        x = _by_block(step.encode, x, state)
    return x.astype(np.float32)


def decode(steps: Sequence[Step], states: Sequence[State], tensors: Array) -> Array:
    """Series in physical units from `tensors`, shape (n, channels, ...).

    Shape (n, length) if they have one channel, else (n, channels, ...).
    """
    x = tensors
    for step, state in zip(reversed(steps), reversed(states), strict=True):
        x = _by_block(step.decode, x, state)
    return x[:, 0] if x.ndim == 3 and x.shape[1] == 1 else x


def _by_block(function: Any, x: Array, state: State) -> Array:
    starts = tqdm(range(0, len(x), BLOCK), unit="block", file=sys.stderr, delay=3, leave=False)
    return np.concatenate([function(x[i : i + BLOCK], state) for i in starts])


def _with_channel(series: Array) -> Array:
    series = np.asarray(series)
    return series[:, np.newaxis] if series.ndim == 2 else series


def _require_finite(x: Array) -> None:
    wrong = ~np.isfinite(x).reshape(len(x), -1).all(axis=1)
    if wrong.any():
        raise UserError(
            f"wanted finite series, but {wrong.sum()} of {len(x)} hold NaN or infinity"
            f" (the first is number {wrong.argmax()}); remove them"
        )
