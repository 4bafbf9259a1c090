"""Monotone maps of training sets' marginal laws onto the standard normal law.

Each row of `rows`, shape (rows, values), has a law of its own: interpolated between quantiles,
with or without generalised-Pareto tails outside of the outermost.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rpgan.representations import generalised_pareto
from rpgan.representations.arrays import along_rows, namespace

Array = NDArray[np.floating[Any]]
State = dict[str, NDArray[Any]]

ROWS = 256  # fitted at a time
LOOPED = 16  # rows up to which a loop over them is faster than bisection
FEW = 10  # values that a tail holds at least
LARGEST_TAIL = 0.25  # probability
NARROWEST = 1e-6  # scale of a tail, relative to its body, or to the widest if that is a point
SMALLEST = float(np.finfo(np.float32).tiny)
FAR = -500.0  # log p from which an expansion gives the normal quantile
CLIP = 1e-7  # probability: normal scores without tails lie within 5.2


def by_channel(x: Array) -> Array:
    """(n, channels, ...) as one row for each channel."""
    return x.swapaxes(0, 1).reshape(x.shape[1], -1)


def by_feature(x: Array) -> Array:
    """(n, channels, ...) as one row for each element of an item."""
    return x.reshape(len(x), -1).T


def from_channels(rows: Array, shape: tuple[int, ...]) -> Array:
    """The inverse of `by_channel` for a block of shape (n, channels, ...)."""
    return rows.reshape(shape[1], shape[0], *shape[2:]).swapaxes(0, 1)


def from_features(rows: Array, shape: tuple[int, ...]) -> Array:
    """The inverse of `by_feature` for a block of shape (n, channels, ...)."""
    return rows.T.reshape(shape)


def require_quantiles(n_quantiles: int, tail: float) -> None:
    if n_quantiles < 2:
        raise ValueError(f"n_quantiles must be at least 2, got {n_quantiles}")
    if not 0 < tail <= LARGEST_TAIL:
        raise ValueError(
            f"tail must lie in (0, {LARGEST_TAIL}], the probability of either tail, got {tail}"
        )


def fit(rows: Iterable[Array], n_quantiles: int, tail: float | None) -> tuple[State, Array]:
    """`n_quantiles` quantiles of each row (the blocks in `rows` are joined along the values).

    With a `tail`, quantiles reach from probability `tail` to 1 - `tail`, and a generalised-Pareto
    law is fitted to what lies outside, at least ten values; else they reach from the least to the
    largest value. The values are sorted in single precision. Beside the state comes the least and
    largest value of each row, shape (rows, 2).
    """
    values = np.concatenate([block.astype(np.float32) for block in rows], axis=1)
    n = values.shape[1]
    outside = 0.0 if tail is None else min(max(tail, FEW / n), LARGEST_TAIL)
    levels = np.linspace(outside, 1 - outside, min(n_quantiles, max(n, 2)))
    parts = []
    for i in range(0, len(values), ROWS):
        values[i : i + ROWS].sort(axis=1)
        parts.append(_fitted(values[i : i + ROWS], levels, outside))
    state = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    if tail is not None:
        width = np.ptp(state["quantiles"], axis=1, keepdims=True)
        width[width == 0] = width.max()
        smallest = np.maximum(NARROWEST * width, SMALLEST)
        state["tail_scale"] = np.maximum(state["tail_scale"], smallest)
    return {"levels": levels} | state, values[:, [0, -1]].astype(np.float64)


def to_normal(x: Array, state: State) -> Array:
    """Normal scores of `x`, shape (rows, values).

    Where quantiles coincide the middle of their levels is taken. Without tails, values outside of
    the training set's range get the score of its ends.
    """
    xp, (ndtri, ndtri_exp) = namespace(x), _scores(x)
    levels, quantiles = state["levels"], state["quantiles"]
    z = ndtri(_levels(x, quantiles, levels).clip(CLIP, 1 - CLIP))
    for sign, end, shape, scale in _tails(state):
        outside = sign * (x - end) > 0
        end, shape, scale = (xp.broadcast_to(a, x.shape)[outside] for a in (end, shape, scale))
        log_p = generalised_pareto.log_survival(sign * (x[outside] - end), shape, scale)
        z[outside] = -sign * ndtri_exp(log_p + xp.log(levels[0]))
    return z


def from_normal(z: Array, state: State) -> Array:
    """The inverse of `to_normal`."""
    from scipy.special import log_ndtr, ndtr, ndtri

    levels, quantiles = state["levels"], state["quantiles"]
    x = _values(ndtr(z), quantiles, levels)
    for sign, end, shape, scale in _tails(state):
        outside = sign * z > -ndtri(levels[0])
        end, shape, scale = (np.broadcast_to(a, z.shape)[outside] for a in (end, shape, scale))
        log_p = np.minimum(log_ndtr(-sign * z[outside]) - np.log(levels[0]), 0)
        x[outside] = end + sign * generalised_pareto.excess(log_p, shape, scale)
    return x


def _fitted(values: Array, levels: Array, outside: float) -> State:
    """State of rows of ascending values."""
    n = values.shape[1]
    position = levels * (n - 1)
    below = np.minimum(position.astype(np.intp), n - 2) if n > 1 else np.zeros(len(levels), np.intp)
    above = np.minimum(below + 1, n - 1)
    low, high = values[:, below].astype(np.float64), values[:, above].astype(np.float64)
    quantiles = low + (high - low) * (position - below)
    quantiles = np.maximum.accumulate(quantiles, axis=1)  # rounding must not turn the order round
    if not outside:
        return {"quantiles": quantiles}
    k = max(round(outside * n), 1)
    ends = quantiles[:, :1] - values[:, :k][:, ::-1], values[:, n - k :] - quantiles[:, -1:]
    tails = [generalised_pareto.fit(np.maximum(excesses, 0)) for excesses in ends]
    shape, scale = (np.stack(pair, axis=1) for pair in zip(*tails, strict=True))
    return {"quantiles": quantiles, "tail_shape": shape, "tail_scale": scale}


def _levels(x: Array, quantiles: Array, levels: Array) -> Array:
    """Levels of `x` between the quantiles of its row: where they coincide, the mean of theirs."""
    xp = namespace(x)
    if xp is np and len(x) <= LOOPED:
        return np.stack([_row_levels(*row, levels) for row in zip(x, quantiles, strict=True)])
    low, high = _between(x, quantiles)
    below, above = along_rows(quantiles, low), along_rows(quantiles, high)
    gap = xp.where(above > below, above - below, 1)
    share = xp.where(above > below, ((x - below) / gap).clip(0, 1), 0.5)
    return levels[low] + share * (levels[high] - levels[low])


def _between(x: Array, quantiles: Array) -> tuple[Any, Any]:
    """Numbers of the quantiles not above and not below `x`; of the outermost beyond them."""
    top = quantiles.shape[1] - 1
    if not isinstance(x, np.ndarray):
        x, search = x.contiguous(), namespace(x).searchsorted
        low = search(quantiles, x, right=True) - 1
        return low.clip(0, top), search(quantiles, x).clip(0, top)
    row = np.arange(len(x))[:, np.newaxis]
    low = np.clip(_count(quantiles, row, x, np.less_equal) - 1, 0, top)
    below = along_rows(quantiles, low)
    high = np.minimum(low + (below < x), top)
    tied = below == x
    high[tied] = _count(quantiles, np.nonzero(tied)[0], x[tied], np.less)
    return low, high


def _row_levels(x: Array, quantiles: Array, levels: Array) -> Array:
    rising = np.interp(x, quantiles, levels)
    if (quantiles[1:] > quantiles[:-1]).all():
        return rising
    return (rising - np.interp(-x, -quantiles[::-1], -levels[::-1])) / 2


def _values(p: Array, quantiles: Array, levels: Array) -> Array:
    """Quantiles of each row interpolated at levels `p`, shape (rows, values)."""
    position = (p - levels[0]) * ((len(levels) - 1) / (levels[-1] - levels[0]))
    position = np.clip(position, 0, len(levels) - 1)
    below = np.minimum(position.astype(np.intp), len(levels) - 2)
    low = np.take_along_axis(quantiles, below, 1)
    high = np.take_along_axis(quantiles, below + 1, 1)
    return low + (position - below) * (high - low)


def _count(quantiles: Array, row: NDArray[np.intp], x: Array, before: np.ufunc) -> NDArray[np.intp]:
    """How many quantiles of its `row` come before each `x`: bisection of all at once."""
    n = quantiles.shape[1]
    count = np.zeros(x.shape, np.intp)
    step = 1 << (n.bit_length() - 1)
    while step:
        candidate = count + step
        at = quantiles[row, np.minimum(candidate, n) - 1]
        count = np.where((candidate <= n) & before(at, x), candidate, count)
        step >>= 1
    return count


def _scores(x: Any) -> tuple[Any, Any]:
    """The normal quantile of p and of exp(log p), for arrays such as `x`."""
    if isinstance(x, np.ndarray):
        from scipy.special import ndtri, ndtri_exp

        return ndtri, ndtri_exp
    ndtri = namespace(x).special.ndtri
    return ndtri, lambda log_p: _score_of_log(log_p, ndtri)


def _score_of_log(log_p: Any, ndtri: Any) -> Any:
    """SciPy's ``ndtri_exp``, which PyTorch lacks, for p < 1/2; relative error below 1e-8.

    Far out from log p = -z^2 / 2 - log(-z) - log(2 pi) / 2 - 1 / z^2 + O(z^-4), by iteration.
    """
    xp = namespace(log_p)
    far = log_p.clip(max=FAR)
    z = -((-2 * far) ** 0.5)
    for _ in range(5):
        z = -((-2 * (far + xp.log(-z) + np.log(2 * np.pi) / 2 + 1 / z**2)) ** 0.5)
    return xp.where(log_p > FAR, ndtri(xp.exp(log_p.clip(min=FAR))), z)


def _tails(state: State) -> list[tuple[int, Array, Array, Array]]:
    """Sign, outermost quantile, shape and scale, shape (rows, 1), of the tails if there are any."""
    if "tail_scale" not in state:
        return []
    quantiles, shape, scale = state["quantiles"], state["tail_shape"], state["tail_scale"]
    return [
        (-1, quantiles[:, :1], shape[:, :1], scale[:, :1]),
        (1, quantiles[:, -1:], shape[:, 1:], scale[:, 1:]),
    ]
