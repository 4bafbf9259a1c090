"""WaveGAN for series: strided one-dimensional convolutions with long kernels."""

from itertools import pairwise
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rpgan.spec import spec


@spec
class WaveGAN:
    """Donahue et al.'s WaveGAN [1]_ in the form that NoiseGAN published for 4096 samples [2]_.

    `levels` convolutions of stride `stride` lead from a seed of length / stride ** levels samples
    with `channels` channels to the series, halving the channels at each (but never below 32). At
    the defaults a series of 4096 samples takes 17,824,257 + 17,415,681 parameters.

    References
    ----------
    .. [1] Donahue, McAuley, Puckette. "Adversarial audio synthesis." ICLR 2019.
    .. [2] Wunderlich, Sklar. "Data-driven modeling of noise time series with convolutional
       generative adversarial networks." Mach. Learn.: Sci. Technol. 4 (2023) 035023.
    """

    channels: int = 1024
    levels: int = 5
    kernel_size: int = 25  # samples, odd
    stride: int = 4
    phase_shuffle: int = 2  # samples; 0: none
    latent_dim: int = 100
    name: Literal["wavegan"] = "wavegan"

    def __post_init__(self) -> None:
        if min(self.channels, self.levels, self.latent_dim) < 1:
            raise ValueError("channels, levels and latent_dim must be at least 1")
        if self.kernel_size % 2 == 0 or self.kernel_size < self.stride:
            raise ValueError(
                f"kernel_size must be odd and at least the stride {self.stride},"
                f" got {self.kernel_size}"
            )

    def check(self, shape: tuple[int, ...]) -> None:
        unit = self.stride**self.levels
        if len(shape) != 2:
            raise ValueError(f"wavegan needs series of shape (channels, length), got {shape}")
        if shape[1] % unit:
            raise ValueError(
                f"wavegan with {self.levels} levels of stride {self.stride} makes multiples of"
                f" {unit} samples, got {shape[1]}; pad the series or change levels"
            )

    def generator(self, shape: tuple[int, ...]) -> nn.Module:
        self.check(shape)
        return Generator(self, *shape)

    def discriminator(self, shape: tuple[int, ...]) -> nn.Module:
        self.check(shape)
        return Discriminator(self, *shape)

    def latents(self, n: int, device: torch.device) -> Tensor:
        """Uniform on [-1, 1), shape (n, latent_dim); the same law in training and sampling."""
        return 2 * torch.rand(n, self.latent_dim, device=device) - 1

    def widths(self) -> list[int]:
        """Channels of every level, from the seed to the one before the series."""
        return [max(self.channels // 2**i, min(32, self.channels)) for i in range(self.levels)]


class Generator(nn.Module):
    def __init__(self, spec: WaveGAN, channels: int, length: int):
        super().__init__()
        k, s = spec.kernel_size, spec.stride
        widths = [*spec.widths(), channels]
        self.project = nn.Linear(spec.latent_dim, widths[0] * (length // s**spec.levels))
        self.upsample = nn.ModuleList(
            # output length is s * input length for any odd k: (L - 1) s - 2 p + k + op = s L
            nn.ConvTranspose1d(a, b, k, s, padding=(k - s + 1) // 2, output_padding=(k - s) % 2)
            for a, b in pairwise(widths)
        )
        self.apply(kaiming)

    def forward(self, z: Tensor) -> Tensor:
        x = self.project(z).unflatten(1, (self.upsample[0].in_channels, -1))  # (n, widest, seed)
        for i, conv in enumerate(self.upsample):
            x = conv(F.relu(x) if i else x)  # the published model has no ReLU on the projection
        return torch.tanh(x)  # (n, channels, length)


class Discriminator(nn.Module):
    def __init__(self, spec: WaveGAN, channels: int, length: int):
        super().__init__()
        k, s = spec.kernel_size, spec.stride
        widths = [channels, *reversed(spec.widths())]
        self.radius = spec.phase_shuffle
        self.downsample = nn.ModuleList(
            nn.Conv1d(a, b, k, s, padding=(k - s + 1) // 2) for a, b in pairwise(widths)
        )
        self.score = nn.Linear(widths[-1] * (length // s**spec.levels), 1)
        self.apply(kaiming)

    def forward(self, x: Tensor) -> Tensor:
        for conv in self.downsample:
            x = F.leaky_relu(conv(x), 0.2)
            if self.radius and x.shape[-1] > 2 * self.radius:
                x = phase_shuffle(x, self.radius)
        return self.score(x.flatten(1)).squeeze(1)  # (n,)


def phase_shuffle(x: Tensor, radius: int) -> Tensor:
    """Shift each item of (n, channels, length) by its own -radius..radius, mirrored at the ends."""
    length = x.shape[-1]
    shift = torch.randint(-radius, radius + 1, (len(x), 1), device=x.device)
    index = (torch.arange(length, device=x.device) - shift).abs()
    index = torch.where(index < length, index, 2 * (length - 1) - index)
    return x.gather(2, index[:, None].expand_as(x))


def kaiming(module: nn.Module) -> None:
    """He's normal initialisation of every layer with weights; biases keep PyTorch's default."""
    if isinstance(module, nn.Linear | nn.Conv1d | nn.ConvTranspose1d):
        nn.init.kaiming_normal_(module.weight)
