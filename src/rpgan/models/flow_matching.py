"""Flow matching: white noise carried to data by a velocity field that a U-Net has learnt."""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import ClassVar, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rpgan.models.convolution import in_float32
from rpgan.models.limits import multiples_near
from rpgan.spec import spec

FREQUENCIES = 16  # by which the field knows the time
FASTEST = 100.0  # of them, in radians: time runs from 0 to 1
CACHE = 2**18  # numbers of a level that a core keeps near


@spec
class FlowMatching:
    """Flow matching [1]_ on straight paths [2]_: a baseline without a discriminator.

    At time t between 0 and 1 an item is x = (1 - t) z + t y, of noise z and data y. The field
    v(x, t) learns the mean of y - z there, and dx/dt = v carries noise to data, in `sampling_steps`
    of three evaluations of the network [4]_: sampling is as many times slower than a GAN's. Its
    loss is the square of what the field misses, at times whose logit is normal [3]_.

    The field is ``c(t) x + U-Net(x, t)``, where c(t) = (2 t - 1) / ((1 - t)^2 + t^2) is the whole
    answer for white Gaussian data of variance 1, at which the U-Net, whose last layer starts at 0,
    begins. So data should have about that variance: a scale of kind global_standard. Nothing bounds
    what it makes. Of series or images, each axis a multiple of 2^(levels - 1).

    Parameters
    ----------
    widths : of the levels of the U-Net, each half as long as the one before it.
    blocks : residual blocks of each level, on the way down and again on the way up.
    kernel_size : samples, odd.
    time_mean, time_deviation : of the logit of the times that it is trained at.

    References
    ----------
    .. [1] Lipman, Chen, Ben-Hamu, Nickel, Le. "Flow matching for generative modeling." ICLR 2023.
    .. [2] Liu, Gong, Liu. "Flow straight and fast: learning to generate and transfer data with
       rectified flow." ICLR 2023.
    .. [3] Esser et al. "Scaling rectified flow transformers for high-resolution image synthesis."
       ICML 2024.
    .. [4] Heun. "Neue Methoden zur approximativen Integration der Differentialgleichungen einer
       unabhaengigen Veraenderlichen." Z. Math. Phys. 45 (1900) 23.
    """

    output: ClassVar[str] = "linear"

    widths: tuple[int, ...] = (64, 128, 256, 256)
    blocks: int = 2
    kernel_size: int = 3
    sampling_steps: int = 16
    time_mean: float = 0.0
    time_deviation: float = 1.0
    name: Literal["flow_matching"] = "flow_matching"

    def __post_init__(self) -> None:
        if not self.widths or min(self.widths) < 1:
            raise ValueError(f"widths must be numbers of at least 1, got {list(self.widths)}")
        if min(self.blocks, self.sampling_steps) < 1:
            raise ValueError("blocks and sampling_steps must be at least 1")
        if self.kernel_size < 1 or self.kernel_size % 2 == 0:
            raise ValueError(f"kernel_size must be odd, got {self.kernel_size}")
        if self.time_deviation <= 0:
            raise ValueError(f"time_deviation must be positive, got {self.time_deviation}")

    def check(self, shape: tuple[int, ...]) -> None:
        if len(shape) not in (2, 3):
            raise ValueError(
                "flow_matching needs series of shape (channels, length) or images, (channels,"
                f" height, width), got {shape}"
            )
        unit = 2 ** (len(self.widths) - 1)
        for size in shape[1:]:
            if size % unit:
                raise ValueError(
                    f"flow_matching with {len(self.widths)} widths makes multiples of {unit}"
                    f" samples, got {size}; pad them, make them {multiples_near(size, unit)}, or"
                    " leave out widths"
                )

    def generator(self, shape: tuple[int, ...]) -> "Flow":
        self.check(shape)
        return Flow(self, shape)

    def latents(self, n: int, device: torch.device, shape: tuple[int, ...]) -> Tensor:
        """White Gaussian noise of the items' shape."""
        return torch.randn((n, *shape), device=device)

    def times(self, n: int, device: torch.device) -> Tensor:
        """Those to train at, shape (n,)."""
        logit = self.time_mean + self.time_deviation * torch.randn((n,), device=device)
        return logit.sigmoid()


