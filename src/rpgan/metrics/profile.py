"""What samples have to do with their place in the series: patterns that all series share."""

from functools import partial
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from rpgan.errors import UndefinedLaw
from rpgan.metrics.channels import pools
from rpgan.metrics.fitted import Fitted, Law, of_means
from rpgan.metrics.known import stationary, unchanged
from rpgan.metrics.magnitude_acf import unit
from rpgan.metrics.multitaper import chunks
from rpgan.spec import spec

Array = NDArray[np.float64]

LIMIT = 6.0  # median distances, 4 standard deviations of a Gaussian sample
SMALLEST = 1e-12  # share of the largest power below which one is rounding
PARTS: tuple[str, ...] = ("level", "size")


@spec
class Profile:
    """Mean and size of samples by their place in the series, against those of the real series.

    A sample counts by its distance from the real median, in units of the real median distance and
    at most 6 of them, so that the profiles exist for every law. Where a network puts the same fault
    into all series, as transposed convolutions do with the period of their strides [1]_, the mean
    over series is left with it. For ``level``, the mean distance with its sign, and ``size``,
    without:

    ``profile_level``, ``profile_size``
        Root mean square over frequencies above 0 of the difference of the means, in standard
        deviations of one real series at that frequency; the floor is sqrt(2 / n).
    ``profile_level_line``, ``profile_size_line``
        The largest difference at any frequency: patterns that repeat.
    ``profile_level_spot``, ``profile_size_spot``
        The largest at any time, in standard deviations of one real sample: faults at the ends.

    Of a law with stationary increments these are compared; of several channels all count. Sizes
    that never differ have no profile.

    References
    ----------
    .. [1] Donahue, McAuley, Puckette. "Adversarial audio synthesis." ICLR 2019, section 3.3.
    """

    blind: ClassVar[str] = (
        "all that does not depend on the place in the series, and patterns whose phase differs "
        "from series to series"
    )

    name: Literal["profile"] = "profile"

    def fit(self, real: Array, law: Law | None) -> Fitted:
        """See `rpgan.metrics`. Defined for every law; not for images, nor constant real series."""
        if real.ndim > 3:
            raise UndefinedLaw(f"items of shape {real.shape[1:]} are images, not series in time")
        made = unchanged if law is None else stationary(law)[1]
        units = [unit(pool) for pool in pools(made(real))]

        def statistic(series: Array) -> Array:
            return side_by_side(units, made(series))

        rows = apart(statistic(real), len(units))
        profiles = {
            part: Means.of(of_part)
            for part, of_part in zip(PARTS, rows, strict=True)
            if np.ptp(of_part) > 0
        }
        ends = ("", "_line", "_spot")
        ideal = {f"profile_{part}{end}": 0.0 for part in profiles for end in ends}
        return of_means(statistic, partial(values, profiles, len(units)), ideal)


def bounded(series: Array, centre: float, size: float) -> Array:
    """Distances from `centre` in units of `size`, none larger than `LIMIT`."""
    return ((series - centre) / size).clip(-LIMIT, LIMIT)


def side_by_side(units: list[tuple[float, float]], series: Array) -> Array:
    """Levels of every channel, then sizes of every channel, (n, 2 * channels * length)."""
    pooled = zip(pools(series), units, strict=True)
    levels = np.concatenate([bounded(pool, *pair) for pool, pair in pooled], axis=1)
    return np.concatenate([levels, np.abs(levels)], axis=1)


def apart(rows: Array, channels: int) -> Array:
    """`side_by_side`, or its mean, as an array (2, ..., channels, length)."""
    return np.moveaxis(rows.reshape(*rows.shape[:-1], len(PARTS), channels, -1), -3, 0)


class Means:
    """Means of real series by place, (channels, length), and the spread of one about them.

    The spread is over times, (channels, length), and over frequencies above 0, (channels, m).
    """

    def __init__(self, mean: Array, of_times: Array, of_frequencies: Array):
        self.mean, self.of_times, self.of_frequencies = mean, of_times, of_frequencies

    @classmethod
    def of(cls, series: Array) -> "Means":
        """Of series of shape (n, channels, length)."""
        mean = series.mean(axis=0)
        variance, power = np.zeros_like(mean), np.zeros_like(spectrum(mean))
        for rows in chunks(len(series), mean.size):
            off = series[rows] - mean
            power += spectrum(off).sum(axis=0)
            variance += np.einsum("nct,nct->ct", off, off)
        n = len(series)
        return cls(mean, above_rounding(variance / n), above_rounding(power / n))

    def values(self, mean: Array) -> dict[str, float]:
        """How far the means of a generated set are off."""
        off = mean - self.mean
        lines, spots = spectrum(off) / self.of_frequencies, off**2 / self.of_times
        squares = {"": lines.mean(), "_line": lines.max(), "_spot": spots.max()}
        return {end: float(np.sqrt(square)) for end, square in squares.items()}


def spectrum(series: Array) -> Array:
    """Squared size of the Fourier transform at frequencies above 0, (..., m)."""
    z = np.fft.rfft(series)[..., 1:]
    return z.real**2 + z.imag**2


def above_rounding(power: Array) -> Array:
    """`power`, none of it below what rounding leaves of the largest."""
    return np.maximum(power, SMALLEST * power.max())


def values(profiles: dict[str, Means], channels: int, mean: Array) -> dict[str, float]:
    """Values of the mean row of a generated set."""
    found = dict(zip(PARTS, apart(mean, channels), strict=True))
    return {
        f"profile_{part}{end}": value
        for part, means in profiles.items()
        for end, value in means.values(found[part]).items()
    }
