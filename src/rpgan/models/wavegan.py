"""WaveGAN for series: strided one-dimensional convolutions with long kernels."""

from itertools import pairwise
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rpgan.models.convolution import Conv1d, ConvTranspose1d, in_float32
from rpgan.models.initialisation import WeightInit, initialise
from rpgan.models.latents import Latent, OneVector
from rpgan.models.limits import multiples_near, require_series
from rpgan.models.shuffling import phase_shuffle
from rpgan.spec import spec

EXACT = 2  # last layers of the generator that bfloat16 leaves alone
SHUFFLED = 4  # first layers of the discriminator, which has one or two more


@spec
class WaveGAN(OneVector):
    """Donahue et al.'s WaveGAN [1]_ in the form that NoiseGAN published for 4096 samples [2]_.

    `levels` convolutions of stride `stride` lead from a seed of length / stride ** levels samples
    with `channels` channels to the series, halving the channels at each (but never below 32). At
    the defaults a series of 4096 samples takes 17,824,257 + 17,415,681 parameters.

    receptive_field : kernels of one size (``standard``); ``progressive``, `kernel_size` next to the
        series and `stride` times shorter at each level away from it, never below `stride`; or
        ``dilated``, `kernel_size` taps 2 ** level samples apart, the seed's level being 0.
    last_stride : of the last level of either network, where it differs.
    upsample : convolutions that are transposed, or that follow on repeated samples (``nearest``).
    post_filter : taps of a last, linear filter of the generator's output.
    batch_norm : before each ReLU of the generator, and each but the first LeakyReLU of the
        discriminator, which always normalises by the batch it sees. OFDM-GAN had it after.
    phase_shuffle : radius of what shifts the output of the discriminator's first four layers, where
        it is longer than two radii.

    The original [1]_ has `seed_relu`, phase shuffle by ``batch``, and weights by ``tensorflow``:
    16384 samples take 19,065,345 + 17,427,969 parameters; 65536, or 32768 with a `last_stride` of
    2, with 6 levels from 2048 channels, 73,149,953 + 69,875,201. Padding is the same on both sides;
    the original has the odd sample of it at the end. PSK-GAN [3]_ has `seed_relu`, no phase
    shuffle, and progressive kernels from 128: (2, 1024) takes 3,266,498 + 3,165,121.

    References
    ----------
    .. [1] Donahue, McAuley, Puckette. "Adversarial audio synthesis." ICLR 2019.
    .. [2] Wunderlich, Sklar. "Data-driven modeling of noise time series with convolutional
       generative adversarial networks." Mach. Learn.: Sci. Technol. 4 (2023) 035023.
    .. [3] Sklar, Wunderlich. "Feasibility of modeling orthogonal frequency-division multiplexing
       communication signals with unsupervised generative adversarial networks." J. Res. NIST 126
       (2021) 126046.
    """

    channels: int = 1024
    levels: int = 5
    kernel_size: int = 25  # samples
    stride: int = 4
    last_stride: int | None = None
    receptive_field: Literal["standard", "progressive", "dilated"] = "standard"
    upsample: Literal["transposed", "nearest"] = "transposed"
    bias: bool = True
    batch_norm: Literal["none", "generator", "both"] = "none"
    seed_relu: bool = False  # on the projection of the latents
    output: Literal["tanh", "linear", "relu"] = "tanh"
    post_filter: int = 0  # samples; 0: none
    phase_shuffle: int = 2  # samples; 0: none
    phase_shuffle_per: Literal["item", "batch"] = "item"
    latent: Latent = "uniform"
    latent_dim: int = 100
    weight_init: WeightInit = "kaiming_normal"
    name: Literal["wavegan"] = "wavegan"

    def __post_init__(self) -> None:
        if min(self.channels, self.levels, self.latent_dim) < 1:
            raise ValueError("channels, levels and latent_dim must be at least 1")
        if min(self.stride, self.strides()[-1]) < 1:
            raise ValueError("stride and last_stride must be at least 1")
        if min(self.phase_shuffle, self.post_filter) < 0:
            raise ValueError("phase_shuffle and post_filter must be at least 0")
        if self.kernel_size < max(self.strides()):
            raise ValueError(
                f"kernel_size must be at least the stride {max(self.strides())},"
                f" got {self.kernel_size}"
            )

    @property
    def batch_statistics(self) -> bool:
        return self.batch_norm == "both"

    def check(self, shape: tuple[int, ...]) -> None:
        require_series(self.name, shape)
        unit = self.unit()
        if shape[1] % unit:
            last = f", the last of {self.last_stride}," if self.last_stride else ""
            raise ValueError(
                f"wavegan with {self.levels} levels of stride {self.stride}{last} makes multiples"
                f" of {unit} samples, got {shape[1]}; pad the series, make them"
                f" {multiples_near(shape[1], unit)}, or change levels"
            )

    def generator(self, shape: tuple[int, ...]) -> nn.Module:
        self.check(shape)
        return Generator(self, *shape)

    def discriminator(self, shape: tuple[int, ...]) -> nn.Module:
        self.check(shape)
        return Discriminator(self, *shape)

    def widths(self) -> list[int]:
        """Channels of every level, from the seed to the one before the series."""
        return [max(self.channels // 2**i, min(32, self.channels)) for i in range(self.levels)]

    def strides(self) -> list[int]:
        """Of either network's levels, from its input to its output."""
        last = self.stride if self.last_stride is None else self.last_stride
        return [self.stride] * (self.levels - 1) + [last]

    def unit(self) -> int:
        """Samples of a series for each of the seed's."""
        return self.stride ** (self.levels - 1) * self.strides()[-1]

    def taps(self, level: int) -> tuple[int, int]:
        """How many a kernel has, and how far apart they lie; level 0 is the seed's."""
        if self.receptive_field == "dilated":
            return self.kernel_size, 2**level
        if self.receptive_field == "standard":
            return self.kernel_size, 1
        away = self.levels - 1 - level
        return max(self.stride, self.kernel_size // self.stride**away), 1


class Generator(nn.Module):
    def __init__(self, spec: WaveGAN, channels: int, length: int):
        super().__init__()
        widths, layer = spec.widths(), upsampling if spec.upsample == "transposed" else Stretching
        self.seed = (widths[0], length // spec.unit())
        self.seed_relu, self.output = spec.seed_relu, spec.output
        self.project = nn.Linear(spec.latent_dim, widths[0] * self.seed[1], bias=spec.bias)
        self.upsample = nn.ModuleList(
            layer(a, b, *spec.taps(level), spec.strides()[level], spec.bias)
            for level, (a, b) in enumerate(pairwise([*widths, channels]))
        )
        first = 0 if spec.seed_relu else 1  # activation
        self.normalise = nn.ModuleList(
            nn.BatchNorm1d(w) if spec.batch_norm != "none" and i >= first else nn.Identity()
            for i, w in enumerate(widths)
        )
        self.post = None
        if spec.post_filter:
            self.post = Stretching(channels, channels, spec.post_filter, 1, 1, bias=False)
        initialise(self, spec.weight_init)

    def forward(self, z: Tensor) -> Tensor:
        x = self.project(z).unflatten(1, self.seed)  # (n, widest, seed)
        for i, (conv, norm) in enumerate(zip(self.upsample, self.normalise, strict=True)):
            x = F.relu(norm(x)) if i or self.seed_relu else x
            x = in_float32(conv, x) if i >= len(self.upsample) - EXACT else conv(x)
        if self.output != "linear":
            x = torch.tanh(x) if self.output == "tanh" else F.relu(x)
        return x if self.post is None else in_float32(self.post, x)  # (n, channels, length)


class Discriminator(nn.Module):
    def __init__(self, spec: WaveGAN, channels: int, length: int):
        super().__init__()
        widths = spec.widths()[::-1]
        self.batch_statistics = spec.batch_statistics
        self.radius, self.together = spec.phase_shuffle, spec.phase_shuffle_per == "batch"
        self.downsample = nn.ModuleList(
            downsampling(a, b, *spec.taps(spec.levels - 1 - i), spec.strides()[i], spec.bias)
            for i, (a, b) in enumerate(pairwise([channels, *widths]))
        )
        self.normalise = nn.ModuleList(
            nn.BatchNorm1d(w, track_running_stats=False)
            if spec.batch_norm == "both" and i
            else nn.Identity()
            for i, w in enumerate(widths)
        )
        self.score = nn.Linear(widths[-1] * (length // spec.unit()), 1, bias=spec.bias)
        initialise(self, spec.weight_init)

    def forward(self, x: Tensor) -> Tensor:
        return in_float32(self.score, self.features(x)).squeeze(1)  # (n,)

    def features(self, x: Tensor) -> Tensor:
        """What the score is a linear function of, shape (n, features)."""
        for i, (conv, norm) in enumerate(zip(self.downsample, self.normalise, strict=True)):
            x = F.leaky_relu(norm(conv(x)), 0.2)
            if self.radius and i < SHUFFLED and x.shape[-1] > 2 * self.radius:
                x = phase_shuffle(x, self.radius, self.together)
        return x.flatten(1)


def upsampling(a: int, b: int, taps: int, apart: int, stride: int, bias: bool) -> ConvTranspose1d:
    """Stride times as many samples out: (L - 1) s - 2 p + span + rest = s L."""
    more = apart * (taps - 1) + 1 - stride
    padding, rest = (more + 1) // 2, more % 2
    return ConvTranspose1d(a, b, taps, stride, padding, rest, bias=bias, dilation=apart)


def downsampling(a: int, b: int, taps: int, apart: int, stride: int, bias: bool) -> Conv1d:
    """One sample out for `stride`: floor((L + 2 p - span) / s) + 1 = L / s."""
    more = apart * (taps - 1) + 1 - stride
    return Conv1d(a, b, taps, stride, (more + 1) // 2, apart, bias=bias)


class Stretching(nn.Conv1d):
    """A convolution that follows on each sample repeated `factor` times."""

    def __init__(self, a: int, b: int, taps: int, apart: int, factor: int, bias: bool):
        super().__init__(a, b, taps, dilation=apart, bias=bias)
        self.factor = factor

    def forward(self, input: Tensor) -> Tensor:
        x = input[..., None].expand(*input.shape, self.factor).flatten(2)
        more = self.dilation[0] * (self.kernel_size[0] - 1)
        return super().forward(F.pad(x, (more // 2, more - more // 2)))
