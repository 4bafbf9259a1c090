"""The Gaussian process of the training set's mean and covariance: fitted, not trained."""

from typing import Literal

import torch
from torch import Tensor, nn

from rpgan.models import latents
from rpgan.spec import spec

CHUNK = 256  # series whose spectra are in memory at a time


@spec
class GaussianSurrogate:
    """Stationary Gaussian series of the spectrum, within and between channels, of a training set.

    White noise is filtered on a circle, of which a series is a part, as in [1]_. `match` is what
    the filter takes from the set, less the mean of each channel, averaged over all its series:

    covariance : that of every lag, over all its pairs of samples. Then the mean periodogram too is
        the set's, at every frequency. Where no process on a circle of two lengths has those
        covariances its negative powers become 0 and the others less by a common factor, which
        leaves the variance; ``clipped`` in the history is the share of the variance that this
        moved, 0 in the other two. A band of no power, or few series to fit, make it large.
    periodogram : that at the series' own frequencies. The circle is as long as a series, whose two
        ends are neighbours. Power leaks far into a band that has none, as it does in a periodogram.
    hann : the periodogram under Hann's window, which leaks little, on a circle of two lengths. Long
        lags are damped: covariances are multiplied by those of the window with itself.

    The surrogate of a Gaussian stationary process is that process, up to how well its covariances
    are known; of any other set it shows what second moments alone achieve.

    References
    ----------
    .. [1] Dietrich, Newsam. "Fast and exact simulation of stationary Gaussian processes through
       circulant embedding of the covariance matrix." SIAM J. Sci. Comput. 18 (1997) 1088.
    """

    output = "linear"  # a law, not a setting

    match: Literal["covariance", "periodogram", "hann"] = "hann"
    name: Literal["gaussian_surrogate"] = "gaussian_surrogate"

    def check(self, shape: tuple[int, ...]) -> None:
        if len(shape) != 2 or shape[1] < 2:
            raise ValueError(
                "gaussian_surrogate needs series of shape (channels, length), of at least 2"
                f" samples, got {shape}; give it a representation without an stft"
            )

    def generator(self, shape: tuple[int, ...]) -> "Generator":
        self.check(shape)
        return Generator(self, *shape)

    def latents(self, n: int, device: torch.device, shape: tuple[int, ...]) -> Tensor:
        """White noise on the circle, shape (n, channels, circle)."""
        return latents.draw("gaussian", (n, shape[0], self.circle(shape[1])), device)

    def circle(self, length: int) -> int:
        return length if self.match == "periodogram" else 2 * length


class Generator(nn.Module):
    """`root` is the square root of the spectral matrix, its real and imaginary parts."""

    mean: Tensor
    root: Tensor

    def __init__(self, spec: GaussianSurrogate, channels: int, length: int):
        super().__init__()
        self.match, self.length, self.circle = spec.match, length, spec.circle(length)
        white = torch.eye(channels, dtype=torch.complex64).repeat(self.circle // 2 + 1, 1, 1)
        self.register_buffer("mean", torch.zeros(channels))
        self.register_buffer("root", torch.view_as_real(white))  # (frequencies, to, from, 2)

    def forward(self, z: Tensor) -> Tensor:
        noise = torch.fft.rfft(z, norm="ortho")
        filtered = torch.einsum("kab,nbk->nak", torch.view_as_complex(self.root), noise)
        x = torch.fft.irfft(filtered, self.circle, norm="ortho")[..., : self.length]
        return x + self.mean[:, None]  # (n, channels, length)

    @torch.no_grad()
    def fit(self, data: Tensor) -> dict[str, float]:
        """Learn mean and covariances of `data`, shape (n, channels, length)."""
        parts, zero = data.split(CHUNK), torch.zeros((), dtype=torch.float64, device=data.device)
        mean = sum((part.double().mean(2).sum(0) for part in parts), zero) / len(data)
        window = torch.ones_like(zero).expand(self.length)
        if self.match == "hann":  # the ends, where it is 0, lie one sample outside
            window = torch.hann_window(
                self.length + 2, periodic=False, dtype=zero.dtype, device=zero.device
            )[1:-1]
        centred = (window * (part.double() - mean[:, None]) for part in parts)
        total = sum((products_of_spectra(x, self.circle) for x in centred), zero)
        spectrum = total / (len(data) * window.square().sum())
        if self.match == "covariance":
            spectrum = of_every_pair(spectrum, self.length)
        power, axes = torch.linalg.eigh(spectrum)
        kept = power.clamp_min(0)
        before, after = (variance(p, self.circle) for p in (power, kept))
        kept *= before / after if after else 1.0
        root = axes * kept.sqrt()[:, None, :] @ axes.mH
        self.mean.copy_(mean)
        self.root.copy_(torch.view_as_real(root))
        return {"clipped": 1 - before / after if after else 0.0}


def products_of_spectra(x: Tensor, circle: int) -> Tensor:
    """Sum over series of X_a conj(X_b) of every two channels, shape (frequencies, a, b)."""
    X = torch.fft.rfft(x, circle)
    return torch.einsum("nak,nbk->kab", X, X.conj())


def of_every_pair(spectrum: Tensor, length: int) -> Tensor:
    """The spectrum whose covariances are not the smaller the fewer pairs of samples a lag has.

    On the circle of twice the length a lag of `length` has none; it is between its neighbours.
    """
    lag = torch.arange(2 * length, device=spectrum.device)
    pairs = length - torch.minimum(lag, 2 * length - lag)
    covariance = torch.fft.irfft(spectrum, 2 * length, dim=0)
    covariance *= (length / pairs.clamp_min(1))[:, None, None]
    covariance[length] = (covariance[length - 1] + covariance[length + 1]) / 2
    return torch.fft.rfft(covariance, dim=0)


def variance(power: Tensor, circle: int) -> float:
    """Of all channels, from the eigenvalues of the spectral matrix, (frequencies, channels)."""
    return torch.fft.irfft(power.sum(1), circle)[0].item()
