"""Every published preset layer by layer: what it computes, in which order, and of which size.

A row is a layer, as the tables of the papers and of their code have it: kernel k, stride s, padding
p (and, of a transposed convolution, output padding +), dilation d, no bias where it says so, the
size of what comes out, and what is done to that. Numbers of parameters may agree where these do not.
"""

import contextlib
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.overrides import TorchFunctionMode, resolve_name

from rpgan.models import PGGAN, WaveGAN
from rpgan.params import load

META = torch.device("meta")
PRESETS: dict[str, Any] = dict(load(Path(__file__).parents[2] / "params.yaml").models)

TABLES: dict[str, tuple[Any, tuple[int, ...], str, str]] = {
    "wavegan4096": (
        PRESETS["wavegan4096"].model,
        (1, 4096),
        """
        linear 100>4096 = 4096
        transposed 1024>512 k25 s4 p11+1 = 512x16 relu
        transposed 512>256 k25 s4 p11+1 = 256x64 relu
        transposed 256>128 k25 s4 p11+1 = 128x256 relu
        transposed 128>64 k25 s4 p11+1 = 64x1024 relu
        transposed 64>1 k25 s4 p11+1 = 1x4096 tanh
        """,
        """
        conv 1>64 k25 s4 p11 = 64x1024 leaky 0.2 shuffle 2
        conv 64>128 k25 s4 p11 = 128x256 leaky 0.2 shuffle 2
        conv 128>256 k25 s4 p11 = 256x64 leaky 0.2 shuffle 2
        conv 256>512 k25 s4 p11 = 512x16 leaky 0.2 shuffle 2
        conv 512>1024 k25 s4 p11 = 1024x4 leaky 0.2
        linear 4096>1 = 1
        """,
    ),
    "wavegan16384": (
        PRESETS["wavegan16384"].model,
        (1, 16384),
        """
        linear 100>16384 = 16384 relu
        transposed 1024>512 k25 s4 p11+1 = 512x64 relu
        transposed 512>256 k25 s4 p11+1 = 256x256 relu
        transposed 256>128 k25 s4 p11+1 = 128x1024 relu
        transposed 128>64 k25 s4 p11+1 = 64x4096 relu
        transposed 64>1 k25 s4 p11+1 = 1x16384 tanh
        """,
        """
        conv 1>64 k25 s4 p11 = 64x4096 leaky 0.2 shuffle 2 together
        conv 64>128 k25 s4 p11 = 128x1024 leaky 0.2 shuffle 2 together
        conv 128>256 k25 s4 p11 = 256x256 leaky 0.2 shuffle 2 together
        conv 256>512 k25 s4 p11 = 512x64 leaky 0.2 shuffle 2 together
        conv 512>1024 k25 s4 p11 = 1024x16 leaky 0.2
        linear 16384>1 = 1
        """,
    ),
    "wavegan32768": (
        PRESETS["wavegan32768"].model,
        (1, 32768),
        """
        linear 100>32768 = 32768 relu
        transposed 2048>1024 k25 s4 p11+1 = 1024x64 relu
        transposed 1024>512 k25 s4 p11+1 = 512x256 relu
        transposed 512>256 k25 s4 p11+1 = 256x1024 relu
        transposed 256>128 k25 s4 p11+1 = 128x4096 relu
        transposed 128>64 k25 s4 p11+1 = 64x16384 relu
        transposed 64>1 k25 s2 p12+1 = 1x32768 tanh
        """,
        """
        conv 1>64 k25 s4 p11 = 64x8192 leaky 0.2 shuffle 2 together
        conv 64>128 k25 s4 p11 = 128x2048 leaky 0.2 shuffle 2 together
        conv 128>256 k25 s4 p11 = 256x512 leaky 0.2 shuffle 2 together
        conv 256>512 k25 s4 p11 = 512x128 leaky 0.2 shuffle 2 together
        conv 512>1024 k25 s4 p11 = 1024x32 leaky 0.2
        conv 1024>2048 k25 s2 p12 = 2048x16 leaky 0.2
        linear 32768>1 = 1
        """,
    ),
    "wavegan65536": (
        PRESETS["wavegan65536"].model,
        (1, 65536),
        """
        linear 100>32768 = 32768 relu
        transposed 2048>1024 k25 s4 p11+1 = 1024x64 relu
        transposed 1024>512 k25 s4 p11+1 = 512x256 relu
        transposed 512>256 k25 s4 p11+1 = 256x1024 relu
        transposed 256>128 k25 s4 p11+1 = 128x4096 relu
        transposed 128>64 k25 s4 p11+1 = 64x16384 relu
        transposed 64>1 k25 s4 p11+1 = 1x65536 tanh
        """,
        """
        conv 1>64 k25 s4 p11 = 64x16384 leaky 0.2 shuffle 2 together
        conv 64>128 k25 s4 p11 = 128x4096 leaky 0.2 shuffle 2 together
        conv 128>256 k25 s4 p11 = 256x1024 leaky 0.2 shuffle 2 together
        conv 256>512 k25 s4 p11 = 512x256 leaky 0.2 shuffle 2 together
        conv 512>1024 k25 s4 p11 = 1024x64 leaky 0.2
        conv 1024>2048 k25 s4 p11 = 2048x16 leaky 0.2
        linear 32768>1 = 1
        """,
    ),
    "wavegan16384_nearest": (
        PRESETS["wavegan16384_nearest"].model,
        (1, 16384),
        """
        linear 100>16384 = 16384 relu
        pad 12 conv 1024>512 k25 s1 p0 = 512x64 relu
        pad 12 conv 512>256 k25 s1 p0 = 256x256 relu
        pad 12 conv 256>128 k25 s1 p0 = 128x1024 relu
        pad 12 conv 128>64 k25 s1 p0 = 64x4096 relu
        pad 12 conv 64>1 k25 s1 p0 = 1x16384 tanh
        pad 255,256 conv 1>1 k512 s1 p0 unbiased = 1x16384
        """,
        "",
    ),
    "pskgan128": (
        PRESETS["pskgan128"].model,
        (2, 4096),
        """
        linear 100>4096 = 4096 relu
        transposed 1024>512 k4 s4 p0+0 = 512x16 relu
        transposed 512>256 k4 s4 p0+0 = 256x64 relu
        transposed 256>128 k8 s4 p2+0 = 128x256 relu
        transposed 128>64 k32 s4 p14+0 = 64x1024 relu
        transposed 64>2 k128 s4 p62+0 = 2x4096 tanh
        """,
        """
        conv 2>64 k128 s4 p62 = 64x1024 leaky 0.2
        conv 64>128 k32 s4 p14 = 128x256 leaky 0.2
        conv 128>256 k8 s4 p2 = 256x64 leaky 0.2
        conv 256>512 k4 s4 p0 = 512x16 leaky 0.2
        conv 512>1024 k4 s4 p0 = 1024x4 leaky 0.2
        linear 4096>1 = 1
        """,
    ),
    "wavegan with dilation": (
        WaveGAN(receptive_field="dilated", kernel_size=8, phase_shuffle=0, batch_norm="generator"),
        (1, 4096),
        """
        linear 100>4096 = 4096
        transposed 1024>512 k8 s4 p2+0 = 512x16 norm relu
        transposed 512>256 k8 s4 p6+1 d2 = 256x64 norm relu
        transposed 256>128 k8 s4 p13+1 d4 = 128x256 norm relu
        transposed 128>64 k8 s4 p27+1 d8 = 64x1024 norm relu
        transposed 64>1 k8 s4 p55+1 d16 = 1x4096 tanh
        """,
        """
        conv 1>64 k8 s4 p55 d16 = 64x1024 leaky 0.2
        conv 64>128 k8 s4 p27 d8 = 128x256 leaky 0.2
        conv 128>256 k8 s4 p13 d4 = 256x64 leaky 0.2
        conv 256>512 k8 s4 p6 d2 = 512x16 leaky 0.2
        conv 512>1024 k8 s4 p2 = 1024x4 leaky 0.2
        linear 4096>1 = 1
        """,
    ),
    "stftgan65": (
        PRESETS["stftgan65"].model,
        (2, 65, 65),
        """
        linear 100>4096 = 4096
        transposed 1024>512 k5 s2 p2+1 unbiased = 512x4x4 relu
        transposed 512>256 k5 s2 p2+1 unbiased = 256x8x8 relu
        transposed 256>128 k5 s2 p2+1 unbiased = 128x16x16 relu
        transposed 128>64 k5 s2 p2+1 unbiased = 64x32x32 relu
        transposed 64>2 k5 s2 p1+0 unbiased = 2x65x65 tanh
        """,
        """
        conv 2>64 k5 s2 p1 = 64x32x32 leaky 0.2
        conv 64>128 k5 s2 p2 = 128x16x16 leaky 0.2
        conv 128>256 k5 s2 p2 = 256x8x8 leaky 0.2
        conv 256>512 k5 s2 p2 = 512x4x4 leaky 0.2
        conv 512>1024 k5 s2 p2 = 1024x2x2 leaky 0.2
        linear 4096>1 = 1
        """,
    ),
    "stftgan129": (
        PRESETS["stftgan129"].model,
        (2, 129, 65),
        """
        linear 100>8192 = 8192
        transposed 1024>512 k5 s2 p2+1 unbiased = 512x8x4 relu
        transposed 512>256 k5 s2 p2+1 unbiased = 256x16x8 relu
        transposed 256>128 k5 s2 p2+1 unbiased = 128x32x16 relu
        transposed 128>64 k5 s2 p2+1 unbiased = 64x64x32 relu
        transposed 64>2 k5 s2 p1+0 unbiased = 2x129x65 tanh
        """,
        """
        conv 2>64 k5 s2 p1 = 64x64x32 leaky 0.2
        conv 64>128 k5 s2 p2 = 128x32x16 leaky 0.2
        conv 128>256 k5 s2 p2 = 256x16x8 leaky 0.2
        conv 256>512 k5 s2 p2 = 512x8x4 leaky 0.2
        conv 512>1024 k5 s2 p2 = 1024x4x2 leaky 0.2
        linear 8192>1 = 1
        """,
    ),
    "stftgan_ofdm128": (
        PRESETS["stftgan_ofdm128"].model,
        (2, 128, 33),
        """
        linear 100>16384 = 16384 relu
        transposed 1024>512 k4 s2 p1+0 = 512x16x4 relu
        transposed 512>256 k4 s2 p1+0 = 256x32x8 relu
        transposed 256>128 k4 s2 p1+0 = 128x64x16 relu
        transposed 128>2 k4 s2 p1+0,1 = 2x128x33 tanh
        """,
        """
        conv 2>128 k4 s2 p1 = 128x64x16 leaky 0.2
        conv 128>256 k4 s2 p1 = 256x32x8 leaky 0.2
        conv 256>512 k4 s2 p1 = 512x16x4 leaky 0.2
        conv 512>1024 k4 s2 p1 = 1024x8x2 leaky 0.2
        linear 16384>1 = 1
        """,
    ),
    "specgan": (
        PRESETS["specgan"].model,
        (1, 128, 128),
        """
        linear 100>16384 = 16384 relu
        transposed 1024>512 k5 s2 p2+1 = 512x8x8 relu
        transposed 512>256 k5 s2 p2+1 = 256x16x16 relu
        transposed 256>128 k5 s2 p2+1 = 128x32x32 relu
        transposed 128>64 k5 s2 p2+1 = 64x64x64 relu
        transposed 64>1 k5 s2 p2+1 = 1x128x128 tanh
        """,
        """
        conv 1>64 k5 s2 p2 = 64x64x64 leaky 0.2
        conv 64>128 k5 s2 p2 = 128x32x32 leaky 0.2
        conv 128>256 k5 s2 p2 = 256x16x16 leaky 0.2
        conv 256>512 k5 s2 p2 = 512x8x8 leaky 0.2
        conv 512>1024 k5 s2 p2 = 1024x4x4 leaky 0.2
        linear 16384>1 = 1
        """,
    ),
    "tifgan": (
        PRESETS["tifgan"].model,
        (1, 256, 128),
        """
        linear 100>16384 = 16384 relu
        transposed 512>512 k12,3 s2 p5,1+0,1 = 512x16x8 relu
        transposed 512>256 k12,3 s2 p5,1+0,1 = 256x32x16 relu
        transposed 256>128 k12,3 s2 p5,1+0,1 = 128x64x32 relu
        transposed 128>64 k12,3 s2 p5,1+0,1 = 64x128x64 relu
        transposed 64>1 k12,3 s2 p5,1+0,1 = 1x256x128 tanh
        """,
        """
        conv 1>64 k12,3 s2 p5,1 = 64x128x64 leaky 0.2 shuffle 2
        conv 64>128 k12,3 s2 p5,1 = 128x64x32 leaky 0.2 shuffle 2
        conv 128>256 k12,3 s2 p5,1 = 256x32x16 leaky 0.2 shuffle 2
        conv 256>512 k12,3 s2 p5,1 = 512x16x8 leaky 0.2 shuffle 2
        conv 512>1024 k12,3 s2 p5,1 = 1024x8x4 leaky 0.2
        linear 32768>1 = 1
        """,
    ),
    "dcgan1d_legacy": (
        PRESETS["dcgan1d_legacy"].model,
        (1, 100),
        """
        transposed 100>512 k4 s1 p0+0 unbiased = 512x4 norm leaky 0.2 dropout 0.2
        transposed 512>256 k4 s2 p0+0 unbiased = 256x10 norm leaky 0.2 dropout 0.2
        transposed 256>128 k4 s2 p0+0 unbiased = 128x22 norm leaky 0.2 dropout 0.2
        transposed 128>64 k4 s2 p0+0 unbiased = 64x46 norm leaky 0.2 dropout 0.2
        transposed 64>1 k10 s2 p0+0 unbiased = 1x100 tanh
        """,
        """
        conv 1>32 k4 s1 p0 unbiased = 32x97 norm leaky 0.2 dropout 0.2
        conv 32>64 k4 s2 p0 unbiased = 64x47 norm leaky 0.2 dropout 0.2
        conv 64>128 k4 s2 p0 unbiased = 128x22 norm leaky 0.2 dropout 0.2
        conv 128>256 k4 s2 p0 unbiased = 256x10 norm leaky 0.2 dropout 0.2
        conv 256>512 k4 s2 p0 unbiased = 512x4 norm leaky 0.2 dropout 0.2
        linear 2048>1 unbiased = 1
        """,
    ),
    "dcgan2d": (
        PRESETS["dcgan2d"].model,
        (1, 28, 28),
        """
        transposed 100>256 k7 s1 p0+0 = 256x7x7 norm relu
        transposed 256>128 k4 s2 p1+0 = 128x14x14 norm relu
        transposed 128>64 k4 s2 p1+0 = 64x28x28 norm relu
        transposed 64>32 k3 s1 p1+0 = 32x28x28 norm relu
        transposed 32>1 k3 s1 p1+0 = 1x28x28 tanh
        """,
        """
        conv 1>64 k3 s1 p1 = 64x28x28 norm leaky 0.01 pool 2 p0 = 64x14x14 dropout 0.3
        conv 64>128 k3 s1 p1 = 128x14x14 norm leaky 0.01 pool 2 p0 = 128x7x7 dropout 0.3
        conv 128>256 k3 s1 p1 = 256x7x7 norm leaky 0.01 pool 2 p1 = 256x4x4 dropout 0.3
        conv 256>512 k3 s1 p1 = 512x4x4 norm leaky 0.01
        linear 8192>1024 = 1024
        linear 1024>1 = 1
        """,
    ),
    "fingan_mlp": (
        PRESETS["fingan_mlp"].model,
        (1, 8192),
        """
        linear 100>128 = 128 tanh
        linear 128>2048 = 2048 tanh
        linear 2048>8192 = 8192 tanh
        """,
        """
        pad 4,5 conv 1>64 k10 s1 p0 = 64x8192 leaky 0.2
        pad 4,5 conv 64>128 k10 s1 p0 = 128x8192 leaky 0.2
        pad 4,5 conv 128>128 k10 s1 p0 = 128x8192 leaky 0.2
        linear 1048576>32 = 32 leaky 0.2 dropout 0.5
        linear 32>1 = 1
        """,
    ),
    "fingan_mlp_bn": (
        PRESETS["fingan_mlp_bn"].model,
        (1, 8192),
        """
        linear 100>128 = 128 norm 0.001 0.01 tanh
        linear 128>2048 = 2048 norm 0.001 0.01 tanh
        linear 2048>8192 = 8192 tanh
        """,
        "",
    ),
    "fingan_plus": (
        PRESETS["fingan_plus"].model,
        (1, 8192),
        """
        linear 100>128 = 128
        pad 17 conv 1>64 k35 s1 p0 = 64x256 norm 0.001 0.01 leaky 0.3
        pad 12 conv 64>64 k25 s1 p0 = 64x512 norm 0.001 0.01 leaky 0.3
        pad 7 conv 64>64 k15 s1 p0 = 64x1024 norm 0.001 0.01 leaky 0.3
        pad 7 conv 64>64 k15 s1 p0 = 64x2048 norm 0.001 0.01 leaky 0.3
        pad 7 conv 64>64 k15 s1 p0 = 64x4096 norm 0.001 0.01 leaky 0.3
        pad 7 conv 64>64 k15 s1 p0 = 64x8192
        pad 3 conv 64>64 k7 s1 p0 = 64x8192
        pad 1,2 conv 64>64 k4 s1 p0 = 64x8192 norm 0.001 0.01 leaky 0.3
        conv 64>1 k1 s1 p0 = 1x8192 tanh
        linear 128>8192 = 8192 tanh
        linear 100>1 = 1 sigmoid
        """,
        "",
    ),
    "pggan": (
        PGGAN(),
        (1, 128, 128),
        """
        unit
        conv 512>512 k4 s1 p3 = 512x4x4 leaky 0.2 unit
        conv 512>512 k3 s1 p1 = 512x4x4 leaky 0.2 unit double
        conv 512>512 k3 s1 p1 = 512x8x8 leaky 0.2 unit
        conv 512>512 k3 s1 p1 = 512x8x8 leaky 0.2 unit double
        conv 512>512 k3 s1 p1 = 512x16x16 leaky 0.2 unit
        conv 512>512 k3 s1 p1 = 512x16x16 leaky 0.2 unit double
        conv 512>256 k3 s1 p1 = 256x32x32 leaky 0.2 unit
        conv 256>256 k3 s1 p1 = 256x32x32 leaky 0.2 unit double
        conv 256>128 k3 s1 p1 = 128x64x64 leaky 0.2 unit
        conv 128>128 k3 s1 p1 = 128x64x64 leaky 0.2 unit double
        conv 128>64 k3 s1 p1 = 64x128x128 leaky 0.2 unit
        conv 64>64 k3 s1 p1 = 64x128x128 leaky 0.2 unit
        conv 64>1 k1 s1 p0 = 1x128x128
        """,
        """
        conv 1>64 k1 s1 p0 = 64x128x128 leaky 0.2
        conv 64>64 k3 s1 p1 = 64x128x128 leaky 0.2
        conv 64>128 k3 s1 p1 = 128x128x128 leaky 0.2 halve
        conv 128>128 k3 s1 p1 = 128x64x64 leaky 0.2
        conv 128>256 k3 s1 p1 = 256x64x64 leaky 0.2 halve
        conv 256>256 k3 s1 p1 = 256x32x32 leaky 0.2
        conv 256>512 k3 s1 p1 = 512x32x32 leaky 0.2 halve
        conv 512>512 k3 s1 p1 = 512x16x16 leaky 0.2
        conv 512>512 k3 s1 p1 = 512x16x16 leaky 0.2 halve
        conv 512>512 k3 s1 p1 = 512x8x8 leaky 0.2
        conv 512>512 k3 s1 p1 = 512x8x8 leaky 0.2 halve
        conv 513>512 k3 s1 p1 = 512x4x4 leaky 0.2
        conv 512>512 k4 s1 p0 = 512x1x1 leaky 0.2
        linear 512>1 = 1
        """,
    ),
}


