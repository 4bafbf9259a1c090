"""Series of the training set's spectrum and marginal law, otherwise random: fitted, not trained."""

import math
from typing import Literal

import torch
from torch import Tensor, nn

from rpgan.models import latents
from rpgan.models.iid_bootstrap import middles
from rpgan.spec import spec

CHUNK = 256  # series whose spectra are in memory at a time


@spec
class IAAFT:
    """Schreiber and Schmitz's iterated amplitude-adjusted Fourier transform [1]_.

    From random phases it goes back and forth: amplitudes are set to the root of the training set's
    mean periodogram, then samples, in order of size, to those in the middle of as many equal shares
    of the pooled training set. The latter comes last, so that the marginal is exact, and the same
    in every series; the spectrum is as near as so many `iterations` bring it. So all series have
    one mean and one variance: where those of the set differ, as with long memory, the variance is
    that of all of them, and other powers rise by what frequency 0 cannot have. A band of no power
    is filled by what the last step disturbs.

    The original makes surrogates of one series, with its own samples and amplitudes, and stops when
    the order of the samples no longer changes; `iterations` are as many for all, which makes a
    series a function of its latents alone.

    References
    ----------
    .. [1] Schreiber, Schmitz. "Improved surrogate data for nonlinearity tests." Phys. Rev. Lett. 77
       (1996) 635.
    """

    output = "linear"  # a law, not a setting

    iterations: int = 50
    name: Literal["iaaft"] = "iaaft"

    def __post_init__(self) -> None:
        if self.iterations < 1:
            raise ValueError(f"iterations must be at least 1, got {self.iterations}")

    def check(self, shape: tuple[int, ...]) -> None:
        if len(shape) != 2 or shape[0] != 1:
            raise ValueError(
                f"iaaft needs series of one channel, shape (1, length), got {shape};"
                " gaussian_surrogate takes several channels"
            )

    def generator(self, shape: tuple[int, ...]) -> "Generator":
        self.check(shape)
        return Generator(self, shape[1])

    def latents(self, n: int, device: torch.device, shape: tuple[int, ...]) -> Tensor:
        """Phases in half turns, shape (n, 1, frequencies)."""
        return latents.draw("uniform", (n, 1, shape[1] // 2 + 1), device)


class Generator(nn.Module):
    amplitude: Tensor
    values: Tensor

    def __init__(self, spec: IAAFT, length: int):
        super().__init__()
        self.length, self.iterations = length, spec.iterations
        self.register_buffer("amplitude", torch.ones(length // 2 + 1))
        self.register_buffer("values", torch.linspace(-1, 1, length))

    def forward(self, z: Tensor) -> Tensor:
        X = torch.polar(self.amplitude.expand_as(z), math.pi * z)
        for _ in range(self.iterations):
            x = self.with_marginal(torch.fft.irfft(X, self.length))
            X = torch.polar(self.amplitude.expand_as(X), torch.fft.rfft(x).angle())
        return self.with_marginal(torch.fft.irfft(X, self.length))  # (n, 1, length)

    def with_marginal(self, x: Tensor) -> Tensor:
        order = x.argsort(stable=True)
        return torch.empty_like(x).scatter_(-1, order, self.values.expand_as(x))

    @torch.no_grad()
    def fit(self, data: Tensor) -> dict[str, float]:
        """Learn amplitudes and marginal of `data`, shape (n, 1, length)."""
        zero = torch.zeros((), dtype=torch.float64, device=data.device)
        spectra = (torch.fft.rfft(part[:, 0].double()) for part in data.split(CHUNK))
        power = sum((X.abs().square().sum(0) for X in spectra), zero)
        self.amplitude.copy_((power / len(data)).sqrt())
        self.values.copy_(middles(data.flatten().sort().values, self.length))
        return {}
