"""PGGAN: a pair of networks that grows, from a few pixels to whole images or spectrograms."""

from typing import Any, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rpgan.models.convolution import in_float32
from rpgan.models.equalised import (
    Conv,
    Linear,
    MinibatchStd,
    doubled,
    halved,
    minibatch_std,
    pixel_norm,
    rectified,
)
from rpgan.models.growing import Growing, GrowingPair, seed_of
from rpgan.spec import spec


@spec
class PGGAN(GrowingPair):
    """Karras et al.'s progressively grown GAN [1]_, as pggan-pytorch publishes it for sound.

    At depth d the pair makes and scores images of 2^d times the sides of a seed, 4 x 4 for squares
    of a power of two. `phases` say how many images are shown at which depth; without them the pair
    is as deep as its images from the first step. Layer i, counted from the seed, has `channels` /
    2^i channels, at most `most_channels`; the paper's `channels` are 8192. At the defaults
    1 x 512 x 512 takes 18,353,880 + 18,361,521 parameters.

    equalised : of the learning rate; without it, weights have He's law from the start.
    pixel_norm : of every layer of the generator. Its latents are always normalised.
    minibatch_std : what the discriminator is told of its batch (``equalised.minibatch_std``): the
        paper's (``each``), the published code's (``all``) or nothing. Scores of real and generated
        items then depend on their batches, and the gradient penalty is taken with that.

    While an image grows its discriminator sees it at the depth of the training, and in evaluation
    mode the generator enlarges it to full size. Data of lower resolution are averages of pixels.

    The published code scales weights by what their root mean square happened to be, starts with
    PyTorch's biases, does not equalise the last layer, does not average the generator's weights,
    and fades the generated images but, with several loaders, not the real ones; its schedule skips
    depths where fading takes longer than what follows it, and its non-progressive mode stays at
    4 x 4. None of that is repeated here.

    References
    ----------
    .. [1] Karras, Aila, Laine, Lehtinen. "Progressive growing of GANs for improved quality,
       stability, and variation." ICLR 2018.
    """

    name: Literal["pggan"] = "pggan"

    def generator(self, shape: tuple[int, ...]) -> nn.Module:
        self.check(shape)
        return Generator(self, *shape)

    def discriminator(self, shape: tuple[int, ...]) -> nn.Module:
        self.check(shape)
        return Discriminator(self, *shape)


class Layer(nn.Module):
    """A convolution of a generator, rectified and normalised."""

    def __init__(self, spec: GrowingPair, channels: int, made: int, kernel: Any, padding: Any):
        super().__init__()
        self.conv = Conv(channels, made, kernel, padding, spec.equalised)
        self.pixel_norm = spec.pixel_norm

    def forward(self, x: Tensor) -> Tensor:
        x = rectified(self.conv(x))
        return pixel_norm(x) if self.pixel_norm else x


class Generator(Growing):
    """`layer` is what it is made of; what `image` is told beside z, its layers are told too."""

    layer: Any = Layer

    def __init__(self, spec: GrowingPair, channels: int, height: int, width: int):
        super().__init__((height, width))
        self.output = spec.output
        self.seed = Seed(self.layer, spec, seed_of((height, width)))
        self.doublings = nn.ModuleList(
            Doubling(self.layer, spec, d) for d in range(1, self.deepest + 1)
        )
        self.to_image = nn.ModuleList(
            Conv(spec.width(d + 1), channels, equalised=spec.equalised)
            for d in range(self.deepest + 1)
        )

    def forward(self, z: Tensor) -> Tensor:
        return self.of_full_size(self.image(z))  # (n, channels, height, width)

    def image(self, z: Tensor, *told: Tensor) -> Tensor:
        """At the depth of the training."""
        before = x = self.seed(z, *told)
        for doubling in self.doublings[: self.depth]:
            before, x = x, doubling(x, *told)
        made = in_float32(self.to_image[self.depth], x)
        if self.fading:
            coarse = in_float32(self.to_image[self.depth - 1], before)
            made = torch.lerp(doubled(coarse), made, self.alpha)
        return torch.tanh(made) if self.output == "tanh" else made

    def of_full_size(self, made: Tensor) -> Tensor:
        """What is made, enlarged in evaluation mode."""
        if self.training or self.depth == self.deepest:
            return made
        return F.interpolate(made, scale_factor=2 ** (self.deepest - self.depth))


class Seed(nn.Module):
    def __init__(self, layer: Any, spec: GrowingPair, seed: tuple[int, int]):
        super().__init__()
        around = seed[0] - 1, seed[1] - 1
        self.first = layer(spec, spec.latent_dim, spec.width(1), seed, around)
        self.second = layer(spec, spec.width(1), spec.width(1), 3, 1)

    def forward(self, z: Tensor, *told: Tensor) -> Tensor:
        return self.second(self.first(pixel_norm(z)[:, :, None, None], *told), *told)


class Doubling(nn.Module):
    def __init__(self, layer: Any, spec: GrowingPair, depth: int):
        super().__init__()
        self.first = layer(spec, spec.width(depth), spec.width(depth + 1), 3, 1)
        self.second = layer(spec, spec.width(depth + 1), spec.width(depth + 1), 3, 1)

    def forward(self, x: Tensor, *told: Tensor) -> Tensor:
        return self.second(self.first(doubled(x), *told), *told)


class Discriminator(Growing):
    def __init__(self, spec: GrowingPair, channels: int, height: int, width: int):
        super().__init__((height, width))
        self.batch_statistics = spec.minibatch_std != "none"
        self.from_image = nn.ModuleList(
            Conv(channels, spec.width(d + 1), equalised=spec.equalised)
            for d in range(self.deepest + 1)
        )
        self.halvings = nn.ModuleList(Halving(spec, d) for d in range(1, self.deepest + 1))
        self.last = Last(spec, seed_of((height, width)))
        self.score = Linear(spec.width(0), 1, spec.equalised)

    def forward(self, x: Tensor) -> Tensor:
        return in_float32(self.score, self.features(x)).squeeze(1)  # (n,)

    def features(self, x: Tensor) -> Tensor:
        """What the score is a linear function of, shape (n, features)."""
        h = rectified(self.from_image[self.depth](x))
        for d in range(self.depth, 0, -1):
            h = self.halvings[d - 1](h)
            if d == self.depth and self.fading:
                coarse = rectified(self.from_image[d - 1](halved(x)))
                h = torch.lerp(coarse, h, self.alpha)
        return self.last(h)


class Halving(nn.Module):
    def __init__(self, spec: GrowingPair, depth: int):
        super().__init__()
        wide, wider = spec.width(depth + 1), spec.width(depth)
        self.first = Conv(wide, wide, 3, 1, spec.equalised)
        self.second = Conv(wide, wider, 3, 1, spec.equalised)

    def forward(self, x: Tensor) -> Tensor:
        return halved(rectified(self.second(rectified(self.first(x)))))


class Last(nn.Module):
    def __init__(self, spec: GrowingPair, seed: tuple[int, int]):
        super().__init__()
        self.minibatch_std: MinibatchStd = spec.minibatch_std
        told = spec.minibatch_std != "none"
        self.first = Conv(spec.width(1) + told, spec.width(1), 3, 1, spec.equalised)
        self.second = Conv(spec.width(1), spec.width(0), seed, 0, spec.equalised)

    def forward(self, x: Tensor) -> Tensor:
        x = rectified(self.first(minibatch_std(x, self.minibatch_std)))
        return rectified(self.second(x)).flatten(1)
