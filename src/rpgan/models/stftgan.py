"""STFT-GAN: a two-dimensional convolutional pair on the channels of an STFT."""

import math
from itertools import pairwise
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rpgan.spec import spec

STRIDE = 2


@spec
class STFTGAN:
    """NoiseGAN's STFT-GAN [1]_ for one-sided STFTs, of odd or even sizes.

    `levels` convolutions of stride 2 lead from a seed of `channels` channels to the STFT, halving
    the channels at each (but never below 32). At the defaults 2 x 65 x 65 takes 17,824,896 +
    17,417,281 parameters. `bias` is that of the generator's convolutions. Unlike the published
    code, He's initialisation reaches the convolutions and not only the linear layers.

    References
    ----------
    .. [1] Wunderlich, Sklar. "Data-driven modeling of noise time series with convolutional
       generative adversarial networks." Mach. Learn.: Sci. Technol. 4 (2023) 035023.
    """

    channels: int = 1024
    levels: int = 5
    kernel_size: int = 5  # bins and frames, odd
    bias: bool = False
    latent_dim: int = 100
    name: Literal["stftgan"] = "stftgan"

    def __post_init__(self) -> None:
        if min(self.channels, self.levels, self.latent_dim) < 1:
            raise ValueError("channels, levels and latent_dim must be at least 1")
        if self.kernel_size % 2 == 0 or self.kernel_size < 3:
            raise ValueError(f"kernel_size must be odd and at least 3, got {self.kernel_size}")

    def check(self, shape: tuple[int, ...]) -> None:
        unit = STRIDE**self.levels
        if len(shape) != 3:
            raise ValueError(
                f"stftgan needs items of shape (channels, frequencies, frames), got {shape}; give"
                " it a representation with an stft"
            )
        if any(size < unit or size % unit > 1 for size in shape[1:]):
            raise ValueError(
                f"stftgan with {self.levels} levels makes multiples of {unit} frequencies and"
                f" frames, or one more, got {shape[1]} x {shape[2]}; change nperseg, hop or levels"
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
        """Channels of every level, from the seed to the one before the STFT."""
        return [max(self.channels // 2**i, min(32, self.channels)) for i in range(self.levels)]


class Generator(nn.Module):
    def __init__(self, spec: STFTGAN, channels: int, frequencies: int, frames: int):
        super().__init__()
        k, last = spec.kernel_size, spec.levels - 1
        widths = [*spec.widths(), channels]
        self.seed = (widths[0], frequencies // STRIDE**spec.levels, frames // STRIDE**spec.levels)
        self.project = nn.Linear(spec.latent_dim, math.prod(self.seed))
        # Each level doubles a side; an odd target takes its extra row at the last one.
        even, odd = (0, 0), (frequencies % 2, frames % 2)
        self.upsample = nn.ModuleList(
            upsampling(a, b, k, odd if level == last else even, spec.bias)
            for level, (a, b) in enumerate(pairwise(widths))
        )
        self.apply(kaiming)

    def forward(self, z: Tensor) -> Tensor:
        x = self.project(z).unflatten(1, self.seed)
        for i, conv in enumerate(self.upsample):
            x = conv(F.relu(x) if i else x)  # the published model has no ReLU on the projection
        return torch.tanh(x)  # (n, channels, frequencies, frames)


class Discriminator(nn.Module):
    def __init__(self, spec: STFTGAN, channels: int, frequencies: int, frames: int):
        super().__init__()
        widths = [channels, *reversed(spec.widths())]
        even, odd = (0, 0), (frequencies % 2, frames % 2)
        self.downsample = nn.ModuleList(
            downsampling(a, b, spec.kernel_size, even if level else odd)
            for level, (a, b) in enumerate(pairwise(widths))
        )
        seed = (frequencies // STRIDE**spec.levels) * (frames // STRIDE**spec.levels)
        self.score = nn.Linear(widths[-1] * seed, 1)
        self.apply(kaiming)

    def forward(self, x: Tensor) -> Tensor:
        for conv in self.downsample:
            x = F.leaky_relu(conv(x), 0.2)
        return self.score(x.flatten(1)).squeeze(1)  # (n,)


def upsampling(a: int, b: int, k: int, odd: tuple[int, int], bias: bool) -> nn.ConvTranspose2d:
    """Doubles both sides, and adds one more where `odd` is 1."""
    padding, output_padding = (k // 2 - odd[0], k // 2 - odd[1]), (1 - odd[0], 1 - odd[1])
    return nn.ConvTranspose2d(a, b, k, STRIDE, padding, output_padding, bias=bias)


def downsampling(a: int, b: int, k: int, odd: tuple[int, int]) -> nn.Conv2d:
    """Halves both sides, of which those where `odd` is 1 are one more than even."""
    return nn.Conv2d(a, b, k, STRIDE, (k // 2 - odd[0], k // 2 - odd[1]))


def kaiming(module: nn.Module) -> None:
    """He's normal initialisation of every layer with weights; biases keep PyTorch's default."""
    if isinstance(module, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
        nn.init.kaiming_normal_(module.weight)
