"""FinGAN: generators of long financial series, from layers or from products of networks."""

from itertools import pairwise
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rpgan.models.convolution import in_float32
from rpgan.models.initialisation import WeightInit, initialise
from rpgan.models.latents import Latent, OneVector
from rpgan.models.limits import multiples_near, require_dropout, require_series
from rpgan.spec import spec

UNIT = 64  # samples for each of the first layer's
KERNELS = (35, 25, 15, 15, 15, 15)  # of the generator's six doublings
MORE_KERNELS = (7, 4)  # beside the last of them
DISCRIMINATOR_KERNEL = 10


@spec
class FinGAN(OneVector):
    """Takahashi, Chen, Tanaka-Ishii's FinGAN [1]_, with all the generators that were published.

    ``cnn`` doubles a first layer of length / 64 samples six times, with a convolution of `channels`
    channels each. ``mlp_cnn`` multiplies that, sample by sample, with a linear layer's tanh of the
    same first layer, and ``plus`` that with a gate between 0 and 1, one for each series. ``mlp``
    has three linear layers, and ``mlp_bn`` batch normalisation before the tanh of the first two.
    At the defaults 8192 samples take 33,801,217 parameters of the discriminator, and of the
    generator 1,466,497 (``mlp_cnn``), 1,466,598 (``plus``), 409,729 (``cnn``), 17,062,528
    (``mlp``), 17,066,880 (``mlp_bn``).

    `weight_init` is the published one unless given: TensorFlow's, but for ``mlp`` and ``mlp_bn``,
    whose weights are uniform on [-0.05, 0.05). In evaluation mode, in which it samples, the
    generator does not depend on its batch. The published code also used that mode to show
    generated series to the discriminator; here they come from the mode that is trained. Its
    generators ``cnn`` and ``plus`` could not be trained by its script.

    References
    ----------
    .. [1] Takahashi, Chen, Tanaka-Ishii. "Modeling financial time-series with generative
       adversarial networks." Physica A 527 (2019) 121261.
    """

    variant: Literal["mlp", "mlp_bn", "cnn", "mlp_cnn", "plus"] = "mlp_cnn"
    channels: int = 64
    dropout: float = 0.5
    latent: Latent = "gaussian"
    latent_dim: int = 100
    weight_init: WeightInit | None = None
    name: Literal["fingan"] = "fingan"

    def __post_init__(self) -> None:
        if self.latent_dim < 1:
            raise ValueError(f"latent_dim must be at least 1, got {self.latent_dim}")
        if self.channels < 2 or self.channels % 2:
            raise ValueError(f"channels must be even, got {self.channels}")
        require_dropout(self.dropout)

    def check(self, shape: tuple[int, ...]) -> None:
        require_series(self.name, shape)
        if shape[1] % UNIT:
            raise ValueError(
                f"fingan makes multiples of {UNIT} samples, got {shape[1]}; pad the series, or make"
                f" them {multiples_near(shape[1], UNIT)}"
            )

    def generator(self, shape: tuple[int, ...]) -> nn.Module:
        self.check(shape)
        kind = Perceptron if self.variant in ("mlp", "mlp_bn") else Generator
        return kind(self, *shape)

    def discriminator(self, shape: tuple[int, ...]) -> nn.Module:
        self.check(shape)
        return Discriminator(self, *shape)


