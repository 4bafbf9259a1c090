"""What a receiver makes of generated OFDM waveforms, as OFDM-GAN measures it."""

from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from rpgan.errors import UndefinedLaw
from rpgan.metrics.fitted import Array, Fitted, Law
from rpgan.metrics.legacy_estimates import of_kind
from rpgan.spec import spec

Complex = NDArray[np.complex128]
Parts = dict[str, Array]

REACH = 1.5  # of the constellation's picture from 0, at unit mean power
SPECTRUM = 512  # samples that OFDM-GAN divides half widths by, whatever the size of the transform
LEAST = 1e-15  # ratio of powers, -150 dB: less is rounding


@spec
class OFDMReception:
    """Errors of demodulated waveforms, real against generated [1]_.

    ``ofdm_evm_median``, ``_low``, ``_high``
        Median, 2.5 % and 97.5 % quantiles over series of the error vector magnitude, in dB: mean
        square distance of the received points from the nearest ones, over that of those from 0.
        At the received amplitude: unlike `evm_db` of `Parameters`, a gain is an error here.
    ``ofdm_evm_missing``
        Share of the series in which no point was received.
    ``ofdm_snr_median``, ``_low``, ``_high``
        The same of the signal-to-noise ratio in dB, all of the band: the signal is the waveform of
        the nearest points. Not under fading, nor behind imperfect mixers.
    ``ofdm_bit_error_rate``
        Share of the bits that differ from the fixed ones, where the law has fixed bits.
    ``ofdm_prefix_error``
        Relative difference of the size of the median correlation between a cyclic prefix and what
        it copies. As published, but at the lag where the copy must be: the published code takes
        the largest of all lags, and of short prefixes it compares generated with generated.
    ``ofdm_coherence_bandwidth_mean``, ``_std``
        Over slots: half the width at half height of the autocorrelation over subcarriers of the
        channel that the pilot shows, in subcarriers over 512. Where the law has pilots.
    ``ofdm_constellation``
        Total variation distance, from 0 to 1, of the received points, in `bins` by `bins` squares
        within +-1.5 and all beyond. (Published is a picture of 150 by 150, whose floor would be
        high.)

    Ideals of the errors are those of the real set.

    Parameters
    ----------
    bins : int >= 1
        Squares along each axis.

    References
    ----------
    .. [1] Sklar, Wunderlich. "Feasibility of modeling orthogonal frequency-division multiplexing
       communication signals with unsupervised generative adversarial networks." J. Res. NIST 126
       (2021), 126046.
    """

    blind: ClassVar[str] = (
        "the bits, unless they are fixed; errors beyond half the distance of points, which count "
        "from the wrong one; samples outside of symbols; out-of-band power, but in the SNR"
    )

    bins: int = 30
    name: Literal["ofdm_reception"] = "ofdm_reception"

    def __post_init__(self) -> None:
        if not self.bins >= 1:
            raise ValueError(f"bins must be at least 1, got {self.bins}")

    def fit(self, real: Array, law: Law | None) -> Fitted:
        """See `rpgan.metrics`. Defined for OFDM, if a symbol ends within the length."""
        process = of_kind(law, ("ofdm",))
        varying = set(getattr(law, "laws", ())) - {"evm_db"}
        if varying:
            raise UndefinedLaw(f"the receiver would have to know {', '.join(sorted(varying))}")
        if process.demodulate(real[:1]).size == 0:
            raise UndefinedLaw(f"no symbol to demodulate ends within {real.shape[-1]} samples")
        measures = self.measures(process)
        widths = {name: of(real[:2]).shape[1] for name, of in measures.items()}
        statistic = partial(side_by_side, measures)
        rows = statistic(real)
        compare = partial(compared, widths, apart(widths, rows))
        return Fitted(statistic, compare, compare(rows))

    def measures(self, law: Any) -> dict[str, Callable[[Array], Array]]:
        """What is measured in each series of `law`: each maps (n, 2, length) to (n, k)."""
        found: dict[str, Callable[[Array], Array]] = {
            "evm": partial(error_vector_db, law),
            "prefix": partial(prefix_correlations, law),
            "constellation": partial(histogram, law, self.bins),
        }
        if law.fading is None and law.turns == 0 and np.array_equal(law.mixer, np.eye(2)):
            found["snr"] = partial(signal_to_noise_db, law)
        if law.fixed_bits is not None:
            found["bit_error_rate"] = lambda series: law.bit_error_rate(series)[:, None]
        if law.pilots:
            found["coherence_bandwidth"] = lambda series: half_widths(law.channel_response(series))
        return found