class Recorder(TorchFunctionMode):
    """Writes down what is computed as rows of such a table."""

    def __init__(self):
        super().__init__()
        self.rows: list[str] = []
        self.padded = ""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        name = (resolve_name(func) or "").rpartition(".")[2]
        if word := WORDS.get(name):
            self.note(word(out, *args, **(kwargs or {})))
        elif layer := LAYERS.get(name):
            self.rows.append(f"{self.padded}{layer(*args)} = {size(out)}")
            self.padded = ""
        elif name == "pad":
            self.padded = f"pad {pair(args[1])} "
        return out

    def note(self, word: str) -> None:
        """To the row of the layer before it."""
        self.rows[-1:] = [" ".join([*self.rows[-1:], word])]


def linear(x, weight, bias=None):
    return f"linear {weight.shape[1]}>{weight.shape[0]}{unbiased(bias)}"


def conv(x, weight, bias, stride, padding, dilation=(1,), *_):
    a, b = weight.shape[1], weight.shape[0]
    return (
        f"conv {a}>{b} k{pair(weight.shape[2:])} s{pair(stride)} p{pair(padding)}"
        f"{dilated(dilation)}{unbiased(bias)}"
    )


def transposed(x, weight, bias, stride, padding, rest, groups, dilation):
    a, b = weight.shape[:2]
    return (
        f"transposed {a}>{b} k{pair(weight.shape[2:])} s{pair(stride)} p{pair(padding)}"
        f"+{pair(rest)}{dilated(dilation)}{unbiased(bias)}"
    )