class Perceptron(nn.Module):
    """The generator of ``mlp`` and ``mlp_bn``."""

    def __init__(self, spec: FinGAN, channels: int, length: int):
        super().__init__()
        widths = [length // UNIT, length // 4]
        self.channels = channels
        self.hidden = nn.ModuleList(
            nn.Linear(a, b) for a, b in pairwise([spec.latent_dim, *widths])
        )
        normalised = widths if spec.variant == "mlp_bn" else []
        self.normalise = nn.ModuleList(keras_batch_norm(w) for w in normalised)
        self.last = nn.Linear(widths[-1], channels * length)
        initialise(self, spec.weight_init or "tensorflow")
        if spec.weight_init is None:
            for layer in (*self.hidden, self.last):
                nn.init.uniform_(layer.get_parameter("weight"), -0.05, 0.05)

    def forward(self, z: Tensor) -> Tensor:
        for i, layer in enumerate(self.hidden):
            z = layer(z)
            z = torch.tanh(self.normalise[i](z) if self.normalise else z)
        return torch.tanh(in_float32(self.last, z)).unflatten(1, (self.channels, -1))


class Generator(nn.Module):
    """The generator of ``cnn``, ``mlp_cnn`` and ``plus``."""

    def __init__(self, spec: FinGAN, channels: int, length: int):
        super().__init__()
        c, first = spec.channels, length // UNIT
        self.channels = channels
        self.project = nn.Linear(spec.latent_dim, first)
        self.convolve = nn.ModuleList(
            nn.Conv1d(c if level else 1, c, k) for level, k in enumerate(KERNELS)
        )
        self.more = nn.ModuleList(nn.Conv1d(c, c, k) for k in MORE_KERNELS)
        self.normalise = nn.ModuleList(keras_batch_norm(c) for _ in KERNELS)
        self.last = nn.Conv1d(c, channels, 1)
        multiplied = spec.variant != "cnn"
        self.factor = nn.Linear(first, channels * length) if multiplied else None
        self.gate = nn.Linear(spec.latent_dim, 1) if spec.variant == "plus" else None
        initialise(self, spec.weight_init or "tensorflow")

    def forward(self, z: Tensor) -> Tensor:
        first = self.project(z)
        y = torch.tanh(self.series(first[:, None]))  # (n, channels, length)
        if self.factor is not None:
            factor = torch.tanh(in_float32(self.factor, first))
            y = y * factor.unflatten(1, (self.channels, -1))
        return y if self.gate is None else y * torch.sigmoid(in_float32(self.gate, z))[:, :, None]

    def series(self, x: Tensor) -> Tensor:
        """The branch of convolutions, before its tanh."""
        for i, (conv, norm) in enumerate(zip(self.convolve, self.normalise, strict=True)):
            x = same(conv, x[..., None].expand(*x.shape, 2).flatten(2))  # each sample twice
            if i == len(KERNELS) - 1:
                x = x + sum(same(conv, x) for conv in self.more)
            x = F.leaky_relu(norm(x), 0.3)
        return in_float32(self.last, x)


class Discriminator(nn.Module):
    def __init__(self, spec: FinGAN, channels: int, length: int):
        super().__init__()
        c, self.dropout = spec.channels, spec.dropout
        self.convolve = nn.ModuleList(
            nn.Conv1d(a, b, DISCRIMINATOR_KERNEL) for a, b in pairwise([channels, c, 2 * c, 2 * c])
        )
        self.hidden = nn.Linear(2 * c * length, c // 2)
        self.score = nn.Linear(c // 2, 1)
        initialise(self, spec.weight_init or "tensorflow")

    def forward(self, x: Tensor) -> Tensor:
        return in_float32(self.score, self.features(x)).squeeze(1)  # (n,)

    def features(self, x: Tensor) -> Tensor:
        """What the score is a linear function of, shape (n, features)."""
        for conv in self.convolve:
            x = F.leaky_relu(same(conv, x), 0.2)
        x = F.leaky_relu(self.hidden(x.flatten(1)), 0.2)
        return F.dropout(x, self.dropout, self.training)


def keras_batch_norm(channels: int) -> nn.BatchNorm1d:
    """With Keras's defaults; its momentum, 0.99, is 1 minus PyTorch's."""
    return nn.BatchNorm1d(channels, eps=1e-3, momentum=0.01)


def same(conv: nn.Module, x: Tensor) -> Tensor:
    """`conv` on as much padding as keeps the length; of an odd sum, one more at the end."""
    more = conv.get_parameter("weight").shape[-1] - 1
    return conv(F.pad(x, (more // 2, more - more // 2)))
