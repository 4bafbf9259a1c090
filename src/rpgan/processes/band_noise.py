"""Band-limited Gaussian noise."""

from functools import lru_cache
from typing import Literal, NoReturn

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rpgan.errors import UndefinedLaw
from rpgan.processes import band_edges, blocks, circulant, gaussian
from rpgan.spec import spec

Array = NDArray[np.float64]

FORGOTTEN = 1e-8  # correlation that no sample size in reach can tell from none
NARROWEST = 1e-3  # band or gap, of the Nyquist frequency: noise remembers 5e5 samples there


@spec
class BandNoise(gaussian.Marginal):
    """White Gaussian noise of variance 1 through a Butterworth filter of order 40, there and back.

    Give either `band`, or `low` and `high`.

    Parameters
    ----------
    band : int in [0, bands)
        One of `bands` equal bands with gaps of half their width between them, from low-pass to
        high-pass.
    low, high : float in [0, 1], 0.001 or more from each other and from 0 and 1
        Edges as fractions of the Nyquist frequency, where the power is 1/4 of that inside.
        Without `low`, or with 0, a low-pass; without `high`, or with 1, a high-pass.

    References
    ----------
    .. [1] Oppenheim, Schafer. "Discrete-Time Signal Processing." 3rd ed. (2010), section 7.2.
    """

    band: int | None = None
    bands: int = 8
    low: float | None = None
    high: float | None = None
    name: Literal["band_noise"] = "band_noise"

    def __post_init__(self) -> None:
        if (self.band is None) == (self.low is None and self.high is None):
            raise ValueError(
                "give either band, or low and high, "
                f"got band={self.band}, low={self.low}, high={self.high}"
            )
        if self.bands < 2:
            raise ValueError(f"bands must be at least 2, got {self.bands}")
        if self.band is not None and not 0 <= self.band < self.bands:
            raise ValueError(f"band must lie in [0, {self.bands}), got {self.band}")
        low, high = self.edges
        if not 0 <= low < high <= 1 or (low, high) == (0, 1):
            raise ValueError(
                f"low and high must satisfy 0 <= low < high <= 1 and not both be an end, "
                f"got {low} and {high}"
            )
        if min(gap for gap in (low, high - low, 1 - high) if gap > 0) < NARROWEST:
            raise ValueError(
                f"low and high must lie at least {NARROWEST:g} from each other and from 0 and 1, "
                f"unless they are 0 or 1, got {low:g} and {high:g}"
            )

    @property
    def edges(self) -> tuple[float, float]:
        """(low, high) as fractions of the Nyquist frequency; 0 and 1 are no edges."""
        if self.band is not None:
            unit = 1 / (3 * self.bands - 1)
            high = 1.0 if self.band == self.bands - 1 else (3 * self.band + 2) * unit
            return 3 * self.band * unit, high
        return self.low or 0.0, 1.0 if self.high is None else self.high

    def truth(self) -> dict[str, float]:
        """What `estimate` estimates: the edges inside (0, 1)."""
        named = zip(("low", "high"), self.edges, strict=True)
        return {name: edge for name, edge in named if 0 < edge < 1}

    def sample(self, n: int, length: int, rng: np.random.Generator) -> Array:
        """`n` independent series, shape (n, length), stationary from end to end.

        Every covariance is right to 1e-8 of the variance: that of samples beyond memory is set
        to 0. Only frequencies that carry power are drawn.
        """
        half = circulant.fast_length((length + memory(*self.edges)) // 2 + 1)
        eigenvalues = self.psd(np.arange(half + 1) / (2 * half))
        return circulant.from_eigenvalues(eigenvalues).sample(n, length, rng)

    def estimate(self, series: Array) -> dict[str, Array]:
        """Whittle estimates of the edges that this process has, each of shape (n,).

        For any scale and mean; NaN for a constant series.
        """
        has_low, has_high = self.edges[0] > 0, self.edges[1] < 1
        return blocks.estimate(lambda rows: band_edges.estimate(rows, has_low, has_high), series)

    def autocovariance(self, lag: ArrayLike) -> Array:
        """Covariance of samples `lag` apart, a whole number."""
        k = np.abs(np.asarray(lag, int))
        most = max(int(k.max(initial=0)), memory(*self.edges))
        size = max(2**17, 4 << most.bit_length())
        return autocovariances(*self.edges, size)[k]

    def psd(self, frequency: ArrayLike) -> Array:
        """Spectral density at `frequency`, cycles per sample, in closed form."""
        f = np.asarray(frequency, float)
        return band_edges.psd(2 * np.abs(f - np.round(f)), *self.edges)

    @property
    def variance(self) -> float:
        """Power in the band."""
        return float(self.autocovariance(0))

    def loglik(self, series: Array) -> NoReturn:
        """Undefined: the stop bands leave no density; see `whiten` for the pass band."""
        raise UndefinedLaw(
            "band-limited noise has no density that rounding leaves: at -3000 dB in its stop bands "
            "its covariance is singular; whiten(series) covers the pass band"
        )

    def whiten(self, series: Array) -> Array:
        """Independent N(0, 1) under the law, shape (n, m): one per real dimension of the pass band.

        Of the discrete Fourier transform at the m sines and cosines where the power is at least
        half that of the plateau, decorrelated by their exact covariance. Whatever a series holds
        elsewhere is not seen, but for what a finite length leaks. Undefined if m is 0.
        """
        from scipy.linalg import solve_triangular

        series = blocks.as_series(series)
        waves, root = pass_band(*self.edges, series.shape[1])
        if len(root) == 0:
            raise UndefinedLaw(f"no frequency of a length of {series.shape[1]} is in the pass band")
        return solve_triangular(root, waves @ series.T, lower=True).T

    def crlb(self, length: int) -> NoReturn:
        """Undefined: stop bands would tell the edges at -3000 dB, which no series carries."""
        raise UndefinedLaw("band edges have no useful bound: the stop bands are noise-free")


@lru_cache(maxsize=16)
def autocovariances(low: float, high: float, size: int) -> Array:
    """At lags 0 .. size / 2; the trapezoidal rule, exact but for what wraps around at `size`."""
    grid = np.arange(size // 2 + 1) / size
    return np.fft.irfft(band_edges.psd(2 * grid, low, high))[: size // 2 + 1]


@lru_cache(maxsize=64)
def memory(low: float, high: float) -> int:
    """The lag beyond which samples are uncorrelated, to `FORGOTTEN`."""
    size = 2**16
    while True:
        r = np.abs(autocovariances(low, high, size))
        last = int(np.flatnonzero(r > FORGOTTEN * r[0])[-1])
        if last < size // 4:
            return last
        size *= 2


@lru_cache(maxsize=2)
def pass_band(low: float, high: float, length: int) -> tuple[Array, Array]:
    """Orthonormal waves in the pass band, shape (m, length), and a root of their covariance.

    The root is Cholesky's, of what the waves' coefficients have under the law, shape (m, m).
    """
    bins = np.arange(length // 2 + 1)
    bins = bins[band_edges.psd(2 * bins / length, low, high) >= 0.5]
    phase = 2 * np.pi / length * (np.outer(bins, np.arange(length)) % length)
    real = (bins == 0) | (2 * bins == length)  # these bins have no sine
    waves = np.concatenate([np.cos(phase), np.sin(phase[~real])])
    waves /= np.sqrt(np.sum(waves**2, axis=1, keepdims=True))
    r = BandNoise(low=low, high=high).autocovariance(np.arange(length))
    circle = np.concatenate([r, [0.0], r[:0:-1]])
    gain = np.fft.rfft(circle).real
    coloured = np.fft.irfft(np.fft.rfft(waves, 2 * length) * gain, 2 * length)[:, :length]
    return waves, np.linalg.cholesky(waves @ coloured.T)
