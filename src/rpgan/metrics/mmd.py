"""The maximum mean discrepancy between sets of whole series, as RGAN reports it."""

from functools import partial
from typing import ClassVar, Literal

import numpy as np

from rpgan.errors import UndefinedLaw
from rpgan.metrics.fitted import Array, Fitted, Law
from rpgan.spec import spec

ROWS = 512  # of a kernel matrix at a time
PAIRED = 1024  # real series whose distances give the bandwidth


@spec
class MMD:
    """Squared maximum mean discrepancy [1]_ of raw series, as RGAN has it [2]_.

    ``mmd`` is the mean kernel of two generated series plus that of two real ones less twice that
    of one each, for the kernel exp(-|x - y|^2 / 2 s^2), without the pairs of a series and itself:
    unbiased, so 0 on average for a perfect generator and often negative. The bandwidth s is the
    median distance of two real series. (RGAN starts two bandwidths from the median and tunes them
    on a part of the data; its code also adds the diagonal back in, which is not copied.)

    Nearly blind on long series: by the law of large numbers all distances are alike, so the
    discrepancy sees the mean energy and repeated series and little else (z = 0.3 to 1 where the
    same kernel on features reaches 17 to 2690). Use a distance of features.

    References
    ----------
    .. [1] Gretton, Borgwardt, Rasch, Schoelkopf, Smola. "A kernel two-sample test."
       J. Machine Learning Research 13 (2012), 723-773.
    .. [2] Esteban, Hyland, Raetsch. "Real-valued (medical) time series generation with recurrent
       conditional GANs." arXiv 1706.02633 (2017).
    """

    blind: ClassVar[str] = "spectrum, marginal and all else of long series but energy and repeats"

    name: Literal["mmd"] = "mmd"

    def fit(self, real: Array, law: Law | None) -> Fitted:
        """See `rpgan.metrics`. Undefined if the real series are mostly alike."""
        real = flat(real)
        bandwidth = median_distance(real[:PAIRED])
        if not bandwidth > 0:
            raise UndefinedLaw("half of the real series are alike, so there is no typical distance")
        within = partial(sums, real, bandwidth)
        among_real = off_diagonal(within(real, 1)[0].sum(), len(real))

        def compare(fake: Array) -> dict[str, float]:
            pairs, cross = within(fake, 1)
            return {
                "mmd": values(
                    among_real, float(pairs.sum()), float(cross.sum()), len(fake), len(real)
                )
            }

        def deleted(fake: Array, groups: int) -> list[dict[str, float]]:
            pairs, cross = within(fake, groups)
            size = np.bincount(np.arange(len(fake)) % groups)
            kept = 1 - np.eye(groups)
            return [
                {
                    "mmd": values(
                        among_real, float(keep @ pairs @ keep), float(keep @ cross), n, len(real)
                    )
                }
                for keep, n in zip(kept, len(fake) - size, strict=True)
            ]

        return Fitted(flat, compare, {"mmd": 0.0}, deleted)


def flat(series: Array) -> Array:
    """Each series as one vector, whatever its channels."""
    return series.reshape(len(series), -1)


def values(among_real: float, pairs: float, cross: float, n: int, real: int) -> float:
    """The discrepancy from sums of kernels: of generated pairs, and of mixed ones."""
    return float(among_real + off_diagonal(pairs, n) - 2 * cross / (n * real))


def off_diagonal(pairs: float, n: int) -> float:
    """Mean kernel of two different series of n, of whose pairs `pairs` is the sum; NaN of one."""
    return (pairs - n) / (n * (n - 1)) if n > 1 else np.nan


def sums(real: Array, bandwidth: float, fake: Array, groups: int) -> tuple[Array, Array]:
    """Kernels summed over pairs of groups of `fake`, (groups, groups), and with `real`, (groups,).

    Group g is every `groups`-th series from g on.
    """
    member = (np.arange(len(fake))[:, None] % groups == np.arange(groups)).astype(float)
    pairs, cross = np.zeros((groups, groups)), np.zeros(groups)
    for start in range(0, len(fake), ROWS):
        rows = slice(start, start + ROWS)
        pairs += member[rows].T @ (kernel(fake[rows], fake, bandwidth) @ member)
        cross += kernel(fake[rows], real, bandwidth).sum(axis=1) @ member[rows]
    return pairs, cross


def kernel(a: Array, b: Array, bandwidth: float) -> Array:
    """exp(-squared distance / 2 bandwidth^2) of each of `a` and each of `b`."""
    squares = squared_distances(a, b)
    squares *= -0.5 / bandwidth**2
    return np.exp(squares, out=squares)


def squared_distances(a: Array, b: Array) -> Array:
    """Of each of `a` from each of `b`; never negative."""
    squares = a @ b.T
    squares *= -2
    squares += np.einsum("ij,ij->i", a, a)[:, None]
    squares += np.einsum("ij,ij->i", b, b)
    return np.maximum(squares, 0, out=squares)


def median_distance(series: Array) -> float:
    """Of all pairs of different series."""
    first, second = np.triu_indices(len(series), 1)
    return float(np.median(np.sqrt(squared_distances(series, series)[first, second])))
