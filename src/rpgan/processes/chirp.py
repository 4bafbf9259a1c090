"""Linear chirps of random frequency, rate, amplitude and phase, in white noise or without."""

from math import pi, sqrt
from typing import Literal, NoReturn

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rpgan.errors import UndefinedLaw
from rpgan.processes import blocks
from rpgan.processes.scaling import to_unit_peak
from rpgan.processes.sines import Range, Sines
from rpgan.spec import spec

Array = NDArray[np.float64]


@spec
class Chirp:
    """``A cos(2 pi (f t + r t^2 / 2) + phase) + noise z_t``, t = 0, 1, ... in samples.

    A, f, r and phase are uniform in their ranges, for each series; z is white, N(0, 1).

    Parameters
    ----------
    frequency : (float, float)
        Range at the first sample, in cycles per sample. With every rate it must stay in [0, 1/2]
        up to the last sample, or the chirp would be another's alias: `sample` refuses it.
    rate : (float, float)
        Range of the change of frequency per sample, in cycles per sample^2.
    amplitude : (float, float)
        Range.
    phase : (float, float)
        Range, in radians.
    noise : float
        Standard deviation.

    References
    ----------
    .. [1] Djuric, Kay. "Parameter estimation of chirp signals." IEEE Trans. Acoustics, Speech,
       Signal Processing 38 (1990), 2118-2126.
    """

    frequency: Range = (0.05, 0.15)
    rate: Range = (2e-5, 8e-5)
    amplitude: Range = (1.0, 1.0)
    phase: Range = (-pi, pi)
    noise: float = 0.0
    name: Literal["chirp"] = "chirp"

    def __post_init__(self) -> None:
        low, high = self.frequency
        if not 0 <= low <= high <= 0.5:
            raise ValueError(
                f"frequency must satisfy 0 <= low <= high <= 1/2, got {low} and {high}"
            )
        low, high = self.rate
        if not -0.5 <= low <= high <= 0.5:
            raise ValueError(f"rate must satisfy -1/2 <= low <= high <= 1/2, got {low} and {high}")
        low, high = self.amplitude
        if not 0 <= low <= high < np.inf or high == 0:
            raise ValueError(f"amplitude must satisfy 0 <= low <= high > 0, got {low} and {high}")
        low, high = self.phase
        if not -np.inf < low <= high < np.inf:
            raise ValueError(f"phase must satisfy low <= high, got {low} and {high}")
        if not 0 <= self.noise < np.inf:
            raise ValueError(f"noise must lie in [0, inf), got {self.noise}")

    @property
    def tail_index(self) -> float:
        """The supremum of q with E|x|^q finite."""
        return np.inf

    def truth(self) -> dict[str, float]:
        """The medians of what `estimate` estimates, which differs from series to series."""
        ranges = {"frequency": self.frequency, "rate": self.rate, "amplitude": self.amplitude}
        return {name: (low + high) / 2 for name, (low, high) in ranges.items()}

    def sample(self, n: int, length: int, rng: np.random.Generator) -> Array:
        """`n` independent series, shape (n, length)."""
        ends = [f + r * (length - 1) for f in self.frequency for r in self.rate]
        if not (min(ends) >= 0 and max(ends) <= 0.5):
            raise ValueError(
                f"frequency and rate must keep a chirp of {length} samples in [0, 1/2] cycles per "
                f"sample, got {min(ends):g} to {max(ends):g} at its end"
            )
        t = np.arange(length, dtype=float)

        def fill(rows: Array, rng: np.random.Generator) -> None:
            settings, noises = rng.spawn(2)
            ranges = (self.frequency, self.rate, self.amplitude, self.phase)
            low, high = np.array(ranges).T
            drawn = settings.uniform(low, high, (len(rows), 4))
            frequency, rate, amplitude, phase = drawn.T[:, :, None]
            np.multiply(amplitude, np.cos(2 * pi * turns(frequency, rate, t) + phase), out=rows)
            if self.noise > 0:
                rows += self.noise * noises.standard_normal(rows.shape)

        return blocks.draw(fill, n, length, rng)

    def estimate(self, series: Array) -> dict[str, Array]:
        """Maximum likelihood of each series' `frequency`, `rate` and `amplitude`, each (n,) [1]_.

        Of one chirp in white noise. Rates are sought in their range and half as far again on
        either side, of the same sign; frequencies where no sample aliases. NaN for a constant
        series. Takes of the order of (rates' range x length^2) transforms.
        """
        (low, high), length = self.rate, np.shape(series)[-1]
        margin = (high - low) / 2 + 1 / max(length, 1) ** 2
        least = max(low - margin, 0) if low >= 0 else low - margin
        most = min(high + margin, 0) if high <= 0 else high + margin
        return blocks.estimate(lambda rows: fit_chirp(rows, least, most), series)

    def crlb(self, length: int) -> dict[str, float]:
        """Least standard deviations of unbiased estimates from one series; of A, a mean.

        With every other setting of the series unknown. For SNR = A^2 / (2 noise^2), the variance
        of the rate in radians is 720 / (SNR N (N^2 - 1) (N^2 - 4)), and that of the frequency at
        the middle sample 12 / (SNR N (N^2 - 1)), twice those of a complex series [1]_.
        """
        if self.noise == 0:
            raise UndefinedLaw("a chirp without noise is known exactly: no bound but 0")
        if self.amplitude[0] == 0:
            raise UndefinedLaw("chirps of amplitudes down to 0 are not seen: no finite bound")
        u = np.arange(length) / length
        slope = np.stack([np.ones(length), 2 * pi * u, pi * u**2])  # of the angle
        variance = np.diag(np.linalg.inv(slope @ slope.T))
        scale = sqrt(2 / (self.amplitude[0] * self.amplitude[1])) * self.noise  # E 1 / A^2
        return {
            "frequency": float(scale * sqrt(variance[1]) / length),
            "rate": float(scale * sqrt(variance[2]) / length**2),
            "amplitude": float(self.noise * sqrt(2 / length)),
        }

    def covariance(self, s: ArrayLike, t: ArrayLike) -> Array:
        """Covariance of samples `s` and `t`."""
        self.sines.require_whole_turn("covariance")
        s, t = np.asarray(s, float), np.asarray(t, float)
        lag, bend = t - s, (t**2 - s**2) / 2
        (f0, f1), (r0, r1) = self.frequency, self.rate
        mean = np.cos(pi * ((f0 + f1) * lag + (r0 + r1) * bend))
        mean = mean * np.sinc((f1 - f0) * lag) * np.sinc((r1 - r0) * bend)
        return self.sines.power(2) / 2 * mean + np.where(lag == 0, self.noise**2, 0)

    @property
    def sines(self) -> Sines:
        """A process that has the same law of a single sample, but for the noise."""
        return Sines(amplitude=self.amplitude, phase=self.phase)

    def autocovariance(self, lag: ArrayLike) -> NoReturn:
        """Undefined; see `covariance`."""
        raise UndefinedLaw(f"{NOT_STATIONARY}: use covariance(s, t)")

    def psd(self, frequency: ArrayLike) -> NoReturn:
        """Undefined."""
        raise UndefinedLaw(f"{NOT_STATIONARY}: it has no power spectrum")

    def moments(self) -> dict[str, float]:
        """Mean, variance, skewness and (not excess) kurtosis of a sample."""
        self.sines.require_whole_turn("moments")
        power, white = self.sines.power(2) / 2, self.noise**2
        fourth = 3 / 8 * self.sines.power(4) + 6 * power * white + 3 * white**2
        return {
            "mean": 0.0,
            "variance": power + white,
            "skewness": 0.0,
            "kurtosis": fourth / (power + white) ** 2,
        }

    def pdf(self, x: ArrayLike) -> Array:
        """Marginal density, without noise: infinite at a single amplitude."""
        self.require_no_noise("density")
        return self.sines.pdf(x)

    def cdf(self, x: ArrayLike) -> Array:
        """Marginal distribution function, without noise."""
        self.require_no_noise("distribution function")
        return self.sines.cdf(x)

    def require_no_noise(self, quantity: str) -> None:
        """Raise UndefinedLaw unless a sample is a cosine's."""
        if self.noise > 0:
            raise UndefinedLaw(f"a chirp in noise has no marginal {quantity} in closed form")

    def characteristic(self, t: ArrayLike) -> NDArray[np.complex128]:
        """Marginal characteristic function E exp(i t x)."""
        noise = np.exp(-((self.noise * np.asarray(t, float)) ** 2) / 2)
        return noise * self.sines.characteristic(t)

    def loglik(self, series: Array) -> NoReturn:
        """Undefined."""
        raise UndefinedLaw(f"{HIDDEN}, so its likelihood is an integral over all of them")

    def whiten(self, series: Array) -> NoReturn:
        """Undefined."""
        raise UndefinedLaw(f"{HIDDEN}, which no linear prediction takes out")


