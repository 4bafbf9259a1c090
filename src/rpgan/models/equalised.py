"""Layers of progressively grown networks.

Karras, Aila, Laine, Lehtinen. "Progressive growing of GANs for improved quality, stability, and
variation." ICLR 2018, section 4.
"""

import math
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

SLOPE = 0.2  # of rectifiers below 0
SMALL = 1e-8  # added to mean squares

MinibatchStd = Literal["each", "all", "none"]


class Conv(nn.Conv2d):
    """A convolution of weights that are `drawn`."""

    def __init__(
        self,
        channels: int,
        made: int,
        kernel_size: int | tuple[int, int] = 1,
        padding: int | tuple[int, int] = 0,
        equalised: bool = True,
    ):
        super().__init__(channels, made, kernel_size, padding=padding)
        self.scale = drawn(self, equalised)

    def forward(self, input: Tensor) -> Tensor:
        return self._conv_forward(input, self.weight * self.scale, self.bias)


class Linear(nn.Linear):
    """The same of vectors."""

    def __init__(self, inputs: int, outputs: int, equalised: bool = True):
        super().__init__(inputs, outputs)
        self.scale = drawn(self, equalised)

    def forward(self, input: Tensor) -> Tensor:
        return F.linear(input, self.weight * self.scale, self.bias)


def drawn(layer: nn.Conv2d | nn.Linear, equalised: bool) -> float:
    """Draw weights of the law N(0, 1), and give He's constant, sqrt(2 / fan in), to use them with.

    So an optimiser that does not see the size of gradients, such as Adam, moves all layers alike:
    their learning rate is equalised. Without `equalised` the constant goes into the weights once
    and for all, and the factor is 1. Biases are 0.
    """
    constant = math.sqrt(2 / layer.weight[0].numel())
    factor, deviation = (constant, 1.0) if equalised else (1.0, constant)
    nn.init.normal_(layer.weight, std=deviation)
    nn.init.zeros_(layer.get_parameter("bias"))
    return factor


def rectified(x: Tensor) -> Tensor:
    return F.leaky_relu(x, SLOPE)


def pixel_norm(x: Tensor) -> Tensor:
    """`x`, (n, channels, ...), with a mean square of 1 over the channels of every pixel."""
    power = x.float().square().mean(1, keepdim=True)
    return x * torch.rsqrt(power + SMALL).to(x.dtype)


def minibatch_std(x: Tensor, of: MinibatchStd) -> Tensor:
    """`x`, (n, channels, height, width), and one more channel: how much the batch varies.

    That is one number: the standard deviation over the batch of ``each`` feature at each pixel,
    averaged, as in the paper; or that of ``all`` numbers, features and pixels alike, as in
    pggan-pytorch, which also sees how much an image varies in itself. With ``none``, `x` alone.
    """
    if of == "none":
        return x
    found = x.float()
    variance = found.var(0, correction=0) if of == "each" else found.var(correction=0)
    deviation = (variance + SMALL).sqrt().mean().to(x.dtype)
    return torch.cat([x, deviation.expand(len(x), 1, *x.shape[2:])], 1)


def doubled(x: Tensor) -> Tensor:
    """Each pixel as two by two of them."""
    return F.interpolate(x, scale_factor=2, mode="nearest")


def halved(x: Tensor) -> Tensor:
    """The means of two by two pixels."""
    return F.avg_pool2d(x, 2)


def faded(images: Tensor, alpha: float) -> Tensor:
    """Images that come in like the layers that see them: mixed with their own at half the size."""
    return images if alpha == 1 else torch.lerp(doubled(halved(images)), images, alpha)
