"""STFT-GAN: a two-dimensional convolutional pair on the channels of an STFT."""

import math
from itertools import pairwise
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rpgan.models.convolution import in_float32
from rpgan.models.initialisation import WeightInit, initialise
from rpgan.models.latents import Latent, OneVector
from rpgan.models.limits import require_spectrogram
from rpgan.spec import spec

EXACT = 2  # last layers of the generator that bfloat16 leaves alone

STRIDE = 2


@spec
class STFTGAN(OneVector):
    """NoiseGAN's STFT-GAN [1]_ for one- and two-sided STFTs, of odd or even sizes.

    `levels` convolutions of stride 2 lead from a seed of `channels` channels to the STFT, halving
    the channels at each (but never below 32). At the defaults 2 x 65 x 65 takes 17,824,896 +
    17,417,281 parameters. `bias` is that of the generator's convolutions; the discriminator's have
    theirs always. Unlike in the published code, `weight_init` reaches the convolutions and not only
    the linear layers; `legacy` does not. An `output` without tanh is linear, for tensors outside
    [-1, 1]; the published code's was a ReLU, which ``relu`` still is.

    Its ancestor for complex signals [2]_ is 4 levels, kernel 4, bias and `seed_relu`: 2 x 128 x 33
    takes 12,669,826 + 11,032,449 parameters.

    References
    ----------
    .. [1] Wunderlich, Sklar. "Data-driven modeling of noise time series with convolutional
       generative adversarial networks." Mach. Learn.: Sci. Technol. 4 (2023) 035023.
    .. [2] Sklar, Wunderlich. "Feasibility of modeling orthogonal frequency-division multiplexing
       communication signals with unsupervised generative adversarial networks." J. Res. NIST 126
       (2021) 126046.
    """

    channels: int = 1024
    levels: int = 5
    kernel_size: int = 5  # bins and frames
    bias: bool = False
    seed_relu: bool = False  # on the projection of the latents
    output: Literal["tanh", "linear", "relu"] = "tanh"
    latent: Latent = "uniform"
    latent_dim: int = 100
    weight_init: WeightInit = "kaiming_normal"
    name: Literal["stftgan"] = "stftgan"

    def __post_init__(self) -> None:
        if min(self.channels, self.levels, self.latent_dim) < 1:
            raise ValueError("channels, levels and latent_dim must be at least 1")
        if self.kernel_size < 3:
            raise ValueError(f"kernel_size must be at least 3, got {self.kernel_size}")

    def check(self, shape: tuple[int, ...]) -> None:
        require_spectrogram(self.name, shape, "an stft")
        unit = STRIDE**self.levels
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

    def widths(self) -> list[int]:
        """Channels of every level, from the seed to the one before the STFT."""
        return [max(self.channels // 2**i, min(32, self.channels)) for i in range(self.levels)]


class Generator(nn.Module):
    def __init__(self, spec: STFTGAN, channels: int, frequencies: int, frames: int):
        super().__init__()
        k, last = spec.kernel_size, spec.levels - 1
        widths = [*spec.widths(), channels]
        self.seed_relu, self.output = spec.seed_relu, spec.output
        self.seed = (widths[0], frequencies // STRIDE**spec.levels, frames // STRIDE**spec.levels)
        self.project = nn.Linear(spec.latent_dim, math.prod(self.seed))
        # Each level doubles a side; an odd target takes its extra row at the last one.
        even, odd = (0, 0), (frequencies % 2, frames % 2)
        self.upsample = nn.ModuleList(
            upsampling(a, b, k, odd if level == last else even, spec.bias)
            for level, (a, b) in enumerate(pairwise(widths))
        )
        initialise(self, spec.weight_init)

    def forward(self, z: Tensor) -> Tensor:
        x = self.project(z).unflatten(1, self.seed)
        for i, conv in enumerate(self.upsample):
            x = F.relu(x) if i or self.seed_relu else x
            x = in_float32(conv, x) if i >= len(self.upsample) - EXACT else conv(x)
        if self.output == "tanh":
            return torch.tanh(x)  # (n, channels, frequencies, frames)
        return F.relu(x) if self.output == "relu" else x


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
        initialise(self, spec.weight_init)

    def forward(self, x: Tensor) -> Tensor:
        return in_float32(self.score, self.features(x)).squeeze(1)  # (n,)

    def features(self, x: Tensor) -> Tensor:
        """What the score is a linear function of, shape (n, features)."""
        for conv in self.downsample:
            x = F.leaky_relu(conv(x), 0.2)
        return x.flatten(1)


def upsampling(a: int, b: int, k: int, odd: tuple[int, int], bias: bool) -> nn.ConvTranspose2d:
    """Doubles both sides, and adds one more where `odd` is 1."""
    rest = (k + odd[0]) % 2, (k + odd[1]) % 2
    padding = (k + rest[0] - odd[0]) // 2 - 1, (k + rest[1] - odd[1]) // 2 - 1
    return nn.ConvTranspose2d(a, b, k, STRIDE, padding, rest, bias=bias)


def downsampling(a: int, b: int, k: int, odd: tuple[int, int]) -> nn.Conv2d:
    """Halves both sides, of which those where `odd` is 1 are one more than even."""
    high, wide = (k // 2 - (o if k % 2 else 1) for o in odd)
    return nn.Conv2d(a, b, k, STRIDE, (high, wide))