NOT_STATIONARY = "a chirp is not stationary"
HIDDEN = "a chirp has a frequency, a rate, an amplitude and a phase of its own"


def turns(frequency: Array | float, rate: Array | float, t: Array) -> Array:
    """Cycles since the first sample, less whole ones, which would cost the cosine its digits."""
    cycles = (frequency + rate * t / 2) * t
    return cycles - np.round(cycles)


def fit_chirp(series: Array, least: float, most: float) -> dict[str, Array]:
    """Frequency, rate and amplitude of the chirp nearest to each row, of a rate in this range."""
    if series.shape[1] < 8:
        raise ValueError(f"a chirp's estimate needs a length of at least 8, got {series.shape[1]}")
    scaled, unit = to_unit_peak(series)
    alive = (np.ptp(scaled, axis=1) > 1e-12) & (unit < 1e300)
    frequency, rate = on_a_grid(scaled, least, most)
    frequency, rate, amplitude = refined(scaled, frequency, rate, least, most)
    amplitude = np.where(alive, unit, 1) * amplitude
    found = {"frequency": frequency, "rate": rate, "amplitude": amplitude}
    return {name: np.where(alive, values, np.nan) for name, values in found.items()}


def on_a_grid(series: Array, least: float, most: float) -> tuple[Array, Array]:
    """The best of half a bin's steps in frequency, and in rate of steps that bend as little."""
    n, length = series.shape
    t, size = np.arange(length, dtype=float), 2 * length
    best, frequency, rate = np.full(n, -1.0), np.zeros(n), np.zeros(n)
    for r in np.linspace(least, most, 2 + int((most - least) * length**2)):
        low, high = max(0, -r * (length - 1)), min(0.5, 0.5 - r * (length - 1))
        bins = np.arange(max(1, int(low * size)), max(2, int(high * size) + 1))
        dechirped = series * np.exp(-2j * pi * turns(0, r, t))
        power = np.abs(np.fft.fft(dechirped, size)[:, bins]) ** 2
        at = power.argmax(axis=1)
        peak = power[np.arange(n), at]
        better = peak > best
        best = np.where(better, peak, best)
        frequency, rate = np.where(better, bins[at] / size, frequency), np.where(better, r, rate)
    return frequency, rate