def side_by_side(measures: dict[str, Callable[[Array], Array]], series: Array) -> Array:
    """All measures of each series, shape (n, k)."""
    return np.concatenate([measure(series) for measure in measures.values()], axis=1)


def apart(widths: dict[str, int], rows: Array) -> Parts:
    """The columns of each measure."""
    parts = np.split(rows, np.cumsum(list(widths.values()))[:-1], axis=1)
    return dict(zip(widths, parts, strict=True))


def compared(widths: dict[str, int], real: Parts, rows: Array) -> dict[str, float]:
    """Values of the measures `rows` of a generated set against those of the real one."""
    fake = apart(widths, rows)
    evm = fake["evm"][:, 0]
    values = quantiles("ofdm_evm", evm)
    values["ofdm_evm_missing"] = float(1 - np.isfinite(evm).mean())
    if "snr" in fake:
        values |= quantiles("ofdm_snr", fake["snr"][:, 0])
    if "bit_error_rate" in fake:
        values["ofdm_bit_error_rate"] = float(fake["bit_error_rate"].mean())
    wanted, got = median_size(real["prefix"]), median_size(fake["prefix"])
    values["ofdm_prefix_error"] = abs(wanted - got) / wanted if wanted > 0 else np.nan
    if "coherence_bandwidth" in fake:
        width = fake["coherence_bandwidth"]
        width = width[np.isfinite(width)]
        mean, spread = (width.mean(), width.std()) if len(width) else (np.nan, np.nan)
        values["ofdm_coherence_bandwidth_mean"] = float(mean)
        values["ofdm_coherence_bandwidth_std"] = float(spread)
    difference = fake["constellation"].mean(axis=0) - real["constellation"].mean(axis=0)
    values["ofdm_constellation"] = float(np.abs(difference).sum() / 2)
    return values


def quantiles(name: str, values: Array) -> dict[str, float]:
    """Median, 2.5 % and 97.5 % quantiles of those that are finite."""
    values = values[np.isfinite(values)]
    found = np.quantile(values, [0.5, 0.025, 0.975]) if len(values) else np.full(3, np.nan)
    return {
        f"{name}_{which}": float(q)
        for which, q in zip(("median", "low", "high"), found, strict=True)
    }


def nearest(law: Any, received: Complex) -> Complex:
    """The point of the constellation nearest to each received one."""
    return law.alphabet.points[law.alphabet.nearest(received)]


def decibels(ratio: Array) -> Array:
    """Ratios of powers, (n,), as a column of dB; NaN stays."""
    return 10 * np.log10(np.maximum(ratio, LEAST))[:, None]


def error_vector_db(law: Any, series: Array) -> Array:
    """Error vector magnitude of each series, (n, 1); NaN where no point was received."""
    received = law.demodulate(series).reshape(len(series), -1)
    heard = np.isfinite(received)
    received = np.where(heard, received, 0)
    points = np.where(heard, nearest(law, received), 0)
    with np.errstate(invalid="ignore"):
        return decibels(power(received - points) / power(points))


def power(x: Complex) -> Array:
    """Sum of squares of each row."""
    return (x.real**2 + x.imag**2).sum(axis=1)


