"""Sine waves of random frequency, amplitude and phase."""

import dataclasses
from math import pi
from typing import Literal, NoReturn

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rpgan.errors import UndefinedLaw
from rpgan.processes import blocks
from rpgan.processes.scaling import to_unit_peak
from rpgan.spec import spec

Array = NDArray[np.float64]
Range = tuple[float, float]


@spec
class Sines:
    """``A sin(2 pi f t / period + phase) + offset``, t = 0, 1, ..., with A, f and phase uniform.

    Each series, and each channel of it, has its own. The defaults are the sines of [1]_, 30 samples
    of each, but for the first sample, which is at t = 1 there: of no weight, as phases are of whole
    turns. Those of [2]_ are ``Sines(frequency=(0, 0.1), amplitude=(0.5, 0.5), phase=(0, 0.1),
    period=2 * pi, channels=5, offset=0.5)``, 24 samples of each: (sin(f t + phase) + 1) / 2 with f
    in radians, not stationary, as their phases are not those of a whole turn.

    Parameters
    ----------
    frequency : (float, float) in [0, period / 2]
        Range, in cycles per period.
    amplitude : (float, float)
        Range.
    phase : (float, float)
        Range, in radians.
    period : float
        Samples.
    channels : int
        Sines of a series, independent.
    offset : float
        Mean.

    References
    ----------
    .. [1] Esteban, Hyland, Raetsch. "Real-valued (medical) time series generation with recurrent
       conditional GANs." arXiv:1706.02633 (2017), section 4.1.
    .. [2] Yoon, Jarrett, van der Schaar. "Time-series generative adversarial networks." NeurIPS
       (2019), section 5.
    """

    frequency: Range = (1.0, 5.0)
    amplitude: Range = (0.1, 0.9)
    phase: Range = (-pi, pi)
    period: float = 30.0
    channels: int = 1
    offset: float = 0.0
    name: Literal["sines"] = "sines"

    def __post_init__(self) -> None:
        if not 0 < self.period < np.inf:
            raise ValueError(f"period must lie in (0, inf), got {self.period}")
        low, high = self.frequency
        if not 0 <= low <= high <= self.period / 2:
            raise ValueError(
                f"frequency must satisfy 0 <= low <= high <= period / 2, got {low} and {high}"
            )
        low, high = self.amplitude
        if not 0 <= low <= high < np.inf or high == 0:
            raise ValueError(f"amplitude must satisfy 0 <= low <= high > 0, got {low} and {high}")
        low, high = self.phase
        if not -np.inf < low <= high < np.inf:
            raise ValueError(f"phase must satisfy low <= high, got {low} and {high}")
        if self.channels < 1:
            raise ValueError(f"channels must be at least 1, got {self.channels}")
        if not -np.inf < self.offset < np.inf:
            raise ValueError(f"offset must be finite, got {self.offset}")

    @property
    def tail_index(self) -> float:
        """The supremum of q with E|x|^q finite."""
        return np.inf

    def truth(self) -> dict[str, float]:
        """The medians of what `estimate` estimates, which differs from series to series."""
        one = {"frequency": sum(self.frequency) / 2, "amplitude": sum(self.amplitude) / 2}
        if self.channels == 1:
            return one
        return {f"{name}_{i}": v for i in range(1, self.channels + 1) for name, v in one.items()}

    def sample(self, n: int, length: int, rng: np.random.Generator) -> Array:
        """`n` independent series, shape (n, length), or (n, channels, length) of several."""
        t = 2 * pi / self.period * np.arange(length)

        def fill(rows: Array, rng: np.random.Generator) -> None:
            low, high = zip(self.frequency, self.amplitude, self.phase, strict=True)
            drawn = rng.uniform(low, high, (len(rows), 3))
            frequency, amplitude, phase = drawn.T[:, :, None]
            np.multiply(amplitude, np.sin(frequency * t + phase), out=rows)
            rows += self.offset

        drawn = blocks.draw(fill, n * self.channels, length, rng)
        return drawn if self.channels == 1 else drawn.reshape(n, self.channels, length)

    def estimate(self, series: Array) -> dict[str, Array]:
        """Least squares of each series' `frequency` and `amplitude`, each of shape (n,).

        Of one sine about the offset, whatever else there is; of several channels, each by itself:
        `frequency_1`, `amplitude_1`, `frequency_2` and so on. Frequencies from a quarter of a cycle
        in the series up to as much below Nyquist's; NaN for a constant series.
        """
        series = np.asarray(series, float)
        if self.channels > 1:
            if series.ndim != 3 or series.shape[1] != self.channels:
                raise ValueError(
                    f"series must have shape (n, {self.channels}, length), got {series.shape}"
                )
            one = dataclasses.replace(self, channels=1)
            parts = [one.estimate(series[:, i]) for i in range(self.channels)]
            return {
                f"{name}_{i + 1}": v for i, part in enumerate(parts) for name, v in part.items()
            }

        def fit(rows: Array) -> dict[str, Array]:
            frequency, amplitude = fit_sine(rows - self.offset)
            return {"frequency": frequency * self.period, "amplitude": amplitude}

        return blocks.estimate(fit, series)

    def power(self, order: int) -> float:
        """E of the power `order` of the amplitude."""
        low, high = self.amplitude
        if low == high:
            return high**order
        return (high ** (order + 1) - low ** (order + 1)) / ((order + 1) * (high - low))

    def require_whole_turn(self, quantity: str) -> None:
        """Raise UndefinedLaw unless the series is stationary."""
        turns = (self.phase[1] - self.phase[0]) / (2 * pi)
        if not (round(turns) >= 1 and abs(turns - round(turns)) < 1e-9):
            raise UndefinedLaw(
                f"sines of phases that are not uniform over whole turns have no {quantity}: "
                "they are not stationary"
            )

    def autocovariance(self, lag: ArrayLike) -> Array:
        """Covariance of samples `lag` apart."""
        self.require_whole_turn("autocovariance")
        low, high = self.frequency
        k = np.asarray(lag, float) / self.period
        middle, half = (low + high) / 2, (high - low) / 2
        return self.power(2) / 2 * np.cos(2 * pi * middle * k) * np.sinc(2 * half * k)

    def psd(self, frequency: ArrayLike) -> Array:
        """Spectral density at `frequency`, cycles per sample; undefined for a single frequency."""
        self.require_whole_turn("power spectrum")
        low, high = (edge / self.period for edge in self.frequency)
        if low == high:
            raise UndefinedLaw("sines of a single frequency have a line for a spectrum, no density")
        f = np.asarray(frequency, float)
        f = np.abs(f - np.round(f))
        return np.where((f >= low) & (f <= high), self.power(2) / 4 / (high - low), 0.0)

    def moments(self) -> dict[str, float]:
        """Mean, variance, skewness and (not excess) kurtosis of a sample."""
        self.require_whole_turn("moments")
        kurtosis = 1.5 * self.power(4) / self.power(2) ** 2
        return {
            "mean": self.offset,
            "variance": self.power(2) / 2,
            "skewness": 0.0,
            "kurtosis": kurtosis,
        }

    def pdf(self, x: ArrayLike) -> Array:
        """Marginal density; infinite at one amplitude, or at offset if amplitudes begin at 0."""
        self.require_whole_turn("marginal density")
        low, high = self.amplitude
        size = np.abs(np.asarray(x, float) - self.offset)
        with np.errstate(divide="ignore", invalid="ignore"):
            if low == high:
                return np.where(size <= high, 1 / (pi * np.sqrt(high**2 - size**2)), 0.0)
            most = np.arccosh(np.maximum(high / size, 1))
            least = np.arccosh(np.maximum(low / size, 1))
            inside = (most - least) / (pi * (high - low))
        at_zero = np.inf if low == 0 else np.log(high / low) / (pi * (high - low))
        return np.where(size > 0, inside, at_zero)

    def cdf(self, x: ArrayLike) -> Array:
        """Marginal distribution function."""
        self.require_whole_turn("marginal distribution")
        low, high = self.amplitude
        x = np.asarray(x, float) - self.offset
        size = np.abs(x)
        if low == high:
            share = np.arcsin(np.minimum(size / high, 1))
        else:
            share = (integral(size, high) - integral(size, low)) / (high - low)
        return 0.5 + np.sign(x) * share / pi

    def characteristic(self, t: ArrayLike) -> NDArray[np.complex128]:
        """Marginal characteristic function E exp(i t x)."""
        from scipy.special import j0

        self.require_whole_turn("marginal characteristic function")
        low, high = self.amplitude
        t = np.asarray(t, float)
        turn, t = np.exp(1j * self.offset * t), np.abs(t)
        if low == high:
            return turn * j0(t * high)
        inside = np.where(t > 0, t, 1)
        mean = (
            (integral_of_j0(high * inside) - integral_of_j0(low * inside)) / (high - low) / inside
        )
        return turn * np.where(t > 0, mean, 1)

    def loglik(self, series: Array) -> NoReturn:
        """Undefined."""
        raise UndefinedLaw(f"{THREE}, so no density of more than three samples")

    def whiten(self, series: Array) -> NoReturn:
        """Undefined."""
        raise UndefinedLaw(f"{THREE}: three samples tell all others")

    def crlb(self, length: int) -> NoReturn:
        """Undefined."""
        raise UndefinedLaw(f"{THREE}, and no noise that would bound their estimates")


