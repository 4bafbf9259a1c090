"""The spectrum of a Butterworth band, and its edges by maximum likelihood."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rpgan.processes.scaling import to_unit_range

Array = NDArray[np.float64]
Bins = NDArray[np.intp]

ORDER = 40
FLOOR = 1e-5  # of the plateau: what lies deeper in a stop band is not used
BLUR = 6  # bins on either side that Hann's window mixes to within the floor
CONTRAST = 1e-2  # of the stop band, in the first guess


def psd(nu: Array, low: float, high: float) -> Array:
    """|H|^4 at `nu`, a fraction of the Nyquist frequency; the bilinear design in closed form."""
    return shape(nu, np.asarray(low), np.asarray(high))[0]


def shape(nu: Array, low: Array, high: Array) -> tuple[Array, Array, Array]:
    """The spectrum at `nu` and its derivatives with respect to `low` and `high`.

    All edges of one kind: `low` is 0 everywhere or nowhere, `high` 1 everywhere or nowhere.
    """
    t, t1, t2 = (np.tan(np.pi / 2 * np.asarray(edge, float)) for edge in (nu, low, high))
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        if not np.any(low):
            log_u, d1, d2 = np.log(t / t2), np.zeros_like(t), -1 / t2
        elif np.all(high == 1):
            log_u, d1, d2 = np.log(t1 / t), 1 / t1, np.zeros_like(t)
        else:
            inner, width = t * t - t1 * t2, t2 - t1
            log_u = np.log(np.abs(inner) / (t * width))
            d1, d2 = -t2 / inner + 1 / width, -t1 / inner - 1 / width
        fall = 1 / (1 + np.exp(-2 * ORDER * log_u))
        power = (1 + np.exp(2 * ORDER * log_u)) ** -2.0
        slope = -4 * ORDER * fall * power
        d1, d2 = (
            np.where(slope < 0, slope * d * np.pi / 2 * (1 + edge**2), 0.0)
            for d, edge in ((d1, t1), (d2, t2))
        )
    return power, d1, d2


def estimate(series: Array, has_low: bool, has_high: bool) -> dict[str, Array]:
    """Edges of each row of `series`, shape (n, length), as fractions of the Nyquist frequency.

    Whittle's likelihood of a Hann-tapered periodogram against its own expectation near the edges;
    the bins between give the level. Biased outwards by a tenth of a bin.
    """
    length = series.shape[1]
    if length < 16:
        raise ValueError(f"band edges need a length of at least 16, got {length}")
    power, alive = tapered_periodogram(series)
    first, last = first_guess(power, has_low, has_high)
    free = [i for i, has in enumerate((has_low, has_high)) if has]
    windows = [window(power, first, last, i) for i in free]
    plateau = between(power, first, last)
    nu = np.stack([first if has_low else 0 * first, last]) * (2 / length)
    if not has_high:
        nu[1] = 1
    least = 0.5 / length
    for _ in range(15):
        nu[free] = nu[free].clip(least, 1 - least)
        if has_low and has_high:
            nu[1] = np.maximum(nu[1], nu[0] + least)
        nu[free] += scoring_step(windows, plateau, nu, length, free)
    nu = np.where(nu > least, np.where(nu < 1 - least, nu, 1.0), 0.0)  # no edge is an edge there
    return {("low", "high")[i]: np.where(alive, nu[i], np.nan) for i in free}


def tapered_periodogram(series: Array) -> tuple[Array, NDArray[np.bool_]]:
    """Periodogram with mean power 1 at bins 0 .. length // 2, and which rows vary at all."""
    length = series.shape[1]
    scaled, alive = to_unit_range(series)
    taper = np.sin(np.pi * (np.arange(length) + 0.5) / length) ** 2
    power = np.abs(np.fft.rfft(scaled * taper)) ** 2
    power[~alive] = 1
    return power / power.mean(axis=1, keepdims=True), alive


def first_guess(power: Array, has_low: bool, has_high: bool) -> tuple[Bins, Bins]:
    """First and last bin of the run that a two-level spectrum fits best."""
    bins = power.shape[1]
    share = np.cumsum(power, axis=1) / bins
    tenth, most = ((share < q).sum(axis=1) for q in (0.1, 0.9))
    level = 0.8 * bins / np.maximum(most - tenth, 1)
    gain = np.log(CONTRAST) + power / level[:, None] * (1 / CONTRAST - 1)
    total = np.concatenate([np.zeros((len(power), 1)), np.cumsum(gain, axis=1)], axis=1)
    start = np.minimum.accumulate(total, axis=1) if has_low else np.zeros_like(total)
    last = (
        (total[:, 1:] - start[:, :-1]).argmax(axis=1) if has_high else np.full(len(power), bins - 1)
    )
    before = np.where(np.arange(bins) <= last[:, None], total[:, :-1], np.inf)
    first = before.argmin(axis=1) if has_low else np.zeros_like(last)
    return first, last


