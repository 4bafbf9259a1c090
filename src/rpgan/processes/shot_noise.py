"""Shot noise."""

from collections.abc import Iterator
from math import ceil, exp, factorial, gamma, pi, sqrt
from typing import Literal, NoReturn

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rpgan.errors import UndefinedLaw
from rpgan.processes import blocks, circulant
from rpgan.processes.scaling import to_unit_peak
from rpgan.processes.shot_innovations import Innovations
from rpgan.processes.shot_piles import cell_of_gaussian, chebyshev_piles, gaussian_taps, pile
from rpgan.spec import spec

Array = NDArray[np.float64]

HISTORY = 40.0  # pulse widths after which an exponential pulse is below rounding, e^-40
FINEST, MANY = 1e-5, 10_000  # each arrival is drawn, and those of 40 widths before the series
REACH = 9.0  # pulse widths within which a Gaussian pulse is above rounding


@spec
class ShotNoise:
    """Pulses of random amplitude at the times of a Poisson process, added up.

    Time is in units of the pulse's width.

    Parameters
    ----------
    rate : float
        Arrivals per unit of time.
    pulse : str
        ``exp(-t)`` or ``t exp(-t)`` for t >= 0, or the normal density.
    amplitude : str
        Exponential or Rayleigh's law with mean 1, or normal with mean 0 and variance 1.
    arrivals : str
        At any time, or only at the times of samples; several at one time add up.
    spacing : float
        Time between samples.

    References
    ----------
    .. [1] Theodorsen, Garcia, Rypdal. "Statistical properties of a filtered Poisson process with
       additive random noise." Physica Scripta 92 (2017), 054002.
    """

    rate: float
    pulse: Literal["one_sided_exponential", "linear_exponential", "gaussian"] = (
        "one_sided_exponential"
    )
    amplitude: Literal["exponential", "rayleigh", "normal"] = "exponential"
    arrivals: Literal["continuous", "grid"] = "continuous"
    spacing: float = 0.1
    name: Literal["shot_noise"] = "shot_noise"

    def __post_init__(self) -> None:
        if not 0 < self.rate < np.inf:
            raise ValueError(f"rate must lie in (0, inf), got {self.rate}")
        if not FINEST <= self.spacing < np.inf:
            raise ValueError(f"spacing must lie in [{FINEST}, inf), got {self.spacing}")
        if self.rate * self.spacing > MANY:
            raise ValueError(
                f"rate times spacing must be at most {MANY}, arrivals per sample, got "
                f"{self.rate * self.spacing:g}; so many make Gaussian noise: lower either"
            )
        for setting, known in KNOWN.items():
            value = getattr(self, setting)
            if value not in known:
                raise ValueError(f"{setting} must be one of {', '.join(known)}, got {value}")

    @property
    def decay(self) -> float:
        """What an exponential pulse keeps from one sample to the next."""
        return exp(-self.spacing)

    @property
    def tail_index(self) -> float:
        """The supremum of q with E|x|^q finite."""
        return np.inf

    def truth(self) -> dict[str, float]:
        """What `estimate` estimates."""
        return {"rate": self.rate}

    def sample(self, n: int, length: int, rng: np.random.Generator) -> Array:
        """`n` independent series, shape (n, length), stationary from end to end."""
        fill = {
            "one_sided_exponential": self.fill_exponential,
            "linear_exponential": self.fill_linear,
            "gaussian": self.fill_gaussian,
        }
        return blocks.draw(fill[self.pulse], n, length, rng)

    def fill_exponential(self, rows: Array, rng: np.random.Generator) -> None:
        """Arrivals within a cell, aged to its end, then an autoregression of order 1.

        Where the stationary law is Gamma's the past is one variate; else it needs a run-in.
        """
        from scipy.signal import lfilter

        continuous = self.arrivals == "continuous"
        n, length = rows.shape
        past = 1 if self.is_gamma else ceil(HISTORY / self.spacing)
        streams = rng.spawn(4)
        for tile in self.tiles(n, past + length, past + length):
            size = len(rows[tile])
            cell, offset, amplitude = self.arrive(size, past + length, streams)
            if continuous:
                amplitude = amplitude * np.exp(-self.spacing * offset)
            cells = pile(cell, amplitude, size, past + length)
            if self.is_gamma:
                cells[:, 1] += self.decay * streams[3].standard_gamma(self.rate, size)
                cells[:, 0] = 0
            filtered = np.asarray(lfilter([1.0], [1.0, -self.decay], cells, axis=1))
            rows[tile] = filtered[:, past:]

    def fill_linear(self, rows: Array, rng: np.random.Generator) -> None:
        """Two autoregressions of order 1, one after the other, after a run-in.

        An arrival of age s at the end of its cell leaves s e^-s there, and e^-s to grow from.
        """
        from scipy.signal import lfilter

        length, past = rows.shape[1], ceil(HISTORY / self.spacing)
        streams, poles = rng.spawn(3), [1.0, -self.decay]
        for tile in self.tiles(len(rows), past + length, 4 * (past + length)):
            size = len(rows[tile])
            cell, offset, amplitude = self.arrive(size, past + length, streams)
            age = self.spacing * offset if self.arrivals == "continuous" else np.zeros_like(offset)
            amplitude = amplitude * np.exp(-age)
            growing = lfilter([1.0], poles, pile(cell, amplitude, size, past + length), axis=1)
            drive = pile(cell, amplitude * age, size, past + length)
            drive[:, 1:] += self.spacing * self.decay * np.asarray(growing)[:, :-1]
            rows[tile] = np.asarray(lfilter([1.0], poles, drive, axis=1))[:, past:]

    def fill_gaussian(self, rows: Array, rng: np.random.Generator) -> None:
        """Convolution with the pulse; the offset of an arrival from its cell's centre by a series.

        In frequency, where e^(-i w x) is a sum over Chebyshev polynomials of x: a transform each,
        made short by cells that are `merged` samples wide. Arrivals outside the series are drawn as
        far as their pulses reach into it.
        """
        n, length = rows.shape
        margin, continuous = ceil(REACH / self.spacing), self.arrivals == "continuous"
        merged = cell_of_gaussian(self.spacing) if continuous else 1
        cells = 2 * circulant.fast_length(-(-(length + 2 * margin) // (2 * merged)))
        period = cells * merged
        taps = gaussian_taps(self.spacing, merged, continuous, period)
        orders, bins = taps.shape
        least = -np.inf if self.amplitude == "normal" else 0  # none is below, but by rounding
        streams = rng.spawn(3)
        for tile in self.tiles(n, period, orders * cells):
            size = len(rows[tile])
            piles = chebyshev_piles(*self.arrive(size, cells, streams, merged), orders, size, cells)
            spectra = np.fft.rfft(piles)[..., :bins]
            spectra *= taps[:, np.newaxis]
            series = np.fft.irfft(spectra.sum(axis=0), period)[:, margin : margin + length]
            np.maximum(series, least, out=rows[tile])

    def tiles(self, rows: int, samples: int, width: int) -> Iterator[slice]:
        """Tiles of rows of `width` float64 each, or of their arrivals if those are more."""
        return blocks.tiles(rows, max(width, ceil(self.rate * self.spacing * samples)))

    def arrive(
        self, size: int, cells: int, streams: list[np.random.Generator], merged: int = 1
    ) -> tuple[NDArray[np.intp], Array, Array]:
        """Arrivals in `size` rows of `cells`: flat cell, distance to its end, amplitude.

        A cell is `merged` samples wide, and the distance to its end in units of that.
        """
        counts, places, amplitudes = streams[:3]
        count = counts.poisson(self.rate * self.spacing * cells * merged, size)
        place = places.random(count.sum()) * cells
        column = place.astype(np.intp)
        cell = column + np.repeat(cells * np.arange(size), count)
        return cell, 1 - (place - column), self.amplitudes(len(place), amplitudes)

    def amplitudes(self, size: int, rng: np.random.Generator) -> Array:
        """`size` amplitudes."""
        if self.amplitude == "normal":
            return rng.standard_normal(size)
        exponential = rng.standard_exponential(size)
        if self.amplitude == "rayleigh":
            return np.sqrt(4 / pi * exponential)
        return exponential

    def amplitude_moment(self, order: int) -> float:
        """E of the power `order` of an amplitude."""
        if self.amplitude == "normal":
            return float((1, 0, 1, 0, 3)[order])
        if self.amplitude == "rayleigh":
            return (4 / pi) ** (order / 2) * gamma(1 + order / 2)
        return float(factorial(order))

    def estimate(self, series: Array) -> dict[str, Array]:
        """`rate` from mean^2 / variance, shape (n,), for any amplitude scale.

        Of the innovations of an exponential pulse, which are independent; of the series itself
        for others. The bias of order 1 / length is taken out. NaN for a constant series. Normal
        amplitudes have no mean: then `rate` is from the variance, for amplitudes of variance 1.
        """
        return blocks.estimate(self.estimate_block, series)

    def estimate_block(self, series: Array) -> dict[str, Array]:
        """`estimate` of at most 64 series."""
        series, peak = to_unit_peak(series)
        if self.pulse == "one_sided_exponential":
            series = series[:, 1:] - self.decay * series[:, :-1]
        if self.amplitude == "normal":
            return {"rate": self.rate_of_power(np.mean(series**2, axis=1), series, peak)}
        mean, variance = series.mean(axis=1), series.var(axis=1)
        alive = variance > 1e-24
        ratio = mean * np.abs(mean) / np.where(alive, variance, 1)
        first, offset, excess = self.ratio_law(series.shape[1])
        rate = np.maximum(ratio * first / (1 + excess) - offset, 0)
        return {"rate": np.where(alive, rate, np.nan)}

    def rate_of_power(self, power: Array, series: Array, peak: Array) -> Array:
        """Arrivals that make mean squares `power` peak^2; NaN for a constant series."""
        exponential = self.pulse == "one_sided_exponential"
        per_rate = self.spacing * self.cell_moment(2) if exponential else self.pulse_integral(2)
        alive = (series.var(axis=1) > 1e-24) & (peak < 1e150)
        scale = np.where(alive, peak, 0) ** 2 / per_rate
        return np.where(alive, power * scale, np.nan)

    def ratio_law(self, size: int) -> tuple[float, float, float]:
        """(a, b, c) such that a mean^2 / variance / (1 + c) - b has no bias of order 1 / size.

        Dividing, and not multiplying by 1 - c, keeps short series from losing their sign.

        With m = mean and v = variance, E m^2/v = (mu^2/sigma^2) (1 + V(m)/mu^2
        - 2 C(m, v)/(mu sigma^2) + V(v)/sigma^4 + V(m)/sigma^2), where the last is the bias of v.
        """
        if self.pulse == "one_sided_exponential":
            one, two, three, four = (self.cell_moment(q) for q in (1, 2, 3, 4))
            spread = two / one**2 - 2 * three / (one * two) + four / two**2
            a = two / (self.spacing * one**2)
            return a, a * spread * one**2 / two / size, 3 / size
        one, two = self.pulse_integral(1), self.pulse_integral(2)
        a1, a2, a3, a4 = (self.amplitude_moment(q) for q in (1, 2, 3, 4))
        duration = size * self.spacing
        memory = sqrt(2 * pi) if self.pulse == "gaussian" else 2.5  # integral of correlation^2
        excess = (memory * 2 + one**2 / two) / duration
        skewed = a2 / a1**2 - 2 * a3 / (a1 * a2) + a4 / a2**2
        return a2 * two / (a1 * one) ** 2, skewed / duration, excess

    def cell_moment(self, order: int) -> float:
        """E of the power `order` of one arrival's contribution to its own cell's end."""
        if self.arrivals == "grid":
            return self.amplitude_moment(order)
        aged = -np.expm1(-order * self.spacing) / (order * self.spacing)
        return float(self.amplitude_moment(order) * aged)

    def pulse_integral(self, order: int) -> float:
        """The integral of pulse^order, or its sum over samples times their spacing."""
        if self.pulse == "one_sided_exponential":
            if self.arrivals == "continuous":
                return 1 / order
            return float(self.spacing / -np.expm1(-order * self.spacing))
        if self.pulse == "linear_exponential":
            if self.arrivals == "continuous":
                return factorial(order) / order ** (order + 1)
            t = self.spacing * np.arange(ceil(HISTORY / self.spacing))
            return float(self.spacing * np.sum((t * np.exp(-t)) ** order))
        if self.arrivals == "continuous":
            return (2 * pi) ** ((1 - order) / 2) / sqrt(order)
        return float(self.spacing * np.sum(self.grid_pulse() ** order))

    def grid_pulse(self) -> Array:
        """A Gaussian pulse at the times of samples."""
        margin = ceil(REACH / self.spacing)
        t = self.spacing * np.arange(-margin, margin + 1)
        return np.exp(-(t**2) / 2) / sqrt(2 * pi)

    def autocovariance(self, lag: ArrayLike) -> Array:
        """Covariance of samples `lag` apart."""
        k = np.abs(np.asarray(lag))
        variance = self.cumulant(2)
        if self.pulse == "one_sided_exponential":
            return variance * self.decay**k
        if self.pulse == "linear_exponential":
            return variance * self.decay**k * (1 + self.flatness * k)
        if self.arrivals == "continuous":
            return variance * np.exp(-((self.spacing * k) ** 2) / 4)
        pulse = self.grid_pulse()
        products = np.correlate(pulse, pulse, "full")[len(pulse) - 1 :]
        inside = k < len(pulse)
        scale = self.amplitude_moment(2) * self.rate * self.spacing
        return scale * np.where(inside, products[np.where(inside, k, 0)], 0.0)

    @property
    def flatness(self) -> float:
        """c in the correlation (1 + c k) decay^k of linear exponential pulses."""
        return self.spacing if self.arrivals == "continuous" else float(np.tanh(self.spacing))

    def psd(self, frequency: ArrayLike) -> Array:
        """Spectral density of the series less its mean, at `frequency` in cycles per sample."""
        f = np.asarray(frequency, float)
        if self.pulse != "gaussian":
            rho, wave = self.decay, np.cos(2 * pi * f)
            gain = 1 - 2 * rho * wave + rho**2
            if self.pulse == "one_sided_exponential":
                return self.cumulant(2) * (1 - rho**2) / gain
            shape = (1 - rho**2) / gain  # sum of rho^|k| e^(-i w k); with k in it, rho d / d rho
            slope = -2 * (rho + shape * (rho - wave)) / gain
            return self.cumulant(2) * (shape + self.flatness * rho * slope)
        lags = np.arange(1, 2 * ceil(REACH / self.spacing) + 1)
        waves = np.cos(2 * pi * f[..., None] * lags)
        return self.cumulant(2) + 2 * waves @ self.autocovariance(lags)

    def cumulant(self, order: int) -> float:
        """Cumulant of a sample, by Campbell's theorem."""
        return self.rate * self.amplitude_moment(order) * self.pulse_integral(order)

    def moments(self) -> dict[str, float]:
        """Mean, variance, skewness and (not excess) kurtosis of a sample."""
        mean, variance, third, fourth = (self.cumulant(q) for q in (1, 2, 3, 4))
        return {
            "mean": mean,
            "variance": variance,
            "skewness": third / variance**1.5,
            "kurtosis": 3 + fourth / variance**2,
        }

    def pdf(self, x: ArrayLike) -> Array:
        """Marginal density: Gamma of shape `rate` if pulses and amplitudes are exponential."""
        from scipy.special import gammaln, xlogy

        self.require_gamma("density")
        x = np.asarray(x, float)
        with np.errstate(divide="ignore"):  # infinite at 0 for rates below 1
            log_pdf = xlogy(self.rate - 1, np.maximum(x, 0)) - x - gammaln(self.rate)
        return np.where(x < 0, 0.0, np.exp(log_pdf))

    def cdf(self, x: ArrayLike) -> Array:
        """Marginal distribution function: Gamma of shape `rate`."""
        from scipy.special import gammainc

        self.require_gamma("distribution function")
        return gammainc(self.rate, np.maximum(np.asarray(x, float), 0))

    def characteristic(self, t: ArrayLike) -> NDArray[np.complex128]:
        """Marginal characteristic function E exp(i t x), by Campbell's theorem.

        In closed form where the law is Gamma's; else right to 1e-10 for |t| up to 100.
        """
        t = np.asarray(t, float)
        if self.is_gamma:
            return (1 - 1j * t) ** -self.rate
        weight, height = self.heights()
        log_value = [weight @ self.amplitude_characteristic(u * height) for u in t.ravel()]
        return np.exp(self.rate * np.array(log_value, complex)).reshape(t.shape)

    def heights(self) -> tuple[Array, Array]:
        """Durations, and the pulse's height in each: a quadrature over time since the arrival.

        Where that is continuous, the trapezoidal rule in its logarithm: both ends fall off.
        """
        if self.arrivals == "grid":
            t = self.spacing * np.arange(ceil(HISTORY / self.spacing))
            shapes = {"one_sided_exponential": np.exp(-t), "linear_exponential": t * np.exp(-t)}
            height = self.grid_pulse() if self.pulse == "gaussian" else shapes[self.pulse]
            return np.full(len(height), self.spacing), height
        t = np.exp(np.arange(-40, 4.6, 0.02))
        if self.pulse == "gaussian":
            return 2 * 0.02 * t, np.exp(-(t**2) / 2) / sqrt(2 * pi)
        return 0.02 * t, (t if self.pulse == "linear_exponential" else 1) * np.exp(-t)

    def amplitude_characteristic(self, t: Array) -> NDArray[np.complex128]:
        """E exp(i t a) - 1 of an amplitude a, right to the last digit near t = 0."""
        from scipy.special import dawsn

        if self.amplitude == "normal":
            return np.expm1(-(t**2) / 2).astype(complex)
        if self.amplitude == "exponential":
            return 1j * t / (1 - 1j * t)
        x = t / sqrt(pi)
        return 1j * t * np.exp(-(x**2)) - 2 * x * dawsn(x)

    @property
    def is_gamma(self) -> bool:
        """Whether the marginal law is Gamma's."""
        settings = (self.pulse, self.amplitude, self.arrivals)
        return settings == ("one_sided_exponential", "exponential", "continuous")

    def require_gamma(self, quantity: str) -> None:
        """Raise UndefinedLaw unless the marginal law is known in closed form."""
        if not self.is_gamma:
            raise UndefinedLaw(
                f"shot noise of {self.pulse} pulses with {self.amplitude} amplitudes and "
                f"{self.arrivals} arrivals has no {quantity} in closed form: "
                "one_sided_exponential with exponential and continuous has"
            )

    def loglik(self, series: Array) -> NoReturn:
        """Undefined."""
        raise UndefinedLaw(f"{self.atoms()}: no density, so no likelihood")

    def whiten(self, series: Array) -> Array:
        """What each sample adds to the one before it as normal deviates: iid N(0, 1) under the law.

        Of exponential pulses with exponential amplitudes, shape (n, length), or (n, length - 1) of
        arrivals on the grid: see `rpgan.processes.shot_innovations`. Others raise UndefinedLaw.
        """
        if self.pulse != "one_sided_exponential":
            raise UndefinedLaw(
                f"{self.atoms()}: what a sample adds to those before it is not known"
            )
        if self.amplitude != "exponential":
            raise UndefinedLaw(
                f"what the {self.amplitude} amplitudes of a few arrivals add up to has no law in "
                "closed form: that of exponential amplitudes has"
            )
        innovations = Innovations(self.rate, self.spacing, self.arrivals == "continuous")
        return innovations.whiten(blocks.as_series(series))

    def atoms(self) -> str:
        """Why there is no density of a series."""
        if self.pulse == "gaussian":
            return "Gaussian pulses overlap on both sides of a sample, with no law in closed form"
        return "without arrivals shot noise only decays, an event of positive chance"

    def crlb(self, length: int) -> dict[str, float]:
        """Least standard deviation of `rate` from one series: all arrivals seen and counted."""
        return {"rate": sqrt(self.rate / (length * self.spacing))}


KNOWN = {
    "pulse": ("one_sided_exponential", "linear_exponential", "gaussian"),
    "amplitude": ("exponential", "rayleigh", "normal"),
    "arrivals": ("continuous", "grid"),
}
