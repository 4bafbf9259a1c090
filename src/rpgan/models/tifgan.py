"""TiFGAN: a two-dimensional convolutional pair on log-magnitudes, with tall kernels."""

import math
from itertools import pairwise
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from rpgan.models.convolution import in_float32
from rpgan.models.initialisation import WeightInit, initialise
from rpgan.models.latents import Latent, OneVector
from rpgan.models.limits import require_halvings, require_multiples, require_spectrogram
from rpgan.models.shuffling import phase_shuffle
from rpgan.spec import spec

EXACT = 2  # last layers of the generator that bfloat16 leaves alone

STRIDE = 2


@spec
class TiFGAN(OneVector):
    """Marafioti et al.'s TiFGAN-M [1]_ for spectrograms of one or more channels.

    `levels` convolutions of stride 2 lead to and from a seed of length / 2 ** levels bins and
    frames, of `channels` / 2 channels in the generator and `channels` in the discriminator. At the
    defaults 1 x 256 x 128 takes 17,288,385 + 25,104,577 parameters (computed; none were published).
    Three channels, the second and third being derivatives of the phase, are the variant TiFGAN-MTF.

    With `spectral_norm` the weights of all convolutions are divided by their largest singular
    value. Unlike in the published code, each item has its own phase shuffle unless
    `phase_shuffle_per` is ``batch``, and the law of the latents is the same in training and in
    sampling, where the published one was truncated to [-2.5, 2.5].

    References
    ----------
    .. [1] Marafioti, Holighaus, Perraudin, Majdak. "Adversarial generation of time-frequency
       features with application in audio synthesis." ICML 2019.
    """

    channels: int = 1024
    levels: int = 5
    kernel_size: tuple[int, int] = (12, 3)  # bins, frames
    spectral_norm: bool = True
    phase_shuffle: int = 2  # frames; 0: none
    phase_shuffle_per: Literal["item", "batch"] = "item"
    latent: Latent = "gaussian"
    latent_dim: int = 100
    weight_init: WeightInit = "tensorflow"
    name: Literal["tifgan"] = "tifgan"

    def __post_init__(self) -> None:
        if min(self.levels, self.latent_dim) < 1:
            raise ValueError("levels and latent_dim must be at least 1")
        require_halvings(self.channels, self.levels, "each level")
        if min(self.kernel_size) < STRIDE:
            raise ValueError(f"kernel_size must be at least {STRIDE}, got {self.kernel_size}")

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
        """Channels of the discriminator's levels, the deepest first."""
        return [self.channels // 2**i for i in range(self.levels)]

    def paddings(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """Padding of all layers, and what the generator's add to it at the end."""
        high, wide = self.kernel_size
        return ((high - 1) // 2, (wide - 1) // 2), (high % 2, wide % 2)


class Generator(nn.Module):
    def __init__(self, spec: TiFGAN, channels: int, frequencies: int, frames: int):
        super().__init__()
        widest, *widths = spec.widths()
        widths = [widest // 2, *widths, channels]
        self.seed = (widths[0], frequencies // STRIDE**spec.levels, frames // STRIDE**spec.levels)
        self.project = nn.Linear(spec.latent_dim, math.prod(self.seed))
        padding, rest = spec.paddings()
        self.upsample = nn.ModuleList(
            nn.ConvTranspose2d(a, b, spec.kernel_size, STRIDE, padding, rest)
            for a, b in pairwise(widths)
        )
        initialise(self, spec.weight_init)
        if spec.spectral_norm:
            for conv in self.upsample:
                spectral_norm(conv, dim=1)

    def forward(self, z: Tensor) -> Tensor:
        x = self.project(z).unflatten(1, self.seed)
        for i, conv in enumerate(self.upsample):
            x = F.relu(x)
            x = in_float32(conv, x) if i >= len(self.upsample) - EXACT else conv(x)
        return torch.tanh(x)  # (n, channels, frequencies, frames)


class Discriminator(nn.Module):
    def __init__(self, spec: TiFGAN, channels: int, frequencies: int, frames: int):
        super().__init__()
        widths = [channels, *reversed(spec.widths())]
        self.radius, self.together = spec.phase_shuffle, spec.phase_shuffle_per == "batch"
        padding, _ = spec.paddings()
        self.downsample = nn.ModuleList(
            nn.Conv2d(a, b, spec.kernel_size, STRIDE, padding) for a, b in pairwise(widths)
        )
        seed = (frequencies // STRIDE**spec.levels) * (frames // STRIDE**spec.levels)
        self.score = nn.Linear(widths[-1] * seed, 1)
        initialise(self, spec.weight_init)
        if spec.spectral_norm:
            for conv in self.downsample:
                spectral_norm(conv)

    def forward(self, x: Tensor) -> Tensor:
        return in_float32(self.score, self.features(x)).squeeze(1)  # (n,)

    def features(self, x: Tensor) -> Tensor:
        """What the score is a linear function of, shape (n, features)."""
        for conv in self.downsample:
            x = F.leaky_relu(conv(x), 0.2)
            if self.radius and x.shape[-1] > 2 * self.radius:
                rows = phase_shuffle(x.flatten(1, 2), self.radius, self.together)
                x = rows.unflatten(1, x.shape[1:3])
        return x.flatten(1)