class Flow(nn.Module):
    """From noise to items, along `field`."""

    def __init__(self, spec: FlowMatching, shape: tuple[int, ...]):
        super().__init__()
        self.times = sampling_times(spec.sampling_steps)
        self.field = Field(spec, shape)
        self.at_once = max(1, CACHE // (spec.widths[0] * math.prod(shape[1:])))

    def forward(self, z: Tensor) -> Tensor:
        parts = z.split(self.at_once) if z.device.type == "cpu" else [z]
        return torch.cat([carried(self.field, part, self.times) for part in parts])


def sampling_times(steps: int) -> list[float]:
    """From 0 to 1, closer at the ends: what is louder than noise, or quieter, turns there."""
    return [(k / steps + math.sin(math.pi * k / steps / 2) ** 2) / 2 for k in range(steps + 1)]


def carried(field: Callable[[Tensor, Tensor], Tensor], x: Tensor, times: Sequence[float]) -> Tensor:
    """The solution of dx/dt = field(x, t) at the last of `times`, from `x` at the first.

    Heun's method of third order: the error falls with the cube of the number of steps. `field`
    takes the time of every item, and never the last, where it turns fastest.
    """

    def velocity(x: Tensor, t: float) -> Tensor:
        return field(x, x.new_full((len(x),), t))

    for now, then in pairwise(times):
        step = then - now
        first = velocity(x, now)
        second = velocity(x + step / 3 * first, now + step / 3)
        third = velocity(x + 2 * step / 3 * second, now + 2 * step / 3)
        x = x + step * (first / 4 + 3 * third / 4)
    return x


def white(x: Tensor, t: Tensor) -> Tensor:
    """The field whose data is, like its noise, white and Gaussian of variance 1."""
    t = like(t, x)
    return (2 * t - 1) / ((1 - t) ** 2 + t**2) * x


class Field(nn.Module):
    """The U-Net, and what it is added to.

    Nothing normalises what goes from level to level, and out: the field of a Gaussian process is
    linear in x, so that of a quiet series must be as quiet.
    """

    def __init__(self, spec: FlowMatching, shape: tuple[int, ...]):
        super().__init__()
        conv = nn.Conv1d if len(shape) == 2 else nn.Conv2d
        kernel, widths = spec.kernel_size, spec.widths
        told = 4 * widths[0]  # numbers that tell each block the time

        def block(a: int, b: int) -> Block:
            return Block(conv, a, b, kernel, told)

        self.clock = Clock(told)
        self.enter = conv(shape[0], widths[0], kernel, padding="same")
        self.down = nn.ModuleList(
            nn.ModuleList(block(a if i == 0 else b, b) for i in range(spec.blocks))
            for a, b in pairwise([widths[0], *widths])
        )
        self.shrink = nn.ModuleList(conv(w, w, 2, 2) for w in widths[:-1])
        self.stretch = nn.ModuleList(
            conv(b, a, kernel, padding="same") for a, b in pairwise(widths)
        )
        self.up = nn.ModuleList(
            nn.ModuleList(block(2 * w if i == 0 else w, w) for i in range(spec.blocks))
            for w in widths[:-1]
        )
        self.loudness = nn.Linear(told, widths[0])
        self.leave = conv(widths[0], shape[0], kernel, padding="same")
        for parameter in (*self.loudness.parameters(), *self.leave.parameters()):
            nn.init.zeros_(parameter)

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        """The velocity at `x`, (n, channels, ...), at times `t`, (n,)."""
        clock = self.clock(t)
        y, across = self.enter(x), []
        for level, blocks in enumerate(self.down):
            if level:
                across.append(y)
                y = self.shrink[level - 1](y)
            y = through(blocks, y, clock)
        for level in reversed(range(len(self.up))):
            stretched = F.interpolate(y, scale_factor=2.0, mode="nearest")
            y = torch.cat([self.stretch[level](stretched), across.pop()], 1)
            y = through(self.up[level], y, clock)
        y = y * (1 + like(self.loudness(clock), y))
        return white(x, t) + in_float32(self.leave, y)


class Block(nn.Module):
    """Two convolutions around what the time says, added to what came in."""

    def __init__(self, conv: Callable[..., nn.Module], a: int, b: int, kernel: int, told: int):
        super().__init__()
        self.normalise = nn.ModuleList(nn.GroupNorm(math.gcd(8, w), w) for w in (a, b))
        self.first = conv(a, b, kernel, padding="same")
        self.second = conv(b, b, kernel, padding="same")
        self.told = nn.Linear(told, 2 * b)
        self.past = conv(a, b, 1) if a != b else nn.Identity()

    def forward(self, x: Tensor, clock: Tensor) -> Tensor:
        y = self.first(F.silu(self.normalise[0](x)))
        gain, shift = like(self.told(clock), y).chunk(2, 1)
        y = self.normalise[1](y) * (1 + gain) + shift
        return self.past(x) + self.second(F.silu(y))


class Clock(nn.Module):
    """What a block is told of the time: waves of it, from slow to fast, and two layers."""

    waves: Tensor

    def __init__(self, told: int):
        super().__init__()
        self.register_buffer("waves", torch.logspace(0, math.log10(FASTEST), FREQUENCIES))
        self.layers = nn.Sequential(
            nn.Linear(2 * FREQUENCIES, told), nn.SiLU(), nn.Linear(told, told), nn.SiLU()
        )

    def forward(self, t: Tensor) -> Tensor:
        angle = t[:, None] * self.waves
        return self.layers(torch.cat([angle.cos(), angle.sin()], 1))


def through(blocks: nn.Module, x: Tensor, clock: Tensor) -> Tensor:
    for block in blocks.children():
        x = block(x, clock)
    return x


def like(numbers: Tensor, x: Tensor) -> Tensor:
    """`numbers`, of each item or of its channels, for every sample of `x`."""
    return numbers.reshape(*numbers.shape, *[1] * (x.ndim - numbers.ndim))