def pair(numbers):
    """Both of them where they differ, at the beginning and at the end or of rows and columns."""
    numbers = list(numbers) if isinstance(numbers, tuple | list) else [numbers]
    kept = numbers if len({*numbers}) > 1 else numbers[:1]
    return ",".join(map(str, kept))


def dilated(by):
    return "" if {*by} == {1} else f" d{pair(by)}"


def unbiased(bias):
    return " unbiased" if bias is None else ""


def size(out):
    return "x".join(map(str, out.shape[1:]))


def norm(out, x, running_mean, running_var, weight, bias, training, momentum, eps):
    assert training
    return "norm" if (momentum, eps) == (0.1, 1e-5) else f"norm {eps} {momentum}"


def shuffle(out, low, high, shape, **_):
    """By an integer of each item, or of all together."""
    assert low == 1 - high
    return f"shuffle {high - 1}{' together' if shape[0] == 1 else ''}"


def pool(out, x, kernel, stride=None, padding=0, *_, **__):
    return f"pool {kernel} p{padding} = {size(out)}"


def dropout(out, x, p, training, **_):
    assert training
    return f"dropout {p}"


LAYERS = {
    "linear": linear,
    "conv1d": conv,
    "conv2d": conv,
    "conv_transpose1d": transposed,
    "conv_transpose2d": transposed,
}
WORDS: dict[str, Any] = {
    "relu": lambda *_, **__: "relu",
    "tanh": lambda *_: "tanh",
    "sigmoid": lambda *_: "sigmoid",
    "leaky_relu": lambda out, x, negative_slope, **_: f"leaky {negative_slope}",
    "batch_norm": norm,
    "dropout": dropout,
    "max_pool2d": pool,
    "randint": shuffle,
    "rsqrt": lambda *_: "unit",
    "interpolate": lambda out, x, **_: "double" if size(out) != size(x) else "",
    "avg_pool2d": lambda *_: "halve",
}


def recorded(network, x) -> tuple[list[str], torch.Tensor]:
    with Recorder() as recorder:
        out = network(x)
    return recorder.rows, out


@pytest.mark.parametrize("name", TABLES)
def test_layers(name, monkeypatch):
    monkeypatch.setattr(torch, "autocast", lambda *_, **__: contextlib.nullcontext())
    model, shape, generator, discriminator = TABLES[name]
    with META:
        rows, fake = recorded(model.generator(shape), model.latents(2, META))
        assert rows == lines(generator)
        rows, _ = recorded(model.discriminator(shape), fake)
        assert rows == lines(discriminator) or not discriminator


def lines(table: str) -> list[str]:
    return [line.strip() for line in table.strip().splitlines()]