def refined(
    series: Array, frequency: Array, rate: Array, least: float, most: float
) -> tuple[Array, Array, Array]:
    """Frequency, rate and amplitude by Gauss-Newton, each shape (n,)."""
    length = series.shape[1]
    t = np.arange(length, dtype=float)
    wave = np.zeros((len(series), 2))
    for step in range(12):
        angle = 2 * pi * turns(frequency[:, None], rate[:, None], t)
        cos, sin = np.cos(angle), np.sin(angle)
        turned = 2 * pi * (wave[:, 1:] * cos - wave[:, :1] * sin) * (t / length)
        basis = np.stack([cos, sin, turned, turned * (t / length) / 2])
        if step == 0:
            basis = basis[:2]
        gram = np.einsum("pij,qij->ipq", basis, basis)
        index = np.arange(len(basis))
        gram[:, index, index] *= 1 + 1e-13
        gram[:, index, index] += 1e-12
        misfit = series - wave[:, :1] * cos - wave[:, 1:] * sin
        move = np.linalg.solve(gram, np.einsum("pij,ij->ip", basis, misfit)[..., None])[..., 0]
        wave = wave + move[:, :2]
        if step > 0:
            frequency = frequency + move[:, 2].clip(-0.5, 0.5) / length
            rate = (rate + move[:, 3].clip(-1, 1) / length**2).clip(least, most)
            frequency = frequency.clip(1 / (4 * length), 0.5 - 1 / (4 * length))
    return frequency, rate, np.hypot(wave[:, 0], wave[:, 1])