def signal_to_noise_db(law: Any, series: Array) -> Array:
    """Power of the waveform of the nearest points over that of the rest, (n, 1)."""
    indices = law.alphabet.nearest(law.demodulate(series))
    frame = law.frame
    ends = frame.bodies(series.shape[-1]) + law.fft_size
    slots = -(-len(ends) // frame.symbols)
    place = np.arange(slots * frame.symbols)
    data = place[(place % frame.symbols != 3) if law.pilots else np.full(len(place), True)]
    grid = np.zeros((len(series), slots * frame.symbols, law.subcarriers), np.uint8)
    grid[:, data[: indices.shape[1]]] = indices
    shape = (len(series), slots, frame.symbols, law.subcarriers)
    clean = law.modulate(grid.reshape(shape))[:, : ends[-1]]
    waveform = series[:, 0, : ends[-1]] + 1j * series[:, 1, : ends[-1]]
    return decibels(power(clean) / np.maximum(power(waveform - clean), LEAST * power(clean)))


def prefix_correlations(law: Any, series: Array) -> Array:
    """Sum of each prefix, conjugate, times what it copies: real parts, then imaginary ones.

    Of prefixes of several lengths the last samples, as many as the shortest has.
    """
    frame = law.frame
    first = frame.bodies(series.shape[-1])
    prefix = first[:, None] - np.arange(frame.prefixes.min(), 0, -1)
    waveform = series[:, 0] + 1j * series[:, 1]
    sums = (waveform[:, prefix + law.fft_size] * waveform[:, prefix].conj()).sum(axis=2)
    return np.concatenate([sums.real, sums.imag], axis=1)


def median_size(correlations: Array) -> float:
    """Size of the complex number of the median real and the median imaginary part."""
    real, imaginary = np.split(correlations, 2, axis=1)
    return float(np.hypot(np.median(real), np.median(imaginary)))


def half_widths(response: Complex) -> Array:
    """Half widths at half height of autocorrelations over the last axis, over `SPECTRUM`.

    The height is over the least value. Of (n, pilots, subcarriers) the shape is (n, pilots). NaN
    where the response is not finite, or 0.
    """
    count = response.shape[-1]
    usable = np.isfinite(response).all(axis=-1) & (response != 0).any(axis=-1)
    response = np.where(usable[..., None], response, 1)
    spectrum = np.abs(np.fft.fft(response, 2 * count)) ** 2
    size = np.abs(np.fft.ifft(spectrum)[..., :count])  # symmetric: lags from 0 on
    height = (size[..., 0] + size.min(axis=-1)) / 2
    outside = np.argmax(size <= height[..., None], axis=-1)[..., None]  # the first
    low = np.take_along_axis(size, outside, -1)[..., 0]
    high = np.take_along_axis(size, np.maximum(outside - 1, 0), -1)[..., 0]
    beyond = np.where(high > low, (height - low) / np.where(high > low, high - low, 1), 0)
    return np.where(usable, (outside[..., 0] - beyond) / SPECTRUM, np.nan)


def histogram(law: Any, bins: int, series: Array) -> Array:
    """Share of each series' received points in every square, and beyond all: (n, bins^2 + 1)."""
    received = law.demodulate(series).reshape(len(series), -1)
    received = np.where(np.isfinite(received), received, REACH * 2)
    scale = bins / (2 * REACH)
    axes = [np.floor((part + REACH) * scale) for part in (np.real(received), np.imag(received))]
    inside = np.logical_and.reduce([(axis >= 0) & (axis < bins) for axis in axes])
    cell = np.where(inside, axes[0] * bins + axes[1], bins**2).astype(np.intp)
    cells = bins**2 + 1
    cell += cells * np.arange(len(series))[:, None]
    counts = np.bincount(cell.ravel(), minlength=cells * len(series))
    return counts.reshape(len(series), cells) / received.shape[1]
