"""Training part and test part: nothing in one is in the other."""

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rpgan.errors import UserError

PARTS = ("train", "test")


def require_part(part: str) -> None:
    """Refuse any other name of a part."""
    if part not in PARTS:
        raise ValueError(f"part must be train or test, got {part!r}")


def require_share(test_share: float) -> None:
    """Refuse a share that leaves one part empty."""
    if not 0 < test_share < 1:
        raise ValueError(f"test_share must lie in (0, 1), got {test_share}")


def members(
    contents: Sequence[Hashable], part: str, test_share: float, rng: np.random.Generator
) -> NDArray[np.bool_]:
    """Which recordings belong to `part`, shape (recordings,).

    Recordings of equal `contents` count as one and stay together. Of the distinct ones,
    `test_share` (rounded, at least one and not all) are the test part, by a permutation that is
    the same for both parts if `rng` is, and for which a larger share contains a smaller one.
    """
    number = {content: i for i, content in enumerate(dict.fromkeys(contents))}
    n_test = min(max(1, round(test_share * len(number))), len(number) - 1)
    test = rng.permutation(len(number))[:n_test]
    return np.isin([number[content] for content in contents], test) == (part == "test")


def piece(series: NDArray[Any], part: str, test_share: float) -> NDArray[Any]:
    """The samples of `part`, a view of (..., samples): the last `test_share` are the test part."""
    boundary = series.shape[-1] - round(test_share * series.shape[-1])
    return series[..., :boundary] if part == "train" else series[..., boundary:]


def choose(
    held: int, n: int, part: str, rng: np.random.Generator, where: object, what: str, change: str
) -> NDArray[np.int64]:
    """Numbers of `n` of the `held` items of `part`, in random order, none twice.

    Any leading part of them is a random sample, and choosing fewer gives the first of these. The
    two parts draw from streams of their own. Raises UserError if `n` is more than `held`.
    """
    if n < 1:
        raise ValueError(f"n_{part} must be at least 1, got {n}")
    if n > held:
        raise UserError(
            f"{where}: the {part} part holds {held} {what}, wanted n_{part} = {n};"
            f" lower n_{part}{change}"
        )
    return rng.spawn(len(PARTS))[PARTS.index(part)].permutation(held)[:n]
