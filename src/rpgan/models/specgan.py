"""SpecGAN: a two-dimensional convolutional pair on spectrograms."""

import math
from itertools import pairwise
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rpgan.models.convolution import in_float32
from rpgan.models.initialisation import WeightInit, initialise
from rpgan.models.latents import Latent, OneVector
from rpgan.models.limits import require_halvings, require_multiples, require_spectrogram
from rpgan.spec import spec

EXACT = 2  # last layers of the generator that bfloat16 leaves alone

STRIDE = 2


@spec
class SpecGAN(OneVector):
    """Donahue et al.'s SpecGAN [1]_ for spectrograms of one or more channels.

    `levels` convolutions of stride 2 lead from a seed of `channels` channels to the spectrogram,
    halving the channels at each. At the defaults 1 x 128 x 128 takes 19,065,345 + 17,427,969
    parameters. `batch_norm` stands before every activation but those of the generator's output and
    of the discriminator's first layer; the discriminator always normalises by the batch it sees.

    Padding is the same on all sides; the published code leaves the odd sample of it at the end.

    References
    ----------
    .. [1] Donahue, McAuley, Puckette. "Adversarial audio synthesis." ICLR 2019.
    """

    channels: int = 1024
    levels: int = 5
    kernel_size: int = 5  # bins and frames, odd
    batch_norm: bool = False
    latent: Latent = "uniform"
    latent_dim: int = 100
    weight_init: WeightInit = "tensorflow"
    name: Literal["specgan"] = "specgan"

    def __post_init__(self) -> None:
        if min(self.levels, self.latent_dim) < 1:
            raise ValueError("levels and latent_dim must be at least 1")
        require_halvings(self.channels, self.levels - 1, "each level but the first")
        if self.kernel_size % 2 == 0 or self.kernel_size < 3:
            raise ValueError(f"kernel_size must be odd and at least 3, got {self.kernel_size}")

    @property
    def batch_statistics(self) -> bool:
        return self.batch_norm

    def check(self, shape: tuple[int, ...]) -> None:
        require_spectrogram(self.name, shape)
        require_multiples(self.name, shape, self.levels, STRIDE**self.levels)

    def generator(self, shape: tuple[int, ...]) -> nn.Module:
        self.check(shape)
        return Generator(self, *shape)

    def discriminator(self, shape: tuple[int, ...]) -> nn.Module:
        self.check(shape)
        return Discriminator(self, *shape)

    def widths(self) -> list[int]:
        """Channels of every level, from the seed to the one before the spectrogram."""
        return [self.channels // 2**i for i in range(self.levels)]


class Generator(nn.Module):
    def __init__(self, spec: SpecGAN, channels: int, frequencies: int, frames: int):
        super().__init__()
        k, widths = spec.kernel_size, spec.widths()
        self.seed = (widths[0], frequencies // STRIDE**spec.levels, frames // STRIDE**spec.levels)
        self.project = nn.Linear(spec.latent_dim, math.prod(self.seed))
        self.upsample = nn.ModuleList(
            nn.ConvTranspose2d(a, b, k, STRIDE, padding=k // 2, output_padding=1)
            for a, b in pairwise([*widths, channels])
        )
        self.normalise = nn.ModuleList(nn.BatchNorm2d(w) for w in widths if spec.batch_norm)
        initialise(self, spec.weight_init)

    def forward(self, z: Tensor) -> Tensor:
        x = self.project(z).unflatten(1, self.seed)
        for i, conv in enumerate(self.upsample):
            x = F.relu(self.normalise[i](x) if self.normalise else x)
            x = in_float32(conv, x) if i >= len(self.upsample) - EXACT else conv(x)
        return torch.tanh(x)  # (n, channels, frequencies, frames)


class Discriminator(nn.Module):
    def __init__(self, spec: SpecGAN, channels: int, frequencies: int, frames: int):
        super().__init__()
        k, widths = spec.kernel_size, spec.widths()[::-1]
        self.batch_statistics = spec.batch_statistics
        self.downsample = nn.ModuleList(
            nn.Conv2d(a, b, k, STRIDE, padding=k // 2) for a, b in pairwise([channels, *widths])
        )
        self.normalise = nn.ModuleList(
            nn.BatchNorm2d(w, track_running_stats=False) for w in widths[1:] if spec.batch_norm
        )
        seed = (frequencies // STRIDE**spec.levels) * (frames // STRIDE**spec.levels)
        self.score = nn.Linear(widths[-1] * seed, 1)
        initialise(self, spec.weight_init)

    def forward(self, x: Tensor) -> Tensor:
        return in_float32(self.score, self.features(x)).squeeze(1)  # (n,)

    def features(self, x: Tensor) -> Tensor:
        """What the score is a linear function of, shape (n, features)."""
        for i, conv in enumerate(self.downsample):
            x = conv(x)
            x = F.leaky_relu(self.normalise[i - 1](x) if i and self.normalise else x, 0.2)
        return x.flatten(1)
