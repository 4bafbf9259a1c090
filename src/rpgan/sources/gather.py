"""Items of recordings: counted in a first pass over the files, read in a second one."""

import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from rpgan.errors import UserError
from rpgan.sources import parts

Array = NDArray[Any]
Block = TypeVar("Block")  # what is read at once: a file, or some rows of it


@dataclass(frozen=True)
class Advice:
    """Words for what cannot be done: what items are called, and what a user may change."""

    where: object
    items: str
    for_more: str  # continues "lower n_train"
    if_alone: str  # recordings of which there is only one
    if_short: str = ""  # recordings without an item


@dataclass(frozen=True)
class Recordings(Generic[Block]):
    """Recordings of which one block at a time is in memory.

    `load` gives the recordings of a block, cut to what is used of them; `items` all items of a
    recording, shape (k, ...) with k >= 0, best as a view; `finish` makes (k, *shape) of some.
    `contents` is the array by which recordings are equal, if they are more than one.
    """

    blocks: Sequence[Block]
    load: Callable[[Block], list[Any]]
    items: Callable[[Any], Array]
    finish: Callable[[Array], Array]
    advice: Advice
    contents: Callable[[Any], Array] = np.asarray


@dataclass(frozen=True)
class Survey:
    """The block, the number of items and a digest of the contents of each recording."""

    block: NDArray[np.int64]
    count: NDArray[np.int64]
    contents: list[bytes]


def gather(
    recordings: Recordings[Any],
    shape: tuple[int, ...],
    part: str,
    n: int,
    test_share: float | None,
    rng: np.random.Generator,
) -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.int64]]:
    """`n` items, (n, *shape), the recording of each, (n,), and its number in that, (n,).

    Whole recordings are split between the parts by `test_share`, those of equal contents together;
    None says that they hold nothing but this part. The order is random. Memory: the result, one
    block, and a hundred bytes for each recording.
    """
    load = lru_cache(maxsize=1)(lambda block: recordings.load(recordings.blocks[block]))
    found = survey(recordings, load)
    count, advice = found.count, recordings.advice
    if test_share is not None:
        count = np.where(_of_part(advice, found, part, test_share, rng), count, 0)
    held = int(count.sum())
    chosen = parts.choose(held, n, part, rng, advice.where, advice.items, advice.for_more)
    ends = np.cumsum(count)
    recording = np.searchsorted(ends, chosen, side="right")
    item = chosen - (ends - count)[recording]
    series = np.empty((n, *shape), np.float32)
    for rows in _progress(_rows_by_recording(recording), "recording"):
        block = int(found.block[recording[rows[0]]])
        place = recording[rows[0]] - np.searchsorted(found.block, block)
        items = recordings.items(load(block)[place])
        series[rows] = recordings.finish(items[item[rows]])
    return series, recording, item


def survey(recordings: Recordings[Any], load: Callable[[int], list[Any]]) -> Survey:
    """The first pass."""
    block: list[int] = []
    count: list[int] = []
    contents: list[bytes] = []
    for number in _progress(range(len(recordings.blocks)), "file"):
        for recording in load(number):
            block.append(number)
            count.append(len(recordings.items(recording)))
            contents.append(_digest(recordings.contents(recording)))
    return Survey(np.array(block, int), np.array(count, int), contents)


def _of_part(
    advice: Advice, found: Survey, part: str, test_share: float, rng: np.random.Generator
) -> NDArray[np.bool_]:
    """Which recordings are in `part`; those without an item are in none and count for nothing."""
    usable = np.flatnonzero(found.count)
    if not len(usable):
        raise UserError(f"{advice.where}: found no {advice.items}; {advice.if_short}")
    contents = [found.contents[i] for i in usable]
    if len(set(contents)) < 2:
        raise UserError(
            f"{advice.where}: wanted at least 2 recordings that differ and hold {advice.items},"
            f" found {len(set(contents))}; {advice.if_alone}"
        )
    mine = np.zeros(len(found.count), bool)
    mine[usable] = parts.members(contents, part, test_share, rng)
    return mine


def _rows_by_recording(recording: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Rows that come from the same recording, in the order of the recordings."""
    order = np.argsort(recording, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(recording[order])) + 1)


def _digest(recording: Array) -> bytes:
    head = f"{recording.dtype.str} {recording.shape}".encode()
    digest = blake2b(head, digest_size=16)
    digest.update(np.ascontiguousarray(recording).data)
    return digest.digest()


def _progress(things: Iterable[Any], unit: str) -> Iterable[Any]:
    return tqdm(things, unit=unit, file=sys.stderr, delay=3, leave=False)
