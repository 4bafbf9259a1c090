"""SPADE on a growing pair: images of which a label map says what is where."""

from typing import Any, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rpgan.errors import UserError
from rpgan.models import pggan
from rpgan.models.equalised import Conv, faded
from rpgan.models.growing import GrowingPair
from rpgan.spec import spec


@spec
class SPADE(GrowingPair):
    """Spatially-adaptive normalisation [1]_ in the generator of `pggan`, whose settings it shares.

    An item has image channels and, after them, one channel for each of `classes`, which is 1 where
    the label map has that class and 0 elsewhere: a pair of image and map, as the source
    `labelled_images` gives them. The generator makes pairs too: it is told one of `maps` label maps
    of the training set, all equally likely, and gives it back beside the image that it makes; so
    the discriminator, PGGAN's, sees both, and what is learnt is the law of an image given its map.

    Behind each of the generator's layers, normalised by pixel, the features x become
    (1 + g) x + b. The maps g and b are convolutions of `hidden` rectified channels, which are one
    of the label map at the size of the features, where it says how much of a pixel each class has.
    Normalisation by batch, the paper's, would make an image depend on what else is in its batch.

    `rpgan sample --maps` makes images of label maps that a user brings, one after the other.

    At the defaults 3 channels and 8 classes of 512 x 512 take 27,879,048 + 18,381,841 parameters
    (computed; the fork of pggan-pytorch that had it was only described).

    References
    ----------
    .. [1] Park, Liu, Wang, Zhu. "Semantic image synthesis with spatially-adaptive normalization."
       CVPR 2019.
    """

    classes: int
    maps: int = 1024
    hidden: int = 128
    name: Literal["spade"] = "spade"

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, least in (("classes", 2), ("maps", 1), ("hidden", 1)):
            if getattr(self, name) < least:
                raise ValueError(f"{name} must be at least {least}, got {getattr(self, name)}")

    def check(self, shape: tuple[int, ...]) -> None:
        super().check(shape)
        if shape[0] <= self.classes:
            raise ValueError(
                f"spade needs channels of images and then {self.classes} of a label map, one for"
                f" each class, got {shape[0]} in all; use the source labelled_images, or change"
                " classes"
            )

    def generator(self, shape: tuple[int, ...]) -> nn.Module:
        self.check(shape)
        return Generator(self, *shape)

    def discriminator(self, shape: tuple[int, ...]) -> nn.Module:
        self.check(shape)
        return pggan.Discriminator(self, *shape)

    def latents(self, n: int, device: torch.device) -> Tensor:
        """The generator's input, shape (n, 1 + latent_dim): the first chooses the map."""
        chosen = torch.rand((n, 1), device=device)
        return torch.cat([chosen, super().latents(n, device)], 1)


class Layer(pggan.Layer):
    """One of PGGAN's generator, after which features are scaled and shifted by a label map."""

    def __init__(self, spec: SPADE, channels: int, made: int, kernel: Any, padding: Any):
        super().__init__(spec, channels, made, kernel, padding)
        self.shared = Conv(spec.classes, spec.hidden, 3, 1, spec.equalised)
        self.scale_and_shift = Conv(spec.hidden, 2 * made, 3, 1, spec.equalised)

    def forward(self, x: Tensor, *told: Tensor) -> Tensor:
        (label_map,) = told
        x = super().forward(x)
        seen = F.relu(self.shared(of_size_of(x, label_map)))
        scale, shift = self.scale_and_shift(seen).chunk(2, 1)
        return (1 + scale) * x + shift


class Generator(pggan.Generator):
    """Of pairs of an image and its label map, which it takes from `maps`, (maps, height, width).

    They are numbers of classes, and all 0 before `take_maps`. Maps that are `shown` to it, if any,
    stand in for them.
    """

    from_data = ("maps",)  # what an untrained generator has of a training set, too
    layer: Any = Layer
    maps: Tensor
    shown: Tensor | None = None

    def __init__(self, spec: SPADE, channels: int, height: int, width: int):
        super().__init__(spec, channels - spec.classes, height, width)
        self.classes = spec.classes
        self.register_buffer("maps", torch.zeros(spec.maps, height, width, dtype=torch.uint8))

    def forward(self, z: Tensor) -> Tensor:
        maps = self.maps if self.shown is None else self.shown
        chosen = (z[:, 0] * len(maps)).long().clamp_max(len(maps) - 1)
        return self.pair(z[:, 1:], maps[chosen])

    def pair(self, z: Tensor, maps: Tensor) -> Tensor:
        """Images and label maps, (n, channels + classes, ...), of `maps`, (n, height, width)."""
        label_map = as_channels(maps, self.classes)
        image = self.image(z, label_map)
        small = of_size_of(image, label_map)
        alpha = self.alpha if self.fading else 1.0
        return self.of_full_size(torch.cat([image, faded(small, alpha)], 1))

    @torch.no_grad()
    def take_maps(self, items: Tensor) -> None:
        """Keep label maps of `items`, (n, channels + classes, height, width), evenly chosen.

        Raises UserError if they have none.
        """
        chosen = torch.arange(len(self.maps), device=items.device) * len(items) // len(self.maps)
        label_maps = items[chosen, -self.classes :]
        numbers = label_maps.argmax(1)
        if not torch.equal(as_channels(numbers, self.classes), label_maps):
            raise UserError(
                f"spade wants a label map in the last {self.classes} channels: one of them 1 and"
                " the others 0 at every pixel; use the source labelled_images and a representation"
                " that leaves it as it is"
            )
        self.maps.copy_(numbers)


def show(network: nn.Module, maps: Tensor) -> None:
    """Let the generator in `network` make images of `maps`, (maps, height, width), from now on."""
    for part in network.modules():  # it may lie inside what tells it a condition
        if isinstance(part, Generator):
            part.shown = maps


def in_turn(first: int, n: int, maps: int) -> Tensor:
    """First latents, (n,), of items number `first` and on, which have one map after the other."""
    return (torch.arange(first, first + n) % maps + 0.5) / maps


def as_channels(maps: Tensor, classes: int) -> Tensor:
    """Label maps (n, height, width) as channels of 0 and 1, (n, classes, height, width)."""
    return F.one_hot(maps.long(), classes).movedim(3, 1).float()


def of_size_of(x: Tensor, label_map: Tensor) -> Tensor:
    """`label_map` as large as `x`: the shares of each class in a pixel."""
    return F.adaptive_avg_pool2d(label_map, (x.shape[2], x.shape[3]))