THREE = "a sine has three random numbers"


def integral(size: Array, amplitude: float) -> Array:
    """Of arcsin(min(size / a, 1)) over a from 0 to `amplitude`."""
    if amplitude == 0:
        return np.zeros_like(size)
    ratio = np.maximum(amplitude / np.maximum(size, amplitude * 1e-300), 1)
    beyond = amplitude * np.arcsin(1 / ratio) + size * np.arccosh(ratio)
    return np.where(size >= amplitude, pi / 2 * amplitude, beyond)


def integral_of_j0(x: Array) -> Array:
    """Of Bessel's J_0 from 0 to `x`."""
    from scipy.special import j0, j1, struve

    return x * (j0(x) + pi / 2 * (j1(x) * struve(0, x) - j0(x) * struve(1, x)))


def fit_sine(series: Array) -> tuple[Array, Array]:
    """Frequency in cycles per sample and amplitude of the sine nearest to each row, each (n,).

    The best of a grid of a quarter of a bin's width, then Gauss-Newton.
    """
    scaled, unit = to_unit_peak(series)
    length = series.shape[1]
    alive = (np.ptp(scaled, axis=1) > 1e-12) & (unit < 1e300)
    size = 4 * length
    f = np.arange(1, size // 2) / size
    spectrum = np.fft.rfft(scaled, size)[:, 1 : size // 2]
    turn = 2 * pi * np.outer(f, [0, 1])
    # Sums of cos^2, sin^2 and sin cos over t, from that of e^(2 i w t).
    t_sum = np.exp(1j * turn[:, 1] * (length - 1)) * np.sin(turn[:, 1] * length)
    t_sum = t_sum / np.sin(turn[:, 1])
    cc, ss, cs = (length + t_sum.real) / 2, (length - t_sum.real) / 2, t_sum.imag / 2
    c, s = spectrum.real, -spectrum.imag
    fit = (ss * c**2 - 2 * cs * c * s + cc * s**2) / np.maximum(cc * ss - cs**2, 1e-6)
    best = f[fit.argmax(axis=1)]
    least, t = 1 / size, np.arange(length)
    wave = np.zeros((len(series), 2))
    for step in range(12):
        phase = 2 * pi * best[:, None] * t
        cos, sin = np.cos(phase), np.sin(phase)
        basis = np.stack([cos, sin, 2 * pi * t * (wave[:, 1:] * cos - wave[:, :1] * sin)])
        gram = np.einsum("pij,qij->ipq", basis, basis)
        index = np.arange(3)
        gram[:, index, index] *= 1 + 1e-13
        gram[:, index, index] += 1e-12
        if step == 0:
            gram, right = gram[:, :2, :2], np.einsum("pij,ij->ip", basis[:2], scaled)
            wave = np.linalg.solve(gram, right[..., None])[..., 0]
            continue
        misfit = scaled - wave[:, :1] * cos - wave[:, 1:] * sin
        move = np.linalg.solve(gram, np.einsum("pij,ij->ip", basis, misfit)[..., None])[..., 0]
        wave = wave + move[:, :2]
        best = (best + move[:, 2].clip(-least, least)).clip(least, 0.5 - least)
    amplitude = np.where(alive, unit, 1) * np.hypot(wave[:, 0], wave[:, 1])
    return np.where(alive, best, np.nan), np.where(alive, amplitude, np.nan)
