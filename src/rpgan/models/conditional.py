"""Networks that are told something of each item, made from any pair with latent vectors."""

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from rpgan.models import latents
from rpgan.models.conditions import Condition
from rpgan.models.convolution import in_float32


def check(model: Any, condition: Condition, shape: tuple[int, ...]) -> None:
    """Raise ValueError if `model` cannot learn `condition` for items of that shape."""
    if condition.by != "signal" and not hasattr(model, "latent_dim"):
        raise ValueError(
            f"{model.name} cannot be told a condition: its generator has no latent vectors that"
            " could carry it; choose by: signal, or another model"
        )
    if condition.by in ("projection", "auxiliary"):
        with torch.device("meta"):
            D = model.discriminator(shape)
        if not isinstance(getattr(D, "score", None), nn.Linear):
            raise ValueError(
                f"the score of {model.name} is no linear function of its features, which"
                f" by: {condition.by} needs; choose by: concatenation"
            )


def shape_with(condition: Condition | None, shape: tuple[int, ...]) -> tuple[int, ...]:
    """Of one item as the networks see it: further channels if what is given is a signal."""
    if condition is None or condition.by != "signal":
        return shape
    return (shape[0] + condition.count, *shape[1:])


def generator(model: Any, condition: Condition | None, shape: tuple[int, ...]) -> nn.Module:
    """For items of that `shape`, signals included."""
    if condition is None or condition.by == "signal":
        return model.generator(shape)
    return Generator(model, condition, shape)


def discriminator(model: Any, condition: Condition | None, shape: tuple[int, ...]) -> nn.Module:
    if condition is None or condition.by == "signal":
        return model.discriminator(shape)
    kinds = {"projection": Projection, "concatenation": Concatenation, "auxiliary": Auxiliary}
    return kinds[condition.by](model, condition, shape)


class Generator(nn.Module):
    """One whose latents, at every step if there are steps, end with the codes of the condition.

    Beside a vector of latents those are scaled to the same sum of squares, on average: a few among
    a hundred numbers would hardly be heard.
    """

    def __init__(self, model: Any, condition: Condition, shape: tuple[int, ...]):
        super().__init__()
        wider = dataclasses.replace(model, latent_dim=model.latent_dim + condition.count)
        self.G = wider.generator(shape)
        latent = latents.VARIANCE[getattr(model, "latent", "gaussian")] * model.latent_dim
        self.gain = math.sqrt(latent / condition.energy)

    def forward(self, z: Tensor, codes: Tensor) -> Tensor:
        steps = z.ndim == 3
        codes = codes[:, None].expand(-1, z.shape[1], -1) if steps else self.gain * codes
        return self.G(torch.cat([z, codes], -1))


class Told(nn.Module):
    """A discriminator of items and of what is given of each."""

    D: Any

    def __init__(self, D: nn.Module, condition: Condition):
        super().__init__()
        self.D, self.condition = D, condition

    @property
    def batch_statistics(self) -> bool:
        return getattr(self.D, "batch_statistics", False)

    def features(self, x: Tensor, codes: Tensor) -> Tensor:
        return self.D.features(x)


class Concatenation(Told):
    """The codes are further channels of the item, each of one value."""

    def __init__(self, model: Any, condition: Condition, shape: tuple[int, ...]):
        channels, *rest = shape
        super().__init__(model.discriminator((channels + condition.count, *rest)), condition)

    def forward(self, x: Tensor, codes: Tensor) -> Tensor:
        return self.D(with_signals(x, codes))

    def features(self, x: Tensor, codes: Tensor) -> Tensor:
        return self.D.features(with_signals(x, codes))


class Projection(Told):
    """The score's weights depend on the codes: score = (w + V codes) . features + bias."""

    def __init__(self, model: Any, condition: Condition, shape: tuple[int, ...]):
        super().__init__(model.discriminator(shape), condition)
        features = self.D.score.in_features
        self.directions = nn.Linear(condition.count, features, bias=False)
        nn.init.normal_(self.directions.weight, std=features**-0.5)

    def forward(self, x: Tensor, codes: Tensor) -> Tensor:
        features = self.D.features(x)
        direction = in_float32(self.directions, codes)
        direction = direction[:, None] if features.ndim == 3 else direction  # the same at each step
        own = in_float32(self.D.score, features).squeeze(-1)
        return own + (direction * features.float()).sum(-1)


class Auxiliary(Told):
    """A score that does not depend on the codes, and an estimate of them, both from features."""

    def __init__(self, model: Any, condition: Condition, shape: tuple[int, ...]):
        super().__init__(model.discriminator(shape), condition)
        self.head = nn.Linear(self.D.score.in_features, condition.count)

    def forward(self, x: Tensor, codes: Tensor) -> Tensor:
        return self.D(x)

    def error(self, x: Tensor, codes: Tensor) -> Tensor:
        """Of the estimate from `x`, weight included; that of a series of steps is their mean."""
        estimate = in_float32(self.head, self.D.features(x))
        estimate = estimate.mean(1) if estimate.ndim == 3 else estimate
        return self.condition.weight * self.condition.error(estimate, codes)


def with_signals(x: Tensor, codes: Tensor) -> Tensor:
    """`x`, (n, channels, ...), with one more constant channel for each of the codes, (n, count)."""
    signals = codes.view(*codes.shape, *[1] * (x.ndim - 2)).expand(*codes.shape, *x.shape[2:])
    return torch.cat([x, signals.to(x.dtype)], 1)


def without_signals(condition: Condition | None, x: Tensor) -> tuple[Tensor, Tensor | None]:
    """Items without their signals, if they have any, and the codes that those say, (n, count)."""
    if condition is None or condition.by != "signal":
        return x, None
    return x[:, : -condition.count], x[:, -condition.count :].flatten(2).mean(2)


class Bound:
    """A network that was told what is `given`, (n, count): a function of n items alone.

    Of a batch of twice as many, real and generated ones, either half has what is given.
    """

    def __init__(self, network: Any, given: Tensor):
        self.network, self.given = network, given
        self.batch_statistics = getattr(network, "batch_statistics", False)

    def __call__(self, x: Tensor) -> Tensor:
        return self.network(x, self.of_each(x))

    def features(self, x: Tensor) -> Tensor:
        return self.network.features(x, self.of_each(x))

    def of_each(self, x: Tensor) -> Tensor:
        return self.given.repeat(len(x) // len(self.given), 1)


def told(network: nn.Module, given: Tensor | None) -> Callable[[Tensor], Tensor]:
    """`network` itself, or knowing what is `given` of each item."""
    return network if given is None else Bound(network, given)
