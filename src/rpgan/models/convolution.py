"""Layers that can be computed in more than one way, and always give the same function."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

FEW = 8  # channels, as of the first layer of a discriminator of waveforms


class Conv1d(nn.Conv1d):
    """A convolution of the stride's own multiples: length / stride samples out.

    With `polyphase` it is computed as a convolution of stride 1 on `stride` times the channels,
    one for each phase of the input: the same sums in another order, and faster where the library's
    strided kernels, or the derivatives of their derivatives, are slow.
    """

    polyphase = False

    def forward(self, input: Tensor) -> Tensor:
        s, channels = self.stride[0], self.in_channels
        if not self.polyphase or input.shape[-1] % s or self.dilation[0] > 1:
            return super().forward(input)
        weight, before, after = phases(self.weight, s, int(self.padding[0]))
        rows = input.transpose(1, 2).reshape(len(input), -1, s * channels)  # free if channels last
        return unit_stride(rows, weight.transpose(1, 2).flatten(1, 2), self.bias, before, after)


class ConvTranspose1d(nn.ConvTranspose1d):
    """The other way: length times stride samples out. With `polyphase`, each phase by itself."""

    polyphase = False

    def forward(self, input: Tensor, output_size: list[int] | None = None) -> Tensor:
        if not self.polyphase or self.dilation[0] > 1:
            return super().forward(input, output_size)
        s = self.stride[0]
        weight, before, after = phases(self.weight, s, int(self.padding[0]))
        weight = weight.permute(2, 1, 0, 3).flip(3).flatten(0, 1)  # (stride channels, in, taps)
        bias = None if self.bias is None else self.bias.repeat(s)
        y = unit_stride(input.transpose(1, 2), weight, bias, after, before).transpose(1, 2)
        return y.reshape(len(y), -1, self.out_channels).transpose(1, 2)


def phases(weight: Tensor, stride: int, padding: int) -> tuple[Tensor, int, int]:
    """Weights (a, b, kernel) as (a, b, stride, taps), and how many taps lie before and after 0.

    Sample j of the kernel acts at j - padding = stride tap + phase, with 0 <= phase < stride.
    """
    before, after = -(-padding // stride), (weight.shape[2] - 1 - padding) // stride
    left = stride * before - padding
    right = stride * (before + after + 1) - left - weight.shape[2]
    split = F.pad(weight, (left, right)).unflatten(2, (-1, stride))
    return split.transpose(2, 3), before, after


def unit_stride(
    rows: Tensor, weight: Tensor, bias: Tensor | None, before: int, after: int
) -> Tensor:
    """A convolution of stride 1 on (n, length, channels): (n, channels, length), channels last.

    On a GPU as a product if there are `FEW` channels: of such a convolution, which a gradient
    penalty differentiates twice, cuDNN leaves the second derivative to a slow general kernel.
    """
    if rows.is_cuda and rows.shape[2] <= FEW:
        return as_product(rows, weight, bias, before, after)
    x = rows.transpose(1, 2)[:, :, None]
    if before != after:
        x = F.pad(x, (before, after))
    weight = weight[:, :, None].contiguous(memory_format=torch.channels_last)
    return F.conv2d(x, weight, bias, padding=(0, before if before == after else 0))[:, :, 0]


def as_product(
    rows: Tensor, weight: Tensor, bias: Tensor | None, before: int, after: int
) -> Tensor:
    """`unit_stride`, as one product of the samples around each place with the weights."""
    length, taps = rows.shape[1], before + 1 + after
    x = F.pad(rows, (0, 0, before, after))
    around = torch.cat([x[:, tap : tap + length] for tap in range(taps)], dim=2)
    return F.linear(around, weight.transpose(1, 2).flatten(1), bias).transpose(1, 2)


def in_float32(layer: nn.Module, x: Tensor) -> Tensor:
    """`layer` at full precision, also where the network around it is not.

    Rounding an output to bfloat16 puts a floor under its spectrum at -56 dB.
    """
    with torch.autocast(x.device.type, enabled=False):
        return layer(x.float())
