"""1-D DCGAN: a small pair for short waveforms, with batch normalisation and dropout."""

from itertools import pairwise
from typing import ClassVar, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rpgan.models.convolution import in_float32
from rpgan.models.initialisation import WeightInit, initialise
from rpgan.models.latents import Latent, OneVector
from rpgan.models.limits import require_dropout, require_halvings, require_series
from rpgan.spec import spec

KERNEL, STRIDE = 4, 2


@spec
class DCGAN1D(OneVector):
    """A one-dimensional DCGAN [1]_ as published for Gaussian curves of 100 samples.

    `levels` convolutions of stride 2 and kernel 4 without padding lead from 4 samples to the
    series, and back; the generator's last kernel is as long as the length wants, 10 for 100. All
    have no bias, and but for the last of each network are followed by batch normalisation,
    LeakyReLU 0.2 and dropout. At the defaults 100 samples take 895,488 + 700,480 parameters.

    In evaluation mode the generator neither drops anything nor depends on its batch; the
    discriminator always normalises by the batch it sees. The published training used unclipped
    random labels, whose loss is unbounded below: `soft_labels` clips them unless told not to. It
    took the same generated batch for both networks' steps; here each has its own.

    Batch normalisation of the discriminator's first layer, as published, makes it blind to the
    amplitude and the mean that all items of a batch share: the generator learns the curve but for
    these. Without `first_batch_norm`, as Radford et al. advise, it sees them.

    References
    ----------
    .. [1] Radford, Metz, Chintala. "Unsupervised representation learning with deep convolutional
       generative adversarial networks." ICLR 2016.
    """

    channels: int = 512
    levels: int = 4
    dropout: float = 0.2
    first_batch_norm: bool = True
    latent: Latent = "gaussian"
    latent_dim: int = 100
    weight_init: WeightInit = "pytorch"
    batch_statistics: ClassVar[bool] = True
    name: Literal["dcgan1d"] = "dcgan1d"

    def __post_init__(self) -> None:
        if min(self.levels, self.latent_dim) < 1:
            raise ValueError("levels and latent_dim must be at least 1")
        require_halvings(self.channels, self.levels, "each level")
        require_dropout(self.dropout)

    def check(self, shape: tuple[int, ...]) -> None:
        require_series(self.name, shape)
        low, high = shortest(self.levels), shortest(self.levels + 1) - 1
        if not low <= shape[1] <= high:
            levels = next((n for n in range(1, 64) if shape[1] < shortest(n + 1)), 1)
            instead = f"set levels to {levels}" if shape[1] >= shortest(1) else "make them longer"
            raise ValueError(
                f"dcgan1d with {self.levels} levels makes {low} to {high} samples, got {shape[1]};"
                f" {instead}"
            )

    def generator(self, shape: tuple[int, ...]) -> nn.Module:
        self.check(shape)
        return Generator(self, *shape)

    def discriminator(self, shape: tuple[int, ...]) -> nn.Module:
        self.check(shape)
        return Discriminator(self, *shape)


def shortest(levels: int) -> int:
    """Series that end with a kernel of 4: 4, 10, 22, ... samples, doubled with 2 more at each."""
    return 6 * 2**levels - 2


class Generator(nn.Module):
    def __init__(self, spec: DCGAN1D, channels: int, length: int):
        super().__init__()
        widths = [spec.channels // 2**i for i in range(spec.levels)]
        self.dropout = spec.dropout
        self.upsample = nn.ModuleList(
            nn.ConvTranspose1d(a, b, KERNEL, STRIDE if level else 1, bias=False)
            for level, (a, b) in enumerate(pairwise([spec.latent_dim, *widths]))
        )
        self.normalise = nn.ModuleList(nn.BatchNorm1d(w) for w in widths)
        kernel = length - shortest(spec.levels) + KERNEL
        self.last = nn.ConvTranspose1d(widths[-1], channels, kernel, STRIDE, bias=False)
        initialise(self, spec.weight_init)

    def forward(self, z: Tensor) -> Tensor:
        x = z[:, :, None]  # (n, latent_dim, 1)
        for conv, norm in zip(self.upsample, self.normalise, strict=True):
            x = F.dropout(F.leaky_relu(norm(conv(x)), 0.2), self.dropout, self.training)
        return torch.tanh(in_float32(self.last, x))  # (n, channels, length)


class Discriminator(nn.Module):
    def __init__(self, spec: DCGAN1D, channels: int, length: int):
        super().__init__()
        widths = [spec.channels // 2**i for i in reversed(range(spec.levels + 1))]
        self.batch_statistics, self.dropout = True, spec.dropout
        self.downsample = nn.ModuleList(
            nn.Conv1d(a, b, KERNEL, STRIDE if level else 1, bias=False)
            for level, (a, b) in enumerate(pairwise([channels, *widths]))
        )
        self.normalise = nn.ModuleList(
            nn.BatchNorm1d(w, track_running_stats=False)
            if i or spec.first_batch_norm
            else nn.Identity()
            for i, w in enumerate(widths)
        )
        left = length - KERNEL + 1
        for _ in range(spec.levels):
            left = (left - KERNEL) // STRIDE + 1
        self.score = nn.Linear(widths[-1] * left, 1, bias=False)  # a kernel over all that is left
        initialise(self, spec.weight_init)

    def forward(self, x: Tensor) -> Tensor:
        return in_float32(self.score, self.features(x)).squeeze(1)  # (n,)

    def features(self, x: Tensor) -> Tensor:
        """What the score is a linear function of, shape (n, features)."""
        for conv, norm in zip(self.downsample, self.normalise, strict=True):
            x = F.dropout(F.leaky_relu(norm(conv(x)), 0.2), self.dropout, self.training)
        return x.flatten(1)
