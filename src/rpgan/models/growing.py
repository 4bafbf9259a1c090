"""Pairs of networks that grow: their settings, and what both sides know of their depth."""

from typing import Literal

from torch import nn

from rpgan.models.equalised import MinibatchStd
from rpgan.models.latents import Latent, OneVector
from rpgan.models.phases import Phase, require_depth, require_growth
from rpgan.spec import spec

LEAST = 4  # pixels of the seed's shorter side


@spec
class GrowingPair(OneVector):
    """What PGGAN and the pairs made like it have in common; see there."""

    name: str
    phases: tuple[Phase, ...] = ()
    channels: int = 4096
    most_channels: int = 512
    equalised: bool = True
    pixel_norm: bool = True
    minibatch_std: MinibatchStd = "each"
    latent: Latent = "gaussian"
    latent_dim: int = 512
    output: Literal["linear", "tanh"] = "linear"

    def __post_init__(self) -> None:
        for name in ("channels", "most_channels", "latent_dim"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, got {getattr(self, name)}")
        require_growth(self.phases)

    def check(self, shape: tuple[int, ...]) -> None:
        size = self.size(shape)
        depth = deepest(size)
        unit = 2**depth
        if any(side % unit for side in size):
            near = " x ".join(str(side // unit * unit) for side in size)
            raise ValueError(
                f"{self.name} makes images of which both sides are multiples of {unit}, where it"
                f" doubles {depth} times, got {size[0]} x {size[1]}; make them {near}, for"
                " instance by the bins and frames of a spectrogram"
            )
        if self.width(depth + 1) < 1:
            raise ValueError(
                f"channels must be at least {2 ** (depth + 1)} to be halved {depth + 1} times for"
                f" {size[0]} x {size[1]}, got {self.channels}"
            )
        require_depth(self.name, self.phases, size, depth)

    def size(self, shape: tuple[int, ...]) -> tuple[int, int]:
        """Height and width of items. Raises ValueError for anything but images."""
        if len(shape) != 3 or min(shape[1:]) < LEAST:
            raise ValueError(
                f"{self.name} needs items of shape (channels, height, width) of at least {LEAST} x"
                f" {LEAST}, got {shape}; give it images, or a representation with a spectrogram"
            )
        return shape[1], shape[2]

    def width(self, level: int) -> int:
        """Channels of a level, the seed's being 1."""
        return min(self.channels // 2**level, self.most_channels)


def deepest(size: tuple[int, int]) -> int:
    """How often a seed of at least 4 x 4 is doubled to give `size`."""
    return (min(size) // LEAST).bit_length() - 1


def seed_of(size: tuple[int, int]) -> tuple[int, int]:
    return size[0] >> deepest(size), size[1] >> deepest(size)


class Growing(nn.Module):
    """A network of `deepest` doublings that works at `depth`, whose last layers count `alpha`."""

    def __init__(self, size: tuple[int, int]):
        super().__init__()
        self.deepest = self.depth = deepest(size)
        self.alpha = 1.0

    def grow_to(self, depth: int, alpha: float) -> None:
        """Work at `depth`, where the deepest layers are mixed with those before by 0..1."""
        self.depth, self.alpha = depth, alpha

    @property
    def fading(self) -> bool:
        return self.depth > 0 and self.alpha < 1