class Window(NamedTuple):
    """The bins around one edge of each series."""

    first: Bins  # (n,) bin
    weight: Array  # (n, width) 1 for bins that are there and nearer to this edge than to the other
    power: Array  # (n, width) periodogram

    def model(self, nu: Array, length: int) -> tuple[Array, ...]:
        """Expected periodogram and its derivatives by both edges, for a plateau of 1."""
        fine = 2 * (self.first - BLUR)[:, None] + np.arange(2 * self.power.shape[1] + 4 * BLUR)
        fine = np.abs(fine) / length  # half bins, mirrored at 0
        fine = 1 - np.abs(1 - fine)  # and at 1
        return tuple(mix(part) for part in shape(fine, nu[0][:, None], nu[1][:, None]))


def window(power: Array, first: Bins, last: Bins, side: int) -> Window:
    """The bins around `first` (side 0) or `last` (side 1)."""
    bins = power.shape[1]
    start = (first, last)[side] - reach(bins)
    index = start[:, None] + np.arange(2 * reach(bins) + 1)
    below = index <= ((first + last) // 2)[:, None]
    mine = (index > 0) & (index < bins - 1) & (below if side == 0 else ~below)
    near = np.take_along_axis(power, index.clip(0, bins - 1), axis=1)
    return Window(start, mine.astype(float), near)


def reach(bins: int) -> int:
    """How many bins on either side of an edge are looked at: its skirts widen with the length."""
    return max(24, bins // 50)


def between(power: Array, first: Bins, last: Bins) -> tuple[Array, Array]:
    """How many bins lie between the windows, where the spectrum is flat, and their power."""
    index = np.arange(power.shape[1])
    left = np.where(first > 0, first + reach(len(index)), 0)[:, None]
    right = np.where(last < len(index) - 1, last - reach(len(index)), last)[:, None]
    inside = (index > left) & (index < right)
    return inside.sum(axis=1).astype(float), (power * inside).sum(axis=1)


def scoring_step(
    windows: list[Window],
    plateau: tuple[Array, Array],
    nu: Array,
    length: int,
    free: list[int],
) -> Array:
    """One step of Fisher scoring with the level profiled out, at most a bin; shape (free, n)."""
    count, level = plateau
    parts = []
    for near in windows:
        power, *slopes = near.model(nu, length)
        power = power + FLOOR
        ratio = near.power / power
        logs = np.stack([slopes[i] / power for i in free])
        parts.append((near.weight, ratio, logs))
        count = count + near.weight.sum(axis=1)
        level = level + (near.weight * ratio).sum(axis=1)
    level = np.maximum(level / np.maximum(count, 1), 1e-300)[:, None]
    weight, ratio, logs = (np.concatenate(part, axis=-1) for part in zip(*parts, strict=True))
    score = (weight * (ratio / level - 1) * logs).sum(axis=2)
    mean = (weight * logs).sum(axis=2) / np.maximum(count, 1)
    information = np.einsum("nk,ink,jnk->nij", weight, logs, logs)
    information = information - count[:, None, None] * np.einsum("in,jn->nij", mean, mean)
    information += (
        1e-9 * np.eye(len(free)) * (1 + np.trace(information, axis1=1, axis2=2))[:, None, None]
    )
    step = np.linalg.solve(information, score.T[:, :, None])[:, :, 0].T
    return step.clip(-2 / length, 2 / length)


def mix(spectrum: Array) -> Array:
    """Expected tapered power at bins from the spectrum at half bins, shape (n, 2 width + 24)."""
    width = (spectrum.shape[1] - 4 * BLUR) // 2
    mixed = np.zeros((len(spectrum), width))
    for tap in np.flatnonzero(KERNEL > 1e-12):
        mixed += KERNEL[tap] * spectrum[:, tap : tap + 2 * width : 2]
    return mixed


def hann_kernel() -> Array:
    """Power that Hann's window passes at half bins up to BLUR away."""
    x = np.arange(-2 * BLUR, 2 * BLUR + 1) / 2
    kernel = (np.sinc(x) + (np.sinc(x - 1) + np.sinc(x + 1)) / 2) ** 2
    return kernel / kernel.sum()


KERNEL = hann_kernel()
