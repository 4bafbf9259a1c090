"""2-D DCGAN: a pair for small images, whose discriminator pools and drops out."""

from itertools import pairwise
from typing import ClassVar, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rpgan.models.convolution import in_float32
from rpgan.models.initialisation import WeightInit, initialise
from rpgan.models.latents import Latent, OneVector
from rpgan.models.limits import require_dropout
from rpgan.spec import spec

UNIT = 4  # pixels of a side for each of the seed's


@spec
class DCGAN2D(OneVector):
    """A DCGAN [1]_ as published for handwritten digits of 28 x 28 pixels.

    The generator has `channels` channels on a quarter of each side, halved at each of three more
    layers, two of which double the sides. The discriminator has four layers of `channels` / 4 to 2
    `channels`, and max-pooling and dropout after each but the last; two linear layers with nothing
    between them follow. At the defaults 1 x 28 x 28 takes 1,929,921 + 9,942,401 parameters.

    In evaluation mode, in which it samples, the generator does not depend on its batch; the
    discriminator always normalises by the batch it sees. The published notebook drew latents from
    one law for the discriminator's step and another for the generator's, initialised the generator
    alone, sampled in training mode, and let gradients of the discriminator's loss into the
    generator: here there is one law, both are initialised, and the loss is one of logits, without
    the published one's clamp at 100, its value in the end.

    References
    ----------
    .. [1] Radford, Metz, Chintala. "Unsupervised representation learning with deep convolutional
       generative adversarial networks." ICLR 2016.
    """

    channels: int = 256
    dropout: float = 0.3
    latent: Latent = "gaussian"
    latent_dim: int = 100
    weight_init: WeightInit = "dcgan"
    batch_statistics: ClassVar[bool] = True
    name: Literal["dcgan2d"] = "dcgan2d"

    def __post_init__(self) -> None:
        if self.latent_dim < 1:
            raise ValueError(f"latent_dim must be at least 1, got {self.latent_dim}")
        if self.channels < 1 or self.channels % 8:
            raise ValueError(f"channels must be a multiple of 8, got {self.channels}")
        require_dropout(self.dropout)

    def check(self, shape: tuple[int, ...]) -> None:
        if len(shape) != 3:
            raise ValueError(
                f"dcgan2d needs items of shape (channels, height, width), got {shape}; give it"
                " images, or a representation with a spectrogram"
            )
        if any(size % UNIT for size in shape[1:]):
            raise ValueError(
                f"dcgan2d makes multiples of {UNIT} rows and columns, got {shape[1]} x {shape[2]};"
                " crop or resize the images"
            )

    def generator(self, shape: tuple[int, ...]) -> nn.Module:
        self.check(shape)
        return Generator(self, *shape)

    def discriminator(self, shape: tuple[int, ...]) -> nn.Module:
        self.check(shape)
        return Discriminator(self, *shape)


class Generator(nn.Module):
    def __init__(self, spec: DCGAN2D, channels: int, height: int, width: int):
        super().__init__()
        seed = (height // UNIT, width // UNIT)
        widths = [spec.channels // 2**i for i in range(4)]
        layers = ((seed, 1, 0), (4, 2, 1), (4, 2, 1), (3, 1, 1))  # kernel, stride, padding
        self.upsample = nn.ModuleList(
            nn.ConvTranspose2d(a, b, *layer)
            for (a, b), layer in zip(pairwise([spec.latent_dim, *widths]), layers, strict=True)
        )
        self.normalise = nn.ModuleList(nn.BatchNorm2d(w) for w in widths)
        self.last = nn.ConvTranspose2d(widths[-1], channels, 3, 1, 1)
        initialise(self, spec.weight_init)

    def forward(self, z: Tensor) -> Tensor:
        x = z[:, :, None, None]  # (n, latent_dim, 1, 1)
        for conv, norm in zip(self.upsample, self.normalise, strict=True):
            x = F.relu(norm(conv(x)))
        return torch.tanh(in_float32(self.last, x))  # (n, channels, height, width)


class Discriminator(nn.Module):
    def __init__(self, spec: DCGAN2D, channels: int, height: int, width: int):
        super().__init__()
        self.batch_statistics, self.dropout = True, spec.dropout
        widths = [spec.channels * 2**i // 4 for i in range(4)]
        self.convolve = nn.ModuleList(
            nn.Conv2d(a, b, 3, padding=1) for a, b in pairwise([channels, *widths])
        )
        self.normalise = nn.ModuleList(nn.BatchNorm2d(w, track_running_stats=False) for w in widths)
        left = (height // UNIT // 2 + 1) * (width // UNIT // 2 + 1)
        self.hidden = nn.Linear(widths[-1] * left, 4 * spec.channels)
        self.score = nn.Linear(4 * spec.channels, 1)
        initialise(self, spec.weight_init)

    def forward(self, x: Tensor) -> Tensor:
        return in_float32(self.score, self.features(x)).squeeze(1)  # (n,)

    def features(self, x: Tensor) -> Tensor:
        """What the score is a linear function of, shape (n, features)."""
        for i, (conv, norm) in enumerate(zip(self.convolve, self.normalise, strict=True)):
            x = F.leaky_relu(norm(conv(x)), 0.01)
            if i < 3:
                x = F.max_pool2d(x, 2, padding=1 if i == 2 else 0)
                x = F.dropout(x, self.dropout, self.training)
        return self.hidden(x.flatten(1))
