"""Some thirty numbers that say what a series is like, in units of how real series differ."""

from functools import partial
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from rpgan.errors import UndefinedLaw
from rpgan.metrics.channels import by_channel
from rpgan.metrics.memory import Memory, fingerprint
from rpgan.metrics.multitaper import chunks, multitaper, spectra_of

Array = NDArray[np.float64]

BANDS = 24
EDGE = 4  # samples at each end
QUIET = 1e-9  # of the typical size of a sample: what is smaller counts as this
CALM = 1e-3  # nepers, and units of the other features: the least spread that counts as one
STRAIGHT = 5.0  # standard deviations up to which a feature counts as it is; then its logarithm


class Features(Protocol):
    """The function that maps series, (n, length) or (n, channels, length), to their features.

    Several metrics ask for those of the same series, so they are kept unless `once` is said.
    """

    def __call__(self, series: Array, once: bool = False) -> Array: ...


def standardised(real: Array) -> Features:
    """The function that maps series to their features, as the real series have them.

    Of each channel, (n, length): logarithms of the multitaper power in 24 bands, equally wide in
    log frequency; mean; logarithm of the standard deviation; skewness; logarithms of the kurtosis,
    of the largest and of the median size, and of the levels of the first and last 4 samples. Each
    is centred at the real median and divided by the real inter-quartile range of a normal law, so
    that it exists and is finite for every law; beyond 5 of these units only its logarithm grows.

    Blind to what series have in common with others of the same features: narrow lines, phase,
    and the order of events.
    """
    size = typical_size(real)
    wanted = remembered(real, size)
    low, centre, high = np.quantile(wanted, [0.25, 0.5, 0.75], axis=0)
    spread = (high - low) / 1.349
    spread = np.maximum(np.where(spread > 0, spread, wanted.std(axis=0)), CALM)
    return partial(scaled, size, centre, spread)


def scaled(size: float, centre: Array, spread: Array, series: Array, once: bool = False) -> Array:
    """Features of series in units of the real ones, (n, k)."""
    found = of_channels(series, size, once) if once else remembered(series, size)
    return straight((found - centre) / spread)


def straight(z: Array) -> Array:
    """`z` itself up to +-5, and beyond 5 (1 + ln(|z| / 5)) with its sign: finite for anything."""
    far = np.maximum(np.abs(z), STRAIGHT)
    return np.where(far > STRAIGHT, np.sign(z) * STRAIGHT * (1 + np.log(far / STRAIGHT)), z)


def typical_size(real: Array) -> float:
    """Median size of a sample, or the mean size where half of them are 0."""
    few = thinned(real.ravel())
    size = float(np.median(np.abs(few))) or float(np.abs(few).mean())
    if np.ptp(few) == 0:
        raise UndefinedLaw("the real series are constant, so have no features to compare")
    return size


def thinned(flat: Array, most: int = 2**20) -> Array:
    """About `most` of many samples, evenly."""
    return flat[:: max(1, len(flat) // most)]


def raw(size: float, series: Array, once: bool = False) -> Array:
    """Features of series of one channel, (n, length), in units of `size`: (n, k)."""
    n, length = series.shape
    spectra = multitaper(series)[1] if once else spectra_of(series)
    parts = []
    for rows in chunks(n, length):
        x = series[rows] / size
        mean = x.mean(axis=1, keepdims=True)
        deviation = np.maximum(x.std(axis=1, keepdims=True), QUIET)
        z = (x - mean) / deviation
        square = z * z
        sizes = np.abs(x)
        levels = [
            deviation[:, 0],
            np.maximum(np.einsum("nt,nt->n", square, square) / length, 1),
            sizes.max(axis=1),
            np.median(sizes, axis=1),
            np.sqrt((x[:, :EDGE] ** 2).mean(axis=1)),
            np.sqrt((x[:, -EDGE:] ** 2).mean(axis=1)),
        ]
        bands = in_bands(spectra[rows]) / size**2
        parts.append(
            np.column_stack(
                [
                    np.log(np.maximum(bands, QUIET**2)),
                    mean[:, 0],
                    np.einsum("nt,nt->n", square, z) / length,
                    np.log(np.maximum(np.column_stack(levels), QUIET)),
                ]
            )
        )
    return np.concatenate(parts)


def in_bands(power: Array) -> Array:
    """Mean power in at most `BANDS` bands of one width in log frequency, each of a bin at least."""
    bins = power.shape[1]
    starts = np.unique(np.geomspace(1, bins + 1, BANDS + 1).astype(int)[:-1]) - 1
    return np.add.reduceat(power, starts, axis=1) / np.diff(starts, append=bins)


MEMORY = Memory(4)


def remembered(series: Array, size: float) -> Array:
    """`of_channels`, which several metrics ask for."""
    key = fingerprint(series), size
    return MEMORY.get(key, lambda: of_channels(series, size))


def of_channels(series: Array, size: float, once: bool = False) -> Array:
    """`raw` of every channel, side by side."""
    return by_channel(partial(raw, size, once=once), False, series)
